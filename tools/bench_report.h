/* Results of benchmarks: kept, and shown one by one as a table or as JSON. */
#ifndef ARTCTL_BENCH_REPORT_H
#define ARTCTL_BENCH_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include "bench_measure.h"
#include "context.h"

typedef struct bench_row {
    const char *benchmark; /* "archive", "store", "end-to-end" */
    const char *data;      /* name of the data set */
    const char *strategy;  /* "" when nothing is archived */
    const char *work;      /* "pack", "unpack", "put", "get" */
    const char *medium;    /* "memory", "file", or the repository's kind */
    int64_t bytes;         /* uncompressed */
    int64_t stored_bytes, files;
    bench_summary summary;
} bench_row;

typedef struct bench_report {
    bench_row *rows; /* with their own texts */
    size_t count;
    unsigned runs, warmup, threads, transfers;
} bench_report;

/* Millions of uncompressed bytes a second. */
double bench_row_rate(const bench_row *row);
/* Uncompressed bytes for each stored one. */
double bench_row_ratio(const bench_row *row);

/* Files or objects a second. */
double bench_row_file_rate(const bench_row *row);
/* Whether ROW is of objects as they are, so that a ratio says nothing and the count of them does.
 */
bool bench_row_is_of_objects(const bench_row *row);

/* Keeps ROW with copies of its texts, and shows it. */
artrepo_code bench_report_add(bench_report *report, struct context *context, const bench_row *row);

/* What holds for all rows, below the table. */
artrepo_code bench_report_finish(const bench_report *report, struct context *context);
void bench_report_clear(bench_report *report);

#endif
