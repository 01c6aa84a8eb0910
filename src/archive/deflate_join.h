/*
 * Joins deflate streams that were compressed apart.
 *
 * libdeflate only writes complete streams, whose last block says that it is the last. To continue
 * behind it, that one bit must go, and the stream must end at a byte. The bit can only be found by
 * going over the Huffman codes from the start, which is much cheaper than decompressing: nothing is
 * looked up twice and nothing is written.
 */
#ifndef AR_ARCHIVE_DEFLATE_JOIN_H
#define AR_ARCHIVE_DEFLATE_JOIN_H

#include <stdbool.h>
#include <stddef.h>

/* What ar_deflate_open_end may add to a stream. */
#define AR_DEFLATE_JOIN_ROOM 16

/* Takes the complete stream of *SIZE bytes at DATA, behind which AR_DEFLATE_JOIN_ROOM bytes are
 * writable, and makes it one that ends at a byte and is to be continued; *SIZE grows by up to 5.
 * False, with the stream unchanged, when it is not a complete stream. */
bool ar_deflate_open_end(unsigned char *data, size_t *size);

/* The end of a stream made of such pieces: an empty last block. */
#define AR_DEFLATE_END_SIZE 2
extern const unsigned char ar_deflate_end[AR_DEFLATE_END_SIZE];

/* SIZE bytes as stored blocks, to be continued; returns the bytes written, which are SIZE and 5 for
 * each 65,535. */
size_t ar_deflate_store(const unsigned char *data, size_t size, unsigned char *out);
#define AR_DEFLATE_STORED_BOUND(size) ((size) + 5 * ((size) / 65535 + 1))

#endif
