/* Time, processor time and memory that a piece of work takes. */
#ifndef ARTCTL_BENCH_MEASURE_H
#define ARTCTL_BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BENCH_MOST_RUNS = 100 };

typedef struct bench_sample {
    double seconds, cpu_seconds; /* of all threads */
    int64_t peak_bytes;          /* resident memory; 0 when the system does not say */
    bool peak_is_of_process;     /* since its start: the system could not reset the mark */
} bench_sample;

/* To be called once, before anything is measured: lets memory that was freed go back to the system,
 * so that it does not count in later runs. */
void bench_measure_begin(void);

/* Between the two the sample holds what was when it started. One at a time. */
void bench_sample_start(bench_sample *sample);
void bench_sample_stop(bench_sample *sample);

/* Of several runs: medians, except where the name says otherwise. */
typedef struct bench_summary {
    double seconds, least_seconds, most_seconds, cpu_seconds;
    int64_t most_peak_bytes;
    bool peak_is_of_process;
} bench_summary;

/* COUNT is from 1 to BENCH_MOST_RUNS. */
bench_summary bench_summarize(const bench_sample *samples, size_t count);

#endif
