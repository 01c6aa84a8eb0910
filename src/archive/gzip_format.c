#include "archive/gzip_format.h"

#include <string.h>

enum { MARKER_BLOCKS = 7, BITS_PER_BLOCK = 5, MIN_LOG2 = 10, MAX_LOG2 = 26 };

/* ID1 ID2, deflate, FEXTRA, no time, no hint, unknown system, 8 bytes of extra field: "AR", 4 bytes
 * of data: version 1, log2 of the block size, 2 reserved. */
static const unsigned char header_template[AR_GZIP_HEADER_SIZE] = {
    0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, 'A', 'R', 4, 0, 1, 0, 0, 0};
enum { LOG2_OFFSET = 17 };

void ar_gzip_write_header(unsigned char header[AR_GZIP_HEADER_SIZE], unsigned block_size_log2) {
    memcpy(header, header_template, AR_GZIP_HEADER_SIZE);
    header[LOG2_OFFSET] = (unsigned char)block_size_log2;
}

bool ar_gzip_read_header(const unsigned char *data, size_t size, unsigned *block_size_log2) {
    if (size < AR_GZIP_HEADER_SIZE || memcmp(data, header_template, LOG2_OFFSET) != 0) {
        return false;
    }
    *block_size_log2 = data[LOG2_OFFSET];
    return *block_size_log2 >= MIN_LOG2 && *block_size_log2 <= MAX_LOG2;
}

void ar_gzip_write_marker(unsigned char marker[AR_GZIP_MARKER_SIZE], uint32_t piece_size) {
    for (int i = 0; i < MARKER_BLOCKS; i++) {
        unsigned char *block = marker + 5 * (size_t)i;
        uint64_t bits = (uint64_t)piece_size >> (BITS_PER_BLOCK * i) & 31;
        block[0] = (unsigned char)(bits << 3);
        block[1] = 0x00;
        block[2] = 0x00;
        block[3] = 0xff;
        block[4] = 0xff;
    }
}

bool ar_gzip_read_marker(const unsigned char marker[AR_GZIP_MARKER_SIZE], uint32_t *piece_size) {
    static const unsigned char length[4] = {0x00, 0x00, 0xff, 0xff};
    uint64_t value = 0;
    for (int i = 0; i < MARKER_BLOCKS; i++) {
        const unsigned char *block = marker + 5 * (size_t)i;
        if ((block[0] & 7) != 0 || memcmp(block + 1, length, sizeof length) != 0) {
            return false;
        }
        value |= (uint64_t)(block[0] >> 3) << (BITS_PER_BLOCK * i);
    }
    *piece_size = (uint32_t)value;
    return value <= UINT32_MAX;
}

static void put_u32(unsigned char *out, uint32_t value) {
    for (int i = 0; i < 4; i++) {
        out[i] = (unsigned char)(value >> (8 * i));
    }
}

void ar_gzip_write_trailer(unsigned char trailer[AR_GZIP_TRAILER_SIZE], uint32_t checksum,
                           uint64_t size) {
    put_u32(trailer, checksum);
    put_u32(trailer + 4, (uint32_t)size);
}

bool ar_gzip_check_trailer(const unsigned char trailer[AR_GZIP_TRAILER_SIZE], uint32_t checksum,
                           uint64_t size) {
    unsigned char expected[AR_GZIP_TRAILER_SIZE];
    ar_gzip_write_trailer(expected, checksum, size);
    return memcmp(trailer, expected, sizeof expected) == 0;
}
