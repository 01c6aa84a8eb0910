/* Bytes that are unpacked into the world of world.h, with small limits. */
#ifndef TESTS_FUZZ_UNPACK_H
#define TESTS_FUZZ_UNPACK_H

#include <artrepo/archive.h>

/* As a stream. Where it is larger than PIECE, also in pieces of at most so many bytes, and by one
 * thread: the outcome is the same. A rehearsal says so, too. */
void fuzz_unpack_stream(artrepo_archive_kind kind, const void *data, size_t size, size_t piece);
/* As a zip that can be read in any order. */
void fuzz_unpack_zip(const void *data, size_t size);

#endif
