/*
 * A driver that talks to answers instead of a server. The input's first byte says what the driver
 * is asked for; behind it are the answers, one after the other, with a line "%%" between them. Each
 * is a status line, headers, a blank line and a body, with line feeds alone; a "!" before it breaks
 * the connection at its end.
 */
#ifndef TESTS_FUZZ_ANSWERS_H
#define TESTS_FUZZ_ANSWERS_H

#include <stddef.h>
#include <stdint.h>

#include <artrepo/driver.h>

#include "base/value.h"

/* SETTINGS are those of KIND; they become the function's. */
void fuzz_answers_run(const artrepo_driver *driver, const char *kind, ar_value *settings,
                      const uint8_t *data, size_t size);

#endif
