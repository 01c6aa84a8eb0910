#include "archive/zstd_format.h"

#include <string.h>

/* Magic 0x184D2A5A and the size of the content, 4; all little-endian. The magic is not the one of
 * pzstd, whose frames can be larger than a block of ours. */
static const unsigned char marker_start[8] = {AR_ZSTD_MARKER_FIRST, 0x2a, 0x4d, 0x18, 4, 0, 0, 0};

void ar_zstd_write_marker(unsigned char marker[AR_ZSTD_MARKER_SIZE], uint32_t frame_size) {
    memcpy(marker, marker_start, sizeof marker_start);
    for (int i = 0; i < 4; i++) {
        marker[8 + i] = (unsigned char)(frame_size >> (8 * i));
    }
}

bool ar_zstd_read_marker(const unsigned char marker[AR_ZSTD_MARKER_SIZE], uint32_t *frame_size) {
    *frame_size = (uint32_t)marker[8] | (uint32_t)marker[9] << 8 | (uint32_t)marker[10] << 16 |
                  (uint32_t)marker[11] << 24;
    return memcmp(marker, marker_start, sizeof marker_start) == 0;
}
