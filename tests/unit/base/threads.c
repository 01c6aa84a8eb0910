/*
 * What error.h and operation.h promise about threads. What is shared here without a lock or an
 * atomic is what they say that the library keeps apart: ThreadSanitizer sees when it does not.
 */
#include "unit/threads.h"
#include "unit/base/unit.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/operation.h"

enum { ROUNDS = 2000 };

/* ---- errors ---- */

static void fail_in_many_ways(worker *w) {
    static const int numbers[] = {ENOENT, EACCES, ENOSPC, 9999};
    artrepo_error error = ARTREPO_ERROR_INIT;
    char wanted[200];
    for (int i = 0; i < ROUNDS; i++) {
        NEED(w, artrepo_error_set(&error, ARTREPO_INVALID, "thread %d, round %d", w->number, i) ==
                    ARTREPO_INVALID);
        NEED(w, artrepo_error_prefix(&error, "prefix %d", i) == ARTREPO_INVALID);
        snprintf(wanted, sizeof wanted, "prefix %d: thread %d, round %d", i, w->number, i);
        NEED(w, strcmp(error.message, wanted) == 0);
        int number = numbers[(w->number + i) % 4];
        artrepo_code code = artrepo_error_set_errno(&error, number, "thread %d", w->number);
        snprintf(wanted, sizeof wanted, "thread %d: ", w->number);
        NEED(w, strncmp(error.message, wanted, strlen(wanted)) == 0);
        NEED(w, number != ENOSPC || strstr(error.message, "No space left on device") != NULL);
        NEED(w, number != 9999 || strstr(error.message, "9999") != NULL);
        NEED(w, code == error.code && error.system_errno == number);
        NEED(w, artrepo_code_name(code)[0] != '\0');
    }
}

static void errors_belong_to_their_threads(void **state) {
    (void)state;
    run_at_once(fail_in_many_ways, NULL);
}

/* ---- progress ---- */

typedef struct told {
    artrepo_operation *operation;
    int calls; /* no atomics: calls are serialised */
    artrepo_progress last;
    bool wrong;
} told;

static void hear(void *data, const artrepo_progress *progress) {
    told *t = data;
    t->wrong = t->wrong || progress->bytes_done < t->last.bytes_done ||
               progress->objects_done < t->last.objects_done;
    t->last = *progress;
    t->calls++;
}

static void move_bytes(worker *w) {
    told *t = w->shared;
    artrepo_progress before = artrepo_operation_progress(t->operation);
    ar_progress_add_total(t->operation, ROUNDS, 1);
    for (int i = 0; i < ROUNDS; i++) {
        ar_progress_add_bytes(t->operation, 1);
        artrepo_progress now = artrepo_operation_progress(t->operation);
        NEED(w, now.bytes_done > before.bytes_done && now.bytes_total >= ROUNDS);
        before = now;
        if (i % (ROUNDS / 20) == 0) {
            ar_clock_sleep_ns(10 * AR_MILLISECOND_NS);
        }
    }
    ar_progress_add_objects(t->operation, 1);
}

static void progress_is_told_by_one_thread_at_a_time(void **state) {
    (void)state;
    told t = {.operation = artrepo_operation_new()};
    artrepo_operation_set_progress(t.operation, hear, &t);
    int64_t started = ar_clock_now_ns();
    run_at_once(move_bytes, &t);
    int64_t tenths = (ar_clock_now_ns() - started) / (100 * AR_MILLISECOND_NS);
    assert_false(t.wrong);
    assert_in_range(t.calls, 1, tenths + 1);
    artrepo_progress all = artrepo_operation_progress(t.operation);
    assert_int_equal(all.bytes_done, THREADS * ROUNDS);
    assert_int_equal(all.bytes_total, THREADS * ROUNDS);
    assert_int_equal(all.objects_done, THREADS);
    assert_int_equal(all.objects_total, THREADS);
    artrepo_operation_free(t.operation);
}

/* ---- log ---- */

typedef struct heard {
    artrepo_operation *operation;
    atomic_int records, wrong;
} heard;

static void check_record(void *data, const artrepo_log_record *record) {
    heard *h = data;
    bool right = record->field_count == 2 && strcmp(record->message, "saving artifact") == 0 &&
                 strcmp(record->fields[0].value, record->fields[1].value) == 0;
    atomic_fetch_add(&h->wrong, right ? 0 : 1);
    atomic_fetch_add(&h->records, 1);
}

static void log_much(worker *w) {
    heard *h = w->shared;
    for (int i = 0; i < ROUNDS; i++) {
        char text[40];
        snprintf(text, sizeof text, "%d/%d", w->number, i);
        ar_log(h->operation, ARTREPO_LOG_INFO, "saving artifact", "one", text, "two", text, NULL);
        ar_log(h->operation, ARTREPO_LOG_DEBUG, "too fine", NULL);
    }
}

static void records_of_many_threads_are_not_mixed(void **state) {
    (void)state;
    heard h = {.operation = artrepo_operation_new()};
    artrepo_operation_set_log(h.operation, ARTREPO_LOG_INFO, check_record, &h);
    run_at_once(log_much, &h);
    assert_int_equal(atomic_load(&h.wrong), 0);
    assert_int_equal(atomic_load(&h.records), THREADS * ROUNDS);
    artrepo_operation_free(h.operation);
}

/* ---- the stage profile, read while it is made ---- */

static void work_in_stages(worker *w) {
    static const char *const names[] = {"walk", "pack", "compress", "upload", "verify"};
    artrepo_operation *operation = w->shared;
    artrepo_stage stages[16];
    for (int i = 0; i < ROUNDS; i++) {
        ar_stage *stage = ar_operation_stage(operation, names[(w->number + i) % 5]);
        ar_stage_add_busy(stage, 1000, 2);
        ar_stage_add_input_wait(stage, 1);
        ar_stage_add_output_wait(stage, 1);
        size_t count = artrepo_operation_stages(operation, stages, 16);
        NEED(w, count >= 1 && count <= 5);
        for (size_t j = 0; j < count; j++) {
            NEED(w, stages[j].name != NULL && stages[j].bytes >= 0);
        }
    }
}

static void stages_can_be_read_at_any_time(void **state) {
    (void)state;
    artrepo_operation *operation = artrepo_operation_new();
    run_at_once(work_in_stages, operation);
    artrepo_stage stages[5];
    int64_t bytes = 0;
    assert_int_equal(artrepo_operation_stages(operation, stages, 5), 5);
    for (int i = 0; i < 5; i++) {
        bytes += stages[i].bytes;
    }
    assert_int_equal(bytes, 2 * THREADS * ROUNDS);
    artrepo_operation_free(operation);
}

/* ---- cancelling ---- */

static void wait_for_the_end(worker *w) {
    artrepo_operation *operation = w->shared;
    artrepo_error error = ARTREPO_ERROR_INIT;
    int64_t patience = ar_clock_now_ns() + 60 * AR_SECOND_NS;
    if (w->number == 0) {
        ar_clock_sleep_ns(20 * AR_MILLISECOND_NS);
        artrepo_operation_cancel(operation);
    }
    while (artrepo_operation_check(operation, &error) == ARTREPO_OK) {
        NEED(w, ar_clock_now_ns() < patience);
        NEED(w, artrepo_operation_threads(operation) == 3);
        NEED(w, artrepo_operation_transfers(operation) == 5);
        NEED(w, artrepo_operation_part_size(operation) == (size_t)6 << 20);
        NEED(w, artrepo_operation_stall_timeout(operation) == 1000);
        NEED(w, artrepo_operation_retry(operation).steps == 5);
    }
    NEED(w, error.code == ARTREPO_CANCELLED && strcmp(error.message, "cancelled") == 0);
    NEED(w, artrepo_operation_check(operation, NULL) == ARTREPO_CANCELLED);
}

static artrepo_operation *new_limited_operation(void) {
    artrepo_operation *operation = artrepo_operation_new();
    artrepo_operation_set_threads(operation, 3);
    artrepo_operation_set_transfers(operation, 5);
    artrepo_operation_set_part_size(operation, (size_t)6 << 20);
    artrepo_operation_set_stall_timeout(operation, 1000);
    artrepo_operation_set_deadline(operation, INT64_C(1) << 40);
    return operation;
}

static void any_thread_cancels_for_all(void **state) {
    (void)state;
    artrepo_operation *operation = new_limited_operation();
    run_at_once(wait_for_the_end, operation);
    artrepo_operation_free(operation);
}

/* Written before the handler is there, and read by it alone. */
static artrepo_operation *signalled;

static void on_signal(int number) {
    (void)number;
    artrepo_operation_cancel(signalled);
}

static void wait_for_the_signal(worker *w) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    int64_t patience = ar_clock_now_ns() + 60 * AR_SECOND_NS;
    if (w->number == 0) {
        ar_clock_sleep_ns(20 * AR_MILLISECOND_NS);
        kill(getpid(), SIGUSR1); /* whichever thread takes it */
    }
    while (artrepo_operation_check(w->shared, &error) == ARTREPO_OK) {
        NEED(w, ar_clock_now_ns() < patience);
    }
    NEED(w, error.code == ARTREPO_CANCELLED);
}

static void a_signal_handler_cancels_for_all(void **state) {
    (void)state;
    signalled = artrepo_operation_new();
    struct sigaction action = {.sa_handler = on_signal}, old;
    assert_int_equal(sigaction(SIGUSR1, &action, &old), 0);
    run_at_once(wait_for_the_signal, signalled);
    assert_int_equal(sigaction(SIGUSR1, &old, NULL), 0);
    artrepo_operation_free(signalled);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_belong_to_their_threads),
        cmocka_unit_test(progress_is_told_by_one_thread_at_a_time),
        cmocka_unit_test(records_of_many_threads_are_not_mixed),
        cmocka_unit_test(stages_can_be_read_at_any_time),
        cmocka_unit_test(any_thread_cancels_for_all),
        cmocka_unit_test(a_signal_handler_cancels_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
