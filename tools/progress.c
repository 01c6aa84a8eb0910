#include "progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "format.h"

#define FIRST_LINE_AFTER 0.3 /* seconds: short runs show none */
#define MEASURE_EVERY 0.5
#define NEW_WEIGHT 0.3 /* of the latest measurement in the rate shown */

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

double progress_seconds(const struct progress *progress) {
    return now() - progress->started;
}

static void measure(struct progress *progress, int64_t bytes) {
    double time = now(), passed = time - progress->measured;
    if (passed < MEASURE_EVERY) {
        return;
    }
    double rate = (double)(bytes - progress->measured_bytes) / passed;
    progress->rate =
        progress->rate > 0 ? progress->rate + NEW_WEIGHT * (rate - progress->rate) : rate;
    progress->measured = time;
    progress->measured_bytes = bytes;
}

/* The rate of late; before it was measured, the one since the start. */
static double shown_rate(const struct progress *progress, int64_t bytes) {
    return progress->rate > 0 ? progress->rate : (double)bytes / progress_seconds(progress);
}

static void draw(struct progress *progress, const artrepo_progress *state) {
    double bytes_per_second = shown_rate(progress, state->bytes_done);
    format_text done = format_bytes(state->bytes_done);
    format_text rate = format_bytes((int64_t)bytes_per_second);
    fprintf(stderr, "\r%s", done.text);
    if (state->bytes_total > 0) {
        format_text total = format_bytes(state->bytes_total);
        double part = (double)state->bytes_done / (double)state->bytes_total;
        fprintf(stderr, " of %s, %.0f%%", total.text, part < 1 ? 100 * part : 100.0);
    }
    if (state->objects_total > 1) {
        fprintf(stderr, ", %lld of %lld objects", (long long)state->objects_done,
                (long long)state->objects_total);
    }
    fprintf(stderr, ", %s/s", rate.text);
    if (state->bytes_total > state->bytes_done && bytes_per_second > 0) {
        double left = (double)(state->bytes_total - state->bytes_done) / bytes_per_second;
        format_text duration = format_duration(left);
        fprintf(stderr, ", %s left", duration.text);
    }
    fputs("\x1b[K", stderr);
    fflush(stderr);
    progress->drawn = true;
}

static void show(void *data, const artrepo_progress *state) {
    struct progress *progress = data;
    pthread_mutex_lock(&progress->mutex);
    measure(progress, state->bytes_done);
    if (progress_seconds(progress) >= FIRST_LINE_AFTER) {
        draw(progress, state);
    }
    pthread_mutex_unlock(&progress->mutex);
}

void progress_start(struct progress *progress, artrepo_operation *operation, bool quiet) {
    pthread_mutex_init(&progress->mutex, NULL);
    progress->enabled = !quiet && isatty(STDERR_FILENO);
    progress->started = progress->measured = now();
    if (progress->enabled) {
        artrepo_operation_set_progress(operation, show, progress);
    }
}

void progress_pause(struct progress *progress) {
    pthread_mutex_lock(&progress->mutex);
    if (progress->drawn) {
        fputs("\r\x1b[K", stderr);
        progress->drawn = false;
    }
}

void progress_resume(struct progress *progress) {
    fflush(stderr);
    pthread_mutex_unlock(&progress->mutex);
}
