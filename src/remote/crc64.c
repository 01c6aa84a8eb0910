#include "remote/crc64.h"

#include <pthread.h>
#include <stdbool.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

uint64_t ar_crc_multiply(uint64_t polynomial, unsigned width, uint64_t a, uint64_t b) {
    uint64_t product = 0;
    for (uint64_t bit = UINT64_C(1) << (width - 1); bit != 0; bit >>= 1) {
        product ^= a & bit ? b : 0;
        b = b & 1 ? (b >> 1) ^ polynomial : b >> 1;
    }
    return product;
}

/* ---- what is computed once ---- */

enum { SLICES = 8 };
static pthread_once_t once = PTHREAD_ONCE_INIT;
static uint64_t tables[SLICES][256];

/* Of a lane of 128 bits that is moved over those behind it, for its first and its second half. */
static uint64_t over_four_lanes[2], over_one_lane[2];
static bool can_fold;

static void make_tables(void) {
    for (unsigned i = 0; i < 256; i++) {
        uint64_t crc = i;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? (crc >> 1) ^ AR_CRC64_POLYNOMIAL : crc >> 1;
        }
        tables[0][i] = crc;
    }
    for (unsigned i = 0; i < 256; i++) {
        for (unsigned slice = 1; slice < SLICES; slice++) {
            uint64_t before = tables[slice - 1][i];
            tables[slice][i] = (before >> 8) ^ tables[0][before & 0xff];
        }
    }
}

static uint64_t power_of_x(unsigned exponent) {
    uint64_t result = UINT64_C(1) << 63;
    uint64_t square = UINT64_C(1) << 62;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent & 1) {
            result = ar_crc_multiply(AR_CRC64_POLYNOMIAL, 64, result, square);
        }
        square = ar_crc_multiply(AR_CRC64_POLYNOMIAL, 64, square, square);
    }
    return result;
}

/* One power less than the distance: a carry-less product of reflected words is one x too high. */
static void make_all(void) {
    make_tables();
    over_four_lanes[0] = power_of_x(512 + 64 - 1);
    over_four_lanes[1] = power_of_x(512 - 1);
    over_one_lane[0] = power_of_x(128 + 64 - 1);
    over_one_lane[1] = power_of_x(128 - 1);
#if defined(__x86_64__)
    can_fold = __builtin_cpu_supports("pclmul");
#endif
}

/* ---- eight bytes at a time ---- */

static uint64_t load_little_endian(const unsigned char *bytes) {
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--) {
        value = value << 8 | bytes[i];
    }
    return value;
}

/* STATE is the inverted checksum. */
static uint64_t step_by_tables(uint64_t state, const unsigned char *bytes, size_t size) {
    for (; size >= 8; bytes += 8, size -= 8) {
        state ^= load_little_endian(bytes);
        state = tables[7][state & 0xff] ^ tables[6][state >> 8 & 0xff] ^
                tables[5][state >> 16 & 0xff] ^ tables[4][state >> 24 & 0xff] ^
                tables[3][state >> 32 & 0xff] ^ tables[2][state >> 40 & 0xff] ^
                tables[1][state >> 48 & 0xff] ^ tables[0][state >> 56];
    }
    for (; size > 0; bytes++, size--) {
        state = (state >> 8) ^ tables[0][(state ^ *bytes) & 0xff];
    }
    return state;
}

/* ---- 64 bytes at a time, by carry-less products ---- */

enum { LANE = 16, BLOCK = 4 * LANE };

#if defined(__x86_64__)

__attribute__((target("pclmul"))) static __m128i fold(__m128i lane, __m128i factors, __m128i next) {
    return _mm_xor_si128(next, _mm_xor_si128(_mm_clmulepi64_si128(lane, factors, 0x00),
                                             _mm_clmulepi64_si128(lane, factors, 0x11)));
}

static __m128i load(const unsigned char *bytes) {
    return _mm_loadu_si128((const __m128i *)(const void *)bytes);
}

/* SIZE is a multiple of BLOCK, and not 0. */
__attribute__((target("pclmul"))) static uint64_t
step_by_products(uint64_t state, const unsigned char *bytes, size_t size) {
    __m128i lanes[4];
    __m128i factors = load((const unsigned char *)over_four_lanes);
    for (int i = 0; i < 4; i++) {
        lanes[i] = load(bytes + (size_t)i * LANE);
    }
    lanes[0] = _mm_xor_si128(lanes[0], _mm_set_epi64x(0, (long long)state));
    for (bytes += BLOCK, size -= BLOCK; size > 0; bytes += BLOCK, size -= BLOCK) {
        for (int i = 0; i < 4; i++) {
            lanes[i] = fold(lanes[i], factors, load(bytes + (size_t)i * LANE));
        }
    }
    factors = load((const unsigned char *)over_one_lane);
    for (int i = 1; i < 4; i++) {
        lanes[i] = fold(lanes[i - 1], factors, lanes[i]);
    }
    unsigned char rest[LANE];
    _mm_storeu_si128((__m128i *)(void *)rest, lanes[3]);
    return step_by_tables(0, rest, sizeof rest);
}

#else

static uint64_t step_by_products(uint64_t state, const unsigned char *bytes, size_t size) {
    return step_by_tables(state, bytes, size);
}

#endif

uint64_t ar_crc64_update(uint64_t crc, const void *bytes, size_t size) {
    pthread_once(&once, make_all);
    const unsigned char *next = bytes;
    uint64_t state = ~crc;
    size_t folded = can_fold ? size / BLOCK * BLOCK : 0;
    if (folded > 0) {
        state = step_by_products(state, next, folded);
    }
    return ~step_by_tables(state, next + folded, size - folded);
}
