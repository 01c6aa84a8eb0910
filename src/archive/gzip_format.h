/*
 * The gzip stream that we write: one member that any reader takes, whose blocks ours can find.
 *
 *     header        RFC 1952, with an extra field "AR": version, log2 of the block size
 *     for each block of input (all but the last are of the block size):
 *       marker      7 empty stored blocks of 5 bytes
 *       piece       deflate blocks that refer to nothing before the piece, ending at a byte
 *     end           an empty last block
 *     trailer       CRC-32 and size of the whole
 *
 * The marker holds the piece's size in bytes: each of its empty stored blocks has 5 bits between
 * its header and the next byte boundary that RFC 1951 (3.2.4) tells readers to ignore. Sizes in
 * extra fields, as BGZF has them, would need a member for each block, and browsers stop after the
 * first member; docs/architecture.md says more.
 */
#ifndef AR_ARCHIVE_GZIP_FORMAT_H
#define AR_ARCHIVE_GZIP_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AR_GZIP_HEADER_SIZE 20
#define AR_GZIP_MARKER_SIZE 35
#define AR_GZIP_TRAILER_SIZE 8

void ar_gzip_write_header(unsigned char header[AR_GZIP_HEADER_SIZE], unsigned block_size_log2);
/* Whether DATA begins with a header of ours; *BLOCK_SIZE_LOG2 is between 10 and 26 then. */
bool ar_gzip_read_header(const unsigned char *data, size_t size, unsigned *block_size_log2);

void ar_gzip_write_marker(unsigned char marker[AR_GZIP_MARKER_SIZE], uint32_t piece_size);
bool ar_gzip_read_marker(const unsigned char marker[AR_GZIP_MARKER_SIZE], uint32_t *piece_size);

void ar_gzip_write_trailer(unsigned char trailer[AR_GZIP_TRAILER_SIZE], uint32_t checksum,
                           uint64_t size);
/* Whether the trailer fits what was decompressed. */
bool ar_gzip_check_trailer(const unsigned char trailer[AR_GZIP_TRAILER_SIZE], uint32_t checksum,
                           uint64_t size);

#endif
