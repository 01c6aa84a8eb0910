#include "archive/pipeline.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/operation.h"

/* Enough for each worker to have one block in hand and one waiting, one to be filled and one to be
 * consumed. */
#define BLOCKS_FOR(workers) ((size_t)(workers)*2 + 2)

struct ar_pipeline {
    ar_pipeline_plan plan;
    ar_stage *producer_stage, *worker_stage;

    pthread_mutex_t mutex;
    pthread_cond_t block_free, block_filled, block_done;
    ar_block *blocks; /* a ring; counters count blocks since the start */
    size_t block_count;
    uint64_t filled, taken, consumed;
    bool holds_block; /* the consumer has block number `consumed` */
    bool all_filled;
    bool stopping;
    artrepo_error failure;
    unsigned busy_workers, peak_workers;

    pthread_t producer;
    int64_t producer_waited; /* the producer's own */
    bool has_producer;
    pthread_t *workers;
    unsigned worker_count;
};

static void fail(ar_pipeline *pipeline, const artrepo_error *error) {
    pthread_mutex_lock(&pipeline->mutex);
    if (pipeline->failure.code == ARTREPO_OK) {
        pipeline->failure = *error;
    }
    pthread_cond_broadcast(&pipeline->block_free);
    pthread_cond_broadcast(&pipeline->block_filled);
    pthread_cond_broadcast(&pipeline->block_done);
    pthread_mutex_unlock(&pipeline->mutex);
}

static bool has_ended(const ar_pipeline *pipeline) {
    return pipeline->stopping || pipeline->failure.code != ARTREPO_OK;
}

/* Waits, and returns how long it took. */
static int64_t wait_on(ar_pipeline *pipeline, pthread_cond_t *condition) {
    int64_t start = ar_clock_now_ns();
    pthread_cond_wait(condition, &pipeline->mutex);
    return ar_clock_now_ns() - start;
}

/* ---- producer ---- */

ar_block *ar_pipeline_take(ar_pipeline *pipeline) {
    int64_t waited = 0;
    pthread_mutex_lock(&pipeline->mutex);
    while (!has_ended(pipeline) && pipeline->filled - pipeline->consumed >= pipeline->block_count) {
        waited += wait_on(pipeline, &pipeline->block_free);
    }
    bool ended = has_ended(pipeline);
    ar_block *block = &pipeline->blocks[pipeline->filled % pipeline->block_count];
    pthread_mutex_unlock(&pipeline->mutex);
    pipeline->producer_waited += waited;
    ar_stage_add_output_wait(pipeline->producer_stage, waited);
    if (ended) {
        return NULL;
    }
    block->input_size = 0;
    block->output_size = 0;
    block->tag = 0;
    return block;
}

void ar_pipeline_submit(ar_pipeline *pipeline) {
    pthread_mutex_lock(&pipeline->mutex);
    ar_block *block = &pipeline->blocks[pipeline->filled % pipeline->block_count];
    block->done = pipeline->plan.transform == NULL;
    if (block->done) {
        block->output_size = block->input_size;
        pthread_cond_signal(&pipeline->block_done);
    } else {
        pthread_cond_signal(&pipeline->block_filled);
    }
    pipeline->filled++;
    size_t size = block->input_size;
    pthread_mutex_unlock(&pipeline->mutex);
    ar_stage_add_busy(pipeline->producer_stage, 0, (int64_t)size);
}

static void *run_producer(void *argument) {
    ar_pipeline *pipeline = argument;
    artrepo_error error = ARTREPO_ERROR_INIT;
    int64_t start = ar_clock_now_ns();
    artrepo_code code = pipeline->plan.produce(pipeline->plan.context, pipeline, &error);
    int64_t busy = ar_clock_now_ns() - start - pipeline->producer_waited;
    ar_stage_add_busy(pipeline->producer_stage, busy, 0);
    if (code != ARTREPO_OK) {
        error.code = code;
        fail(pipeline, &error);
    }
    pthread_mutex_lock(&pipeline->mutex);
    pipeline->all_filled = true;
    pthread_cond_broadcast(&pipeline->block_filled);
    pthread_cond_broadcast(&pipeline->block_done);
    pthread_mutex_unlock(&pipeline->mutex);
    return NULL;
}

/* ---- workers ---- */

/* The next filled block; NULL when there will be none. The mutex is held. */
static ar_block *take_filled(ar_pipeline *pipeline, int64_t *waited) {
    while (!has_ended(pipeline) && pipeline->taken == pipeline->filled && !pipeline->all_filled) {
        *waited += wait_on(pipeline, &pipeline->block_filled);
    }
    if (has_ended(pipeline) || pipeline->taken == pipeline->filled) {
        return NULL;
    }
    if (++pipeline->busy_workers > pipeline->peak_workers) {
        pipeline->peak_workers = pipeline->busy_workers;
    }
    return &pipeline->blocks[pipeline->taken++ % pipeline->block_count];
}

static void transform_block(ar_pipeline *pipeline, void *state, ar_block *block) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    int64_t start = ar_clock_now_ns();
    artrepo_code code = artrepo_operation_check(pipeline->plan.operation, &error);
    if (code == ARTREPO_OK) {
        code = pipeline->plan.transform(pipeline->plan.context, state, block, &error);
    }
    ar_stage_add_busy(pipeline->worker_stage, ar_clock_now_ns() - start,
                      (int64_t)block->output_size);
    if (code != ARTREPO_OK) {
        error.code = code;
        fail(pipeline, &error);
    }
}

static void *run_worker(void *argument) {
    ar_pipeline *pipeline = argument;
    void *state = NULL;
    if (pipeline->plan.open_worker != NULL &&
        (state = pipeline->plan.open_worker(pipeline->plan.context)) == NULL) {
        artrepo_error error = ARTREPO_ERROR_INIT;
        artrepo_error_set(&error, ARTREPO_INTERNAL, "no memory for a %s thread",
                          pipeline->plan.worker_stage);
        fail(pipeline, &error);
        return NULL;
    }
    int64_t waited = 0;
    ar_block *block;
    pthread_mutex_lock(&pipeline->mutex);
    while ((block = take_filled(pipeline, &waited)) != NULL) {
        pthread_mutex_unlock(&pipeline->mutex);
        transform_block(pipeline, state, block);
        pthread_mutex_lock(&pipeline->mutex);
        pipeline->busy_workers--;
        block->done = true;
        pthread_cond_signal(&pipeline->block_done);
    }
    pthread_mutex_unlock(&pipeline->mutex);
    ar_stage_add_input_wait(pipeline->worker_stage, waited);
    if (pipeline->plan.close_worker != NULL) {
        pipeline->plan.close_worker(state);
    }
    return NULL;
}

/* ---- consumer ---- */

static void release_block(ar_pipeline *pipeline) {
    if (pipeline->holds_block) {
        pipeline->holds_block = false;
        pipeline->consumed++;
        pthread_cond_signal(&pipeline->block_free);
    }
}

artrepo_code ar_pipeline_next(ar_pipeline *pipeline, const ar_block **out, artrepo_error *error) {
    pthread_mutex_lock(&pipeline->mutex);
    release_block(pipeline);
    ar_block *block = &pipeline->blocks[pipeline->consumed % pipeline->block_count];
    while (pipeline->failure.code == ARTREPO_OK &&
           !(pipeline->consumed < pipeline->filled && block->done) &&
           !(pipeline->all_filled && pipeline->consumed == pipeline->filled)) {
        pthread_cond_wait(&pipeline->block_done, &pipeline->mutex);
    }
    artrepo_code code = pipeline->failure.code;
    *out = NULL;
    if (code != ARTREPO_OK) {
        if (error != NULL) {
            *error = pipeline->failure;
        }
    } else if (pipeline->consumed < pipeline->filled) {
        pipeline->holds_block = true;
        *out = block;
    }
    pthread_mutex_unlock(&pipeline->mutex);
    return code;
}

unsigned ar_pipeline_peak_workers(const ar_pipeline *pipeline) {
    return pipeline->peak_workers;
}

/* ---- opening and closing ---- */

static bool allocate_blocks(ar_pipeline *pipeline) {
    const ar_pipeline_plan *plan = &pipeline->plan;
    pipeline->block_count = BLOCKS_FOR(plan->workers);
    pipeline->blocks = calloc(pipeline->block_count, sizeof *pipeline->blocks);
    pipeline->workers = calloc(plan->workers, sizeof *pipeline->workers);
    if (pipeline->blocks == NULL || pipeline->workers == NULL) {
        return false;
    }
    for (size_t i = 0; i < pipeline->block_count; i++) {
        ar_block *block = &pipeline->blocks[i];
        block->input = malloc(plan->input_capacity);
        block->output = plan->transform == NULL ? block->input : malloc(plan->output_capacity);
        block->output_capacity = plan->output_capacity;
        if (block->input == NULL || block->output == NULL) {
            return false;
        }
    }
    return true;
}

static int start_threads(ar_pipeline *pipeline) {
    int result = pthread_create(&pipeline->producer, NULL, run_producer, pipeline);
    pipeline->has_producer = result == 0;
    unsigned wanted = pipeline->plan.transform == NULL ? 0 : pipeline->plan.workers;
    while (result == 0 && pipeline->worker_count < wanted) {
        result =
            pthread_create(&pipeline->workers[pipeline->worker_count], NULL, run_worker, pipeline);
        pipeline->worker_count += result == 0;
    }
    /* Fewer workers than wanted do the same work. */
    return pipeline->worker_count > 0 ? 0 : result;
}

artrepo_code ar_pipeline_open(const ar_pipeline_plan *plan, ar_pipeline **out,
                              artrepo_error *error) {
    ar_pipeline *pipeline = calloc(1, sizeof *pipeline);
    if (pipeline == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a pipeline");
    }
    pipeline->plan = *plan;
    pthread_mutex_init(&pipeline->mutex, NULL);
    pthread_cond_init(&pipeline->block_free, NULL);
    pthread_cond_init(&pipeline->block_filled, NULL);
    pthread_cond_init(&pipeline->block_done, NULL);
    pipeline->producer_stage = ar_operation_stage(plan->operation, plan->producer_stage);
    if (plan->transform != NULL) {
        pipeline->worker_stage = ar_operation_stage(plan->operation, plan->worker_stage);
    }
    if (!allocate_blocks(pipeline)) {
        ar_pipeline_close(pipeline);
        return artrepo_error_set(error, ARTREPO_INTERNAL,
                                 "no memory for a pipeline of %u threads; allow fewer",
                                 plan->workers);
    }
    int result = start_threads(pipeline);
    if (result != 0) {
        ar_pipeline_close(pipeline);
        return artrepo_error_set_errno(error, result, "cannot start a thread");
    }
    *out = pipeline;
    return ARTREPO_OK;
}

void ar_pipeline_close(ar_pipeline *pipeline) {
    if (pipeline == NULL) {
        return;
    }
    pthread_mutex_lock(&pipeline->mutex);
    pipeline->stopping = true;
    pthread_cond_broadcast(&pipeline->block_free);
    pthread_cond_broadcast(&pipeline->block_filled);
    pthread_mutex_unlock(&pipeline->mutex);
    if (pipeline->has_producer) {
        pthread_join(pipeline->producer, NULL);
    }
    for (unsigned i = 0; i < pipeline->worker_count; i++) {
        pthread_join(pipeline->workers[i], NULL);
    }
    for (size_t i = 0; pipeline->blocks != NULL && i < pipeline->block_count; i++) {
        ar_block *block = &pipeline->blocks[i];
        if (block->output != block->input) {
            free(block->output);
        }
        free(block->input);
    }
    free(pipeline->blocks);
    free(pipeline->workers);
    pthread_mutex_destroy(&pipeline->mutex);
    pthread_cond_destroy(&pipeline->block_free);
    pthread_cond_destroy(&pipeline->block_filled);
    pthread_cond_destroy(&pipeline->block_done);
    free(pipeline);
}
