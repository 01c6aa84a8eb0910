/* Random numbers that are the same on every machine for the same seed: xoshiro256**. */
#ifndef ARTCTL_BENCH_RANDOM_H
#define ARTCTL_BENCH_RANDOM_H

#include <stddef.h>
#include <stdint.h>

typedef struct bench_random {
    uint64_t state[4];
} bench_random;

/* STREAM tells apart sequences of one seed. */
bench_random bench_random_seed(uint64_t seed, uint64_t stream);
uint64_t bench_random_next(bench_random *random);
/* From 0 to BOUND - 1; BOUND is not 0 and far below 2^64. */
uint64_t bench_random_below(bench_random *random, uint64_t bound);
void bench_random_bytes(bench_random *random, void *buffer, size_t size);

#endif
