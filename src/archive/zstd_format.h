/*
 * The zstd stream that we write: independent frames, each with its size in a skippable frame before
 * it. Every zstd reader passes over skippable frames; ours decompresses the
 * frames in parallel.
 */
#ifndef AR_ARCHIVE_ZSTD_FORMAT_H
#define AR_ARCHIVE_ZSTD_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AR_ZSTD_MARKER_SIZE 12
#define AR_ZSTD_MARKER_FIRST 0x5a
/* Of input; the largest that a marked frame decompresses to. */
#define AR_ZSTD_BLOCK_SIZE ((size_t)1 << 20)

void ar_zstd_write_marker(unsigned char marker[AR_ZSTD_MARKER_SIZE], uint32_t frame_size);
bool ar_zstd_read_marker(const unsigned char marker[AR_ZSTD_MARKER_SIZE], uint32_t *frame_size);

#endif
