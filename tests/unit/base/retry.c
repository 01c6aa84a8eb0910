#include "unit/base/unit.h"

#include "base/clock.h"
#include "base/retry.h"

/* Waits are tiny, so that the tests do not wait. */
static const artrepo_retry_policy quick = {
    .steps = 4, .duration_ms = 2, .factor = 2, .jitter = 0.5};

static artrepo_operation *new_operation(const artrepo_retry_policy *policy) {
    artrepo_operation *operation = artrepo_operation_new();
    assert_non_null(operation);
    artrepo_operation_set_retry(operation, policy);
    return operation;
}

static void transient_errors_are_tried_so_many_times(void **state) {
    (void)state;
    artrepo_operation *operation = new_operation(&quick);
    ar_retry retry = ar_retry_begin(operation);
    artrepo_error error;
    int attempts = 0;
    int64_t begin = ar_clock_now_ns();
    do {
        attempts++;
        error = (artrepo_error)ARTREPO_ERROR_INIT;
        artrepo_error_set(&error, ARTREPO_TRANSIENT, "busy");
    } while (ar_retry_again(&retry, "put", &error));
    assert_int_equal(attempts, 4);
    assert_int_equal(error.code, ARTREPO_TRANSIENT);
    assert_string_equal(error.message, "busy (gave up after 4 attempts)");
    assert_true(ar_clock_now_ns() - begin >= (2 + 4 + 8) * AR_MILLISECOND_NS);
    artrepo_operation_free(operation);
}

static void final_errors_stay_as_they_are(void **state) {
    (void)state;
    artrepo_operation *operation = new_operation(&quick);
    ar_retry retry = ar_retry_begin(operation);
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_error_set(&error, ARTREPO_NOT_FOUND, "no such key");
    assert_false(ar_retry_again(&retry, "get", &error));
    assert_int_equal(error.code, ARTREPO_NOT_FOUND);
    assert_string_equal(error.message, "no such key");
    artrepo_operation_free(operation);
}

static void any_code_can_be_retryable(void **state) {
    (void)state;
    artrepo_retry_policy two = quick;
    two.steps = 2;
    artrepo_operation *operation = new_operation(&two);
    ar_retry retry = ar_retry_begin(operation);
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_error_set(&error, ARTREPO_IO, "reset by peer");
    error.retryable = true;
    assert_true(ar_retry_again(&retry, "get", &error));
    assert_false(ar_retry_again(&retry, "get", &error));
    assert_int_equal(error.code, ARTREPO_TRANSIENT);
    artrepo_operation_free(operation);
}

static void the_store_may_ask_for_a_longer_wait(void **state) {
    (void)state;
    artrepo_operation *operation = new_operation(&quick);
    ar_retry retry = ar_retry_begin(operation);
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_error_set(&error, ARTREPO_TRANSIENT, "slow down");
    error.retry_after_ms = 40;
    int64_t begin = ar_clock_now_ns();
    assert_true(ar_retry_again(&retry, "get", &error));
    assert_true(ar_clock_now_ns() - begin >= 40 * AR_MILLISECOND_NS);
    artrepo_operation_free(operation);
}

static void cancelling_ends_the_wait(void **state) {
    (void)state;
    artrepo_retry_policy slow = quick;
    slow.duration_ms = 60 * 1000;
    artrepo_operation *operation = new_operation(&slow);
    artrepo_operation_set_deadline(operation, 20);
    ar_retry retry = ar_retry_begin(operation);
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_error_set(&error, ARTREPO_TRANSIENT, "busy");
    int64_t begin = ar_clock_now_ns();
    assert_false(ar_retry_again(&retry, "get", &error));
    assert_true(ar_clock_now_ns() - begin < 5 * AR_SECOND_NS);
    assert_int_equal(error.code, ARTREPO_CANCELLED);
    assert_contains(error.message, "deadline");
    assert_contains(error.message, "busy");
    artrepo_operation_free(operation);
}

/* A driver may retry its requests by itself, below the layer that retries whole calls. */
static void nested_retries_do_not_multiply(void **state) {
    (void)state;
    artrepo_operation *operation = new_operation(&quick);
    ar_retry outer = ar_retry_begin(operation);
    artrepo_error error = ARTREPO_ERROR_INIT;
    int attempts = 0;
    do {
        ar_retry inner = ar_retry_begin(operation);
        do {
            attempts++;
            artrepo_error_set(&error, ARTREPO_TRANSIENT, "busy");
        } while (ar_retry_again(&inner, "part", &error));
        artrepo_error_prefix(&error, "put 'k'");
    } while (ar_retry_again(&outer, "put", &error));
    assert_int_equal(attempts, 4);
    assert_int_equal(error.code, ARTREPO_TRANSIENT);
    assert_string_equal(error.message, "put 'k': busy (gave up after 4 attempts)");
    artrepo_operation_free(operation);
}

static void a_pattern_makes_errors_transient(void **state) {
    (void)state;
    setenv("TRANSIENT_ERROR_PATTERN", "quota.*exceeded", 1);
    artrepo_operation *operation = new_operation(&quick);
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_operation_use_environment(operation, &error), error);
    unsetenv("TRANSIENT_ERROR_PATTERN");
    artrepo_operation_set_retry(operation, &quick);
    ar_retry retry = ar_retry_begin(operation);
    artrepo_error_set(&error, ARTREPO_IO, "the quota was exceeded");
    assert_true(ar_retry_again(&retry, "put", &error));
    artrepo_error_set(&error, ARTREPO_IO, "something else");
    assert_false(ar_retry_again(&retry, "put", &error));
    artrepo_operation_free(operation);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transient_errors_are_tried_so_many_times),
        cmocka_unit_test(final_errors_stay_as_they_are),
        cmocka_unit_test(any_code_can_be_retryable),
        cmocka_unit_test(the_store_may_ask_for_a_longer_wait),
        cmocka_unit_test(cancelling_ends_the_wait),
        cmocka_unit_test(nested_retries_do_not_multiply),
        cmocka_unit_test(a_pattern_makes_errors_transient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
