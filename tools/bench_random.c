#include "bench_random.h"

/* splitmix64, which the authors of xoshiro recommend to fill its state with. */
static uint64_t mix(uint64_t *state) {
    uint64_t value = *state += UINT64_C(0x9e3779b97f4a7c15);
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

bench_random bench_random_seed(uint64_t seed, uint64_t stream) {
    uint64_t state = seed;
    state = mix(&state) ^ stream;
    bench_random random;
    for (size_t i = 0; i < 4; i++) {
        random.state[i] = mix(&state);
    }
    return random;
}

static uint64_t rotate(uint64_t value, unsigned count) {
    return value << count | value >> (64 - count);
}

uint64_t bench_random_next(bench_random *random) {
    uint64_t *state = random->state;
    uint64_t result = rotate(state[1] * 5, 7) * 9, shifted = state[1] << 17;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 45);
    return result;
}

uint64_t bench_random_below(bench_random *random, uint64_t bound) {
    return bench_random_next(random) % bound;
}

void bench_random_bytes(bench_random *random, void *buffer, size_t size) {
    uint8_t *bytes = buffer;
    for (size_t i = 0; i < size; i += 8) {
        uint64_t value = bench_random_next(random);
        for (size_t k = i; k < size && k < i + 8; k++) {
            bytes[k] = (uint8_t)value;
            value >>= 8;
        }
    }
}
