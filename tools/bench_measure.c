#include "bench_measure.h"

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static double seconds_of(const struct timeval *time) {
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static double cpu_seconds(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) {
        return 0;
    }
    return seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
}

/* ---- memory ---- */

/* Sets the mark of the most memory that was resident to what is resident now (proc(5)). */
static bool reset_peak(void) {
    int descriptor = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    bool written = write(descriptor, "5", 1) == 1;
    close(descriptor);
    return written;
}

static int64_t peak_of_process(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (int64_t)usage.ru_maxrss * 1024 : 0;
}

static int64_t peak_since_reset(void) {
    char line[256];
    long long kibibytes = 0;
    FILE *file = fopen("/proc/self/status", "re");
    if (file == NULL) {
        return 0;
    }
    while (kibibytes == 0 && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0) {
            kibibytes = strtoll(line + 6, NULL, 10);
        }
    }
    fclose(file);
    return (int64_t)kibibytes * 1024;
}

/* ---- samples ---- */

void bench_measure_begin(void) {
    /* The C library's own first value, which it raises as large blocks are freed; from then on it
     * would keep such blocks. */
    mallopt(M_MMAP_THRESHOLD, 128 << 10);
}

void bench_sample_start(bench_sample *sample) {
    malloc_trim(0); /* what earlier runs freed is not this one's memory */
    sample->peak_is_of_process = !reset_peak();
    sample->cpu_seconds = cpu_seconds();
    sample->seconds = now();
}

void bench_sample_stop(bench_sample *sample) {
    sample->seconds = now() - sample->seconds;
    sample->cpu_seconds = cpu_seconds() - sample->cpu_seconds;
    sample->peak_bytes = sample->peak_is_of_process ? 0 : peak_since_reset();
    if (sample->peak_bytes == 0) {
        sample->peak_is_of_process = true;
        sample->peak_bytes = peak_of_process();
    }
}

static int compare(const void *a, const void *b) {
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

/* Sorts VALUES. */
static double median(double *values, size_t count) {
    qsort(values, count, sizeof *values, compare);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

bench_summary bench_summarize(const bench_sample *samples, size_t count) {
    double seconds[BENCH_MOST_RUNS], cpu[BENCH_MOST_RUNS];
    bench_summary summary = {0};
    for (size_t i = 0; i < count; i++) {
        seconds[i] = samples[i].seconds;
        cpu[i] = samples[i].cpu_seconds;
        if (samples[i].peak_bytes > summary.most_peak_bytes) {
            summary.most_peak_bytes = samples[i].peak_bytes;
        }
        summary.peak_is_of_process |= samples[i].peak_is_of_process;
    }
    summary.cpu_seconds = median(cpu, count);
    summary.seconds = median(seconds, count);
    summary.least_seconds = seconds[0];
    summary.most_seconds = seconds[count - 1];
    return summary;
}
