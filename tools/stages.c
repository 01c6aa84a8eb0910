#include "stages.h"

#include <stdio.h>

#include "format.h"

#define MOST_STAGES 32
#define BOUND_FROM 0.5 /* busy share of the stage that holds up the others */

/* Of the time that the stage's threads existed: a stage that never waits holds up the others. */
static double busy_share(const artrepo_stage *stage) {
    double all = stage->busy_seconds + stage->input_seconds + stage->output_seconds;
    return all > 0 ? stage->busy_seconds / all : 0;
}

static void print_stage(const artrepo_stage *stage) {
    double megabytes = (double)stage->bytes / 1e6;
    fprintf(stderr, "%-12s %9.3f %9.3f %9.3f %6.0f%% %12.3f", stage->name, stage->busy_seconds,
            stage->input_seconds, stage->output_seconds, 100 * busy_share(stage), megabytes);
    if (stage->busy_seconds > 0 && stage->bytes > 0) {
        fprintf(stderr, " %9.1f", megabytes / stage->busy_seconds);
    } else {
        fprintf(stderr, " %9s", "-");
    }
    fputc('\n', stderr);
}

static void print_table(const artrepo_stage *stages, size_t count) {
    size_t slowest = 0;
    fprintf(stderr, "%-12s %9s %9s %9s %7s %12s %9s\n", "stage", "busy s", "input s", "output s",
            "busy", "MB", "MB/s");
    for (size_t i = 0; i < count; i++) {
        print_stage(&stages[i]);
        if (busy_share(&stages[i]) > busy_share(&stages[slowest])) {
            slowest = i;
        }
    }
    if (count > 0) {
        double share = busy_share(&stages[slowest]);
        fprintf(stderr,
                share >= BOUND_FROM ? "bound by %s: busy for %.0f%% of its time\n"
                                    : "bound by none: %s is the busiest, for %.0f%% of its "
                                      "time\n",
                stages[slowest].name, 100 * share);
    }
}

void stages_print(struct context *context) {
    artrepo_stage stages[MOST_STAGES];
    size_t count = artrepo_operation_stages(context->operation, stages, MOST_STAGES);
    count = count < MOST_STAGES ? count : MOST_STAGES;
    artrepo_progress moved = artrepo_operation_progress(context->operation);
    double seconds = progress_seconds(&context->progress);
    progress_pause(&context->progress);
    print_table(stages, count);
    fprintf(stderr, "%.3f MB to or from the store in %.3f s", (double)moved.bytes_done / 1e6,
            seconds);
    if (seconds > 0) {
        fprintf(stderr, ": %.1f MB/s", (double)moved.bytes_done / 1e6 / seconds);
    }
    fputc('\n', stderr);
    progress_resume(&context->progress);
}
