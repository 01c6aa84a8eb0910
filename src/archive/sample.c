#include "archive/sample.h"

#include <stdint.h>
#include <string.h>

enum {
    MIN_SIZE = 64 << 10, /* below, compressing costs too little to guess */
    PIECES = 32,
    PIECE_SIZE = 256,
    SAMPLE_SIZE = PIECES * PIECE_SIZE,
    WINDOW = 32 << 10,
    WINDOW_STRIDE = 4,
    HASH_BITS = 13
};

/* Chi-squared against even: about 255 for random bytes, and 2 % more bits saved by an order-0 code
 * show as some hundreds more. */
static bool is_evenly_spread(const unsigned char *data, size_t size) {
    unsigned counts[256] = {0};
    size_t step = (size - PIECE_SIZE) / (PIECES - 1);
    for (size_t piece = 0; piece < PIECES; piece++) {
        const unsigned char *at = data + piece * step;
        for (size_t i = 0; i < PIECE_SIZE; i++) {
            counts[at[i]]++;
        }
    }
    const int64_t expected = SAMPLE_SIZE / 256;
    int64_t sum = 0;
    for (int i = 0; i < 256; i++) {
        int64_t difference = (int64_t)counts[i] - expected;
        sum += difference * difference;
    }
    return sum / expected < 255 + 110; /* over 4 standard deviations of the even case */
}

/* Counts 4-byte strings in one window that stood before in it. */
static bool has_repeats(const unsigned char *data) {
    uint32_t seen[1 << HASH_BITS] = {0};
    unsigned repeats = 0;
    /* Every position is looked up at a stride, but each is remembered: at any shift, a repeat of 8
     * bytes or more is seen. */
    for (size_t i = 0; i + sizeof(uint32_t) <= WINDOW; i++) {
        uint32_t string;
        memcpy(&string, data + i, sizeof string);
        uint32_t *slot = &seen[string * 2654435761U >> (32 - HASH_BITS)];
        if (i % WINDOW_STRIDE == 0) {
            repeats += *slot == string;
        }
        *slot = string;
    }
    return repeats > WINDOW / WINDOW_STRIDE / 100;
}

bool ar_sample_is_incompressible(const unsigned char *data, size_t size) {
    return size >= MIN_SIZE && is_evenly_spread(data, size) &&
           !has_repeats(data + (size - WINDOW) / 2);
}
