/* The progress line on a terminal, and standard error shared between it and log lines. */
#ifndef ARTCTL_PROGRESS_H
#define ARTCTL_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <artrepo/operation.h>

struct progress {
    pthread_mutex_t mutex; /* of what follows and of standard error */
    bool enabled;
    bool drawn; /* there is a line on the terminal that must go before other text */
    double started, measured;
    int64_t measured_bytes;
    double rate; /* bytes a second, lately */
};

/* The line is shown when standard error is a terminal, unless QUIET. */
void progress_start(struct progress *progress, artrepo_operation *operation, bool quiet);

/* Between these two the caller may write lines to standard error. */
void progress_pause(struct progress *progress);
void progress_resume(struct progress *progress);

/* Seconds since the start. */
double progress_seconds(const struct progress *progress);

#endif
