/* The archive strategies that a benchmark compares. */
#ifndef ARTCTL_BENCH_STRATEGIES_H
#define ARTCTL_BENCH_STRATEGIES_H

#include <artrepo/archive.h>
#include <artrepo/error.h>

enum { BENCH_MOST_STRATEGIES = 32 };

typedef struct bench_strategy {
    char name[16]; /* as it was written: "tar:9" */
    artrepo_archive_strategy strategy;
} bench_strategy;

typedef struct bench_strategies {
    bench_strategy items[BENCH_MOST_STRATEGIES];
    size_t count;
} bench_strategies;

#define BENCH_DEFAULT_STRATEGIES "none,tar:0,tar:1,tar,tar:9,zstd:1,zstd,zstd:9,zip"

/* TEXT is names with commas between. */
artrepo_code bench_strategies_parse(const char *text, bench_strategies *strategies,
                                    artrepo_error *error);

#endif
