/* Repeated runs of one piece of work. */
#include <stdio.h>

#include "bench.h"

static void show(struct bench *bench, const char *label, unsigned run) {
    struct progress *progress = &bench->context->progress;
    if (!progress->enabled) {
        return;
    }
    progress_pause(progress);
    if (run < bench->warmup) {
        fprintf(stderr, "\r%s: warm-up\x1b[K", label);
    } else {
        fprintf(stderr, "\r%s: run %u of %u\x1b[K", label, run - bench->warmup + 1, bench->runs);
    }
    progress->drawn = true;
    progress_resume(progress);
}

static artrepo_code run_once(const bench_action *action, bench_sample *sample,
                             artrepo_error *error) {
    artrepo_code code = action->prepare != NULL ? action->prepare(action->data, error) : ARTREPO_OK;
    if (code != ARTREPO_OK) {
        return code;
    }
    bench_sample_start(sample);
    code = action->run(action->data, error);
    bench_sample_stop(sample);
    if (code == ARTREPO_OK && action->finish != NULL) {
        code = action->finish(action->data, error);
    }
    return code;
}

artrepo_code bench_repeat(struct bench *bench, const bench_action *action, bench_summary *summary) {
    artrepo_error *error = &bench->context->error;
    bench_sample samples[BENCH_MOST_RUNS];
    for (unsigned run = 0; run < bench->warmup + bench->runs; run++) {
        unsigned measured = run < bench->warmup ? 0 : run - bench->warmup;
        show(bench, action->label, run);
        artrepo_code code = artrepo_operation_check(bench->context->operation, error);
        if (code == ARTREPO_OK) {
            code = run_once(action, &samples[measured], error);
        }
        if (code != ARTREPO_OK) {
            return code;
        }
    }
    *summary = bench_summarize(samples, bench->runs);
    return ARTREPO_OK;
}
