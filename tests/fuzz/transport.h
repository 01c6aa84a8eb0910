/*
 * A script in the transport's place: each request takes the next of its answers. It remembers what
 * went over it, so that what a driver says it did can be compared. The transport and the clock are
 * replaced when the program is linked (--wrap).
 */
#ifndef TESTS_FUZZ_TRANSPORT_H
#define TESTS_FUZZ_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Begins SCRIPT, which must stay there; operations have parts of PART_BYTES from now on. */
void fuzz_transport_begin(const char *script, size_t size, size_t part_bytes);

/* SIZE bytes of what an object that is put has from OFFSET on, two MiB at the most. Every request
 * that sends some of it is compared. */
void fuzz_transport_content(int64_t offset, void *buffer, size_t size);
/* How much of an object was sent that is put, from its beginning and without a gap. */
int64_t fuzz_transport_sent(void);

/* Whether a multipart upload of S3 was begun that nobody took back. */
bool fuzz_transport_left_upload(void);

/* Whether answers gave these bytes from OFFSET of an object on, each byte by itself. */
bool fuzz_transport_gave(int64_t offset, const char *bytes, size_t size);

#endif
