/* That blocks are really transformed at the same time, come out in order, and are bounded. */
#include "unit/support.h"

#include <pthread.h>
#include <stdatomic.h>

#include "archive/pipeline.h"
#include "base/clock.h"

enum { BLOCKS = 200, CAPACITY = 64 };

typedef struct run {
    unsigned workers;
    atomic_int inside; /* transforms under way */
    atomic_int produced;
    int fail_at;     /* -1: never */
    bool rendezvous; /* the first transforms wait for each other */
    pthread_barrier_t barrier;
} run;

static artrepo_code produce(void *context, ar_pipeline *pipeline, artrepo_error *error) {
    (void)error;
    run *test = context;
    for (int i = 0; i < BLOCKS; i++) {
        ar_block *block = ar_pipeline_take(pipeline);
        if (block == NULL) {
            return ARTREPO_OK;
        }
        memcpy(block->input, &i, sizeof i);
        block->input_size = sizeof i;
        ar_pipeline_submit(pipeline);
        test->produced++;
    }
    return ARTREPO_OK;
}

static artrepo_code transform(void *context, void *state, ar_block *block, artrepo_error *error) {
    (void)state;
    run *test = context;
    int number;
    memcpy(&number, block->input, sizeof number);
    if (number == test->fail_at) {
        return artrepo_error_set(error, ARTREPO_IO, "block %d", number);
    }
    if (test->rendezvous && number < (int)test->workers) {
        pthread_barrier_wait(&test->barrier); /* passed only when all workers are here at once */
    }
    if (number % 7 == 0) {
        ar_clock_sleep_ns(AR_MILLISECOND_NS); /* later blocks overtake this one */
    }
    int tripled = number * 3;
    memcpy(block->output, &tripled, sizeof tripled);
    block->output_size = sizeof tripled;
    return ARTREPO_OK;
}

static ar_pipeline *open_run(run *test, artrepo_operation *operation) {
    ar_pipeline_plan plan = {
        .producer_stage = "read",
        .worker_stage = "compress",
        .input_capacity = CAPACITY,
        .output_capacity = CAPACITY,
        .workers = test->workers,
        .produce = produce,
        .transform = transform,
        .context = test,
        .operation = operation,
    };
    ar_pipeline *pipeline = NULL;
    assert_ok(ar_pipeline_open(&plan, &pipeline, error));
    return pipeline;
}

static void test_blocks_are_transformed_at_once_and_come_in_order(void **state) {
    (void)state;
    run test = {.workers = 4, .fail_at = -1, .rendezvous = true};
    pthread_barrier_init(&test.barrier, NULL, test.workers);
    ar_pipeline *pipeline = open_run(&test, NULL);
    for (int i = 0; i < BLOCKS; i++) {
        const ar_block *block;
        int number;
        assert_ok(ar_pipeline_next(pipeline, &block, error));
        assert_non_null(block);
        memcpy(&number, block->output, sizeof number);
        assert_int_equal(number, i * 3);
    }
    const ar_block *block;
    assert_ok(ar_pipeline_next(pipeline, &block, error));
    assert_null(block);
    assert_int_equal(ar_pipeline_peak_workers(pipeline), test.workers);
    ar_pipeline_close(pipeline);
    pthread_barrier_destroy(&test.barrier);
}

static void test_a_producer_that_is_ahead_waits(void **state) {
    (void)state;
    run test = {.workers = 2, .fail_at = -1};
    ar_pipeline *pipeline = open_run(&test, NULL);
    int ahead = 0; /* nobody consumes */
    for (int i = 0; i < 100 && (ahead == 0 || test.produced != ahead); i++) {
        ahead = test.produced;
        ar_clock_sleep_ns(50 * AR_MILLISECOND_NS);
    }
    assert_in_range(ahead, 1, 2 * 2 + 2);
    assert_int_equal(test.produced, ahead);
    ar_pipeline_close(pipeline); /* with the producer waiting */
}

static void test_an_error_ends_it_with_its_message(void **state) {
    (void)state;
    run test = {.workers = 2, .fail_at = 50};
    ar_pipeline *pipeline = open_run(&test, NULL);
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code;
    const ar_block *block;
    int count = 0;
    while ((code = ar_pipeline_next(pipeline, &block, &error)) == ARTREPO_OK) {
        assert_non_null(block);
        count++;
    }
    assert_int_equal(code, ARTREPO_IO);
    assert_string_equal(error.message, "block 50");
    assert_true(count <= 50);
    ar_pipeline_close(pipeline);
}

static void test_cancel_ends_it(void **state) {
    (void)state;
    artrepo_operation *operation = artrepo_operation_new();
    run test = {.workers = 2, .fail_at = -1};
    ar_pipeline *pipeline = open_run(&test, operation);
    const ar_block *block;
    assert_ok(ar_pipeline_next(pipeline, &block, error));
    artrepo_operation_cancel(operation);
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code;
    while ((code = ar_pipeline_next(pipeline, &block, &error)) == ARTREPO_OK) {
        assert_non_null(block);
    }
    assert_int_equal(code, ARTREPO_CANCELLED);
    ar_pipeline_close(pipeline);
    artrepo_operation_free(operation);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_transformed_at_once_and_come_in_order),
        cmocka_unit_test(test_a_producer_that_is_ahead_waits),
        cmocka_unit_test(test_an_error_ends_it_with_its_message),
        cmocka_unit_test(test_cancel_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
