/*
 * A driver that talks to answers instead of a server. The input's first byte says what the driver
 * is asked for, and how it is opened; behind it are the answers, one after the other, with a line
 * "%%" between them. Each is a status line, headers, a blank line and a body, with line feeds
 * alone; a "!" before it breaks the connection at its end.
 */
#ifndef TESTS_FUZZ_ANSWERS_H
#define TESTS_FUZZ_ANSWERS_H

#include <stddef.h>
#include <stdint.h>

#include <artrepo/driver.h>

#include "base/value.h"

/* The secrets that drivers are given have this in them. */
#define FUZZ_SECRET "Geh3imnis"

/* Where fuzz_answers_secret() has its secrets. */
#define FUZZ_SECRETS_DIRECTORY "/proc/self"
#define FUZZ_SECRETS_NAME "fd"
#define FUZZ_SECRETS_PATH FUZZ_SECRETS_DIRECTORY "/" FUZZ_SECRETS_NAME "/"

/* A file with TEXT that lives as long as the program. Its NAME is the key of a secret, and behind
 * FUZZ_SECRETS_PATH it is the file's path. */
void fuzz_answers_secret(const char *text, char name[16]);

/* Which of COUNT ways to open a driver the input means. */
unsigned fuzz_answers_way(const uint8_t *data, size_t size, unsigned count);

/* SETTINGS are those of KIND; they become the function's. What is large is put in parts of
 * PART_BYTES. */
void fuzz_answers_run(const artrepo_driver *driver, const char *kind, ar_value *settings,
                      size_t part_bytes, const uint8_t *data, size_t size);

#endif
