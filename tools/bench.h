/* What the benchmarks share: the run that they are part of, and what is measured in it. */
#ifndef ARTCTL_BENCH_H
#define ARTCTL_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench_measure.h"
#include "bench_report.h"
#include "bench_strategies.h"
#include "context.h"

enum { BENCH_BUFFER = 1 << 20 }; /* bytes that are copied at once */

struct bench {
    struct context *context;
    bench_strategies strategies;
    bench_report report;
    bool to_memory, to_file;
    unsigned runs, warmup;
    char *scratch; /* directory; NULL until it is needed */
    char *buffer;  /* BENCH_BUFFER bytes */
};

/* Work that is repeated. PREPARE and FINISH (may be NULL) are not measured. */
typedef struct bench_action {
    const char *label; /* for the progress line */
    artrepo_code (*prepare)(void *data, artrepo_error *error);
    artrepo_code (*run)(void *data, artrepo_error *error);
    artrepo_code (*finish)(void *data, artrepo_error *error);
    void *data;
} bench_action;

/* Warms up, runs and measures. */
artrepo_code bench_repeat(struct bench *bench, const bench_action *action, bench_summary *summary);

/* Makes the scratch directory, unless it is there. */
artrepo_code bench_need_scratch(struct bench *bench);

/* Something to archive: a file or a directory. */
typedef struct bench_data_set {
    char *name, *path;
    bool is_directory;
    int64_t bytes, files; /* of regular files */
} bench_data_set;

typedef struct bench_data_sets {
    bench_data_set *items;
    size_t count;
} bench_data_sets;

/* PATH, or generated data in the scratch directory when it is NULL. */
artrepo_code bench_data_sets_open(struct bench *bench, const char *path, bench_data_sets *sets);
void bench_data_sets_clear(bench_data_sets *sets);

/* Whether what is at PATH has as many files and bytes as SET; ARTREPO_IO when not. */
artrepo_code bench_data_set_check(const bench_data_set *set, const char *path,
                                  artrepo_error *error);

/* The benchmarks. PATH may be NULL. */
artrepo_code bench_archive(struct bench *bench, const char *path);
artrepo_code bench_end_to_end(struct bench *bench, const char *path);
artrepo_code bench_store(struct bench *bench);

#endif
