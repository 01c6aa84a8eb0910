#include "unit/base/unit.h"

#include "base/clock.h"
#include "base/operation.h"

static const char *const variables[] = {
    "EXECUTOR_RETRY_BACKOFF_STEPS",  "EXECUTOR_RETRY_BACKOFF_DURATION",
    "EXECUTOR_RETRY_BACKOFF_FACTOR", "EXECUTOR_RETRY_BACKOFF_JITTER",
    "ARTIFACT_S3_UPLOAD_THREADS",    "ARTIFACT_S3_UPLOAD_PART_SIZE_MIB",
    "TRANSIENT_ERROR_PATTERN",       "ARTREPO_STALL_TIMEOUT"};

static int clear_environment(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        unsetenv(variables[i]);
    }
    return 0;
}

static void defaults_are_the_executors(void **state) {
    (void)state;
    artrepo_operation *operation = artrepo_operation_new();
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_operation_use_environment(operation, &error), error);
    const artrepo_operation *both[] = {operation, NULL};
    for (size_t i = 0; i < 2; i++) {
        artrepo_retry_policy retry = artrepo_operation_retry(both[i]);
        assert_int_equal(retry.steps, 5);
        assert_int_equal(retry.duration_ms, 1000);
        assert_true(retry.factor == 1.6);
        assert_true(retry.jitter == 0.5);
        assert_int_equal(artrepo_operation_transfers(both[i]), 4);
        assert_int_equal(artrepo_operation_part_size(both[i]), 5 << 20);
        assert_int_equal(artrepo_operation_stall_timeout(both[i]), 60000);
        assert_true(artrepo_operation_threads(both[i]) >= 1);
        assert_int_equal(artrepo_operation_check(both[i], NULL), ARTREPO_OK);
        assert_true(ar_operation_remaining_ms(both[i]) == INT64_MAX);
    }
    artrepo_operation_set_stall_timeout(operation, 1500);
    assert_int_equal(artrepo_operation_stall_timeout(operation), 1500);
    artrepo_operation_set_stall_timeout(operation, 0); /* the default */
    assert_int_equal(artrepo_operation_stall_timeout(operation), 60000);
    artrepo_operation_free(operation);
}

static void the_environment_is_read(void **state) {
    (void)state;
    setenv("EXECUTOR_RETRY_BACKOFF_STEPS", "7", 1);
    setenv("EXECUTOR_RETRY_BACKOFF_DURATION", "1m30.5s", 1);
    setenv("EXECUTOR_RETRY_BACKOFF_FACTOR", "2.5", 1);
    setenv("EXECUTOR_RETRY_BACKOFF_JITTER", "0", 1);
    setenv("ARTIFACT_S3_UPLOAD_THREADS", "9", 1);
    setenv("ARTIFACT_S3_UPLOAD_PART_SIZE_MIB", "64", 1);
    setenv("ARTREPO_STALL_TIMEOUT", "2.5s", 1);
    artrepo_operation *operation = artrepo_operation_new();
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_operation_use_environment(operation, &error), error);
    artrepo_retry_policy retry = artrepo_operation_retry(operation);
    assert_int_equal(retry.steps, 7);
    assert_int_equal(retry.duration_ms, 90500);
    assert_true(retry.factor == 2.5);
    assert_true(retry.jitter == 0);
    assert_int_equal(artrepo_operation_transfers(operation), 9);
    assert_int_equal(artrepo_operation_part_size(operation), 64 << 20);
    assert_int_equal(artrepo_operation_stall_timeout(operation), 2500);
    /* And once more: what it says then counts. */
    setenv("TRANSIENT_ERROR_PATTERN", "slow down", 1);
    assert_ok(artrepo_operation_use_environment(operation, &error), error);
    setenv("TRANSIENT_ERROR_PATTERN", "hurry( up)?", 1);
    setenv("ARTREPO_STALL_TIMEOUT", "3s", 1);
    assert_ok(artrepo_operation_use_environment(operation, &error), error);
    assert_int_equal(artrepo_operation_stall_timeout(operation), 3000);
    assert_false(ar_operation_matches_transient(operation, "please slow down"));
    assert_true(ar_operation_matches_transient(operation, "please hurry"));
    artrepo_operation_free(operation);
}

static void durations_are_written_as_in_go(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* -1: refused */
    } cases[] = {{"500ms", 500}, {"1s", 1000},  {"1.5s", 1500}, {"2h", 7200000}, {"1m", 60000},
                 {"10us", 0},    {"1", -1},     {"s", -1},      {"-1s", -1},     {"1 s", -1},
                 {"1x", -1},     {"9999h", -1}, {"nan", -1},    {"1s2", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        artrepo_operation *operation = artrepo_operation_new();
        artrepo_error error = ARTREPO_ERROR_INIT;
        setenv("EXECUTOR_RETRY_BACKOFF_DURATION", cases[i].text, 1);
        artrepo_code code = artrepo_operation_use_environment(operation, &error);
        print_message("%s\n", cases[i].text);
        assert_int_equal(code, cases[i].ms < 0 ? ARTREPO_INVALID : ARTREPO_OK);
        assert_int_equal(artrepo_operation_retry(operation).duration_ms,
                         cases[i].ms < 0 ? 1000 : cases[i].ms);
        artrepo_operation_free(operation);
    }
}

static void nonsense_in_the_environment_is_named(void **state) {
    (void)state;
    static const struct {
        const char *name, *value;
    } cases[] = {
        {"EXECUTOR_RETRY_BACKOFF_STEPS", "0"},        {"EXECUTOR_RETRY_BACKOFF_STEPS", "many"},
        {"EXECUTOR_RETRY_BACKOFF_FACTOR", "nan"},     {"EXECUTOR_RETRY_BACKOFF_JITTER", "-1"},
        {"ARTIFACT_S3_UPLOAD_THREADS", "0"},          {"ARTIFACT_S3_UPLOAD_PART_SIZE_MIB", "4"},
        {"ARTIFACT_S3_UPLOAD_PART_SIZE_MIB", "5121"}, {"TRANSIENT_ERROR_PATTERN", "(("}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        artrepo_operation *operation = artrepo_operation_new();
        artrepo_error error = ARTREPO_ERROR_INIT;
        setenv(cases[i].name, cases[i].value, 1);
        assert_code(artrepo_operation_use_environment(operation, &error), ARTREPO_INVALID, error);
        assert_contains(error.message, cases[i].name);
        assert_int_equal(artrepo_operation_transfers(operation), 4);
        unsetenv(cases[i].name);
        artrepo_operation_free(operation);
    }
}

static void cancel_and_deadline_end_operations(void **state) {
    (void)state;
    artrepo_operation *operation = artrepo_operation_new();
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_operation_set_deadline(operation, 1000000);
    assert_ok(artrepo_operation_check(operation, &error), error);
    assert_in_range(ar_operation_remaining_ms(operation), 1, 1000000);
    artrepo_operation_set_deadline(operation, 1);
    ar_clock_sleep_ns(3 * AR_MILLISECOND_NS);
    assert_code(artrepo_operation_check(operation, &error), ARTREPO_CANCELLED, error);
    assert_contains(error.message, "deadline");
    assert_int_equal(ar_operation_remaining_ms(operation), 0);
    artrepo_operation_set_deadline(operation, 0);
    assert_ok(artrepo_operation_check(operation, &error), error);
    artrepo_operation_cancel(operation);
    assert_code(artrepo_operation_check(operation, &error), ARTREPO_CANCELLED, error);
    assert_true(ar_operation_is_cancelled(operation));
    artrepo_operation_free(operation);
}

typedef struct logged {
    int records;
    char text[256];
} logged;

static void keep_record(void *data, const artrepo_log_record *record) {
    logged *log = data;
    log->records++;
    int length = snprintf(log->text, sizeof log->text, "%s", record->message);
    for (size_t i = 0; i < record->field_count; i++) {
        length += snprintf(log->text + length, sizeof log->text - (size_t)length, " %s=%s",
                           record->fields[i].name, record->fields[i].value);
    }
}

static void records_below_the_level_are_not_made(void **state) {
    (void)state;
    artrepo_operation *operation = artrepo_operation_new();
    logged log = {0};
    ar_log(operation, ARTREPO_LOG_ERROR, "nobody listens", NULL);
    artrepo_operation_set_log(operation, ARTREPO_LOG_INFO, keep_record, &log);
    ar_log(operation, ARTREPO_LOG_DEBUG, "too fine", NULL);
    assert_int_equal(log.records, 0);
    ar_log(operation, ARTREPO_LOG_INFO, "saving", "src", "/a", "none", (char *)NULL, "dst", "b",
           NULL);
    assert_int_equal(log.records, 1);
    assert_string_equal(log.text, "saving src=/a dst=b");
    ar_log(operation, ARTREPO_LOG_ERROR, "m", "1", "v", "2", "v", "3", "v", "4", "v", "5", "v", "6",
           "v", "7", "v", "8", "v", "9", "v", NULL);
    assert_string_equal(log.text, "m 1=v 2=v 3=v 4=v 5=v 6=v 7=v 8=v");
    ar_log(NULL, ARTREPO_LOG_ERROR, "no operation", NULL);
    artrepo_operation_free(operation);
}

static void count_progress(void *data, const artrepo_progress *progress) {
    (void)progress;
    ++*(int *)data;
}

static void progress_is_counted_and_rarely_told(void **state) {
    (void)state;
    artrepo_operation *operation = artrepo_operation_new();
    int calls = 0;
    artrepo_operation_set_progress(operation, count_progress, &calls);
    ar_progress_add_total(operation, 1000, -1);
    ar_progress_add_total(operation, 500, 2);
    for (int i = 0; i < 1000; i++) {
        ar_progress_add_bytes(operation, 1);
    }
    ar_progress_add_objects(operation, 2);
    artrepo_progress progress = artrepo_operation_progress(operation);
    assert_int_equal(progress.bytes_done, 1000);
    assert_int_equal(progress.bytes_total, 1500);
    assert_int_equal(progress.objects_done, 2);
    assert_int_equal(progress.objects_total, 2);
    assert_in_range(calls, 1, 20);
    ar_progress_add_total(operation, INT64_MAX, 0); /* a store may claim any size */
    ar_progress_add_total(operation, INT64_MAX, 0);
    assert_true(artrepo_operation_progress(operation).bytes_total == INT64_MAX);
    progress = artrepo_operation_progress(NULL);
    assert_int_equal(progress.bytes_done, 0);
    assert_true(progress.bytes_total == -1);
    ar_progress_add_bytes(NULL, 1);
    artrepo_operation_free(operation);
}

static void stages_are_summed_by_name(void **state) {
    (void)state;
    artrepo_operation *operation = artrepo_operation_new();
    ar_stage_add_busy(ar_operation_stage(operation, "walk"), AR_SECOND_NS, 10);
    ar_stage_add_busy(ar_operation_stage(operation, "upload"), AR_SECOND_NS / 2, 20);
    ar_stage_add_busy(ar_operation_stage(operation, "walk"), AR_SECOND_NS, 5);
    ar_stage_add_input_wait(ar_operation_stage(operation, "upload"), AR_SECOND_NS / 4);
    ar_stage_add_output_wait(ar_operation_stage(operation, "walk"), AR_SECOND_NS / 4);
    artrepo_stage stages[4];
    assert_int_equal(artrepo_operation_stages(operation, stages, 1), 2);
    assert_int_equal(artrepo_operation_stages(operation, stages, 4), 2);
    assert_string_equal(stages[0].name, "walk");
    assert_true(stages[0].busy_seconds == 2.0 && stages[0].output_seconds == 0.25);
    assert_int_equal(stages[0].bytes, 15);
    assert_true(stages[1].busy_seconds == 0.5 && stages[1].input_seconds == 0.25);
    ar_stage_add_busy(ar_operation_stage(NULL, "x"), 1, 1);
    assert_int_equal(artrepo_operation_stages(NULL, stages, 4), 0);
    artrepo_operation_free(operation);
}

#define CLEAN(test) cmocka_unit_test_setup_teardown(test, clear_environment, clear_environment)

int main(void) {
    const struct CMUnitTest tests[] = {
        CLEAN(defaults_are_the_executors),
        CLEAN(the_environment_is_read),
        CLEAN(durations_are_written_as_in_go),
        CLEAN(nonsense_in_the_environment_is_named),
        cmocka_unit_test(cancel_and_deadline_end_operations),
        cmocka_unit_test(records_below_the_level_are_not_made),
        cmocka_unit_test(progress_is_counted_and_rarely_told),
        cmocka_unit_test(stages_are_summed_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
