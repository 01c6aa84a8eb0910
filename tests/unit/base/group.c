#include "unit/base/unit.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/group.h"

typedef struct group_work {
    atomic_int run, released;
    atomic_int inside, most_inside;
    int fail_at;  /* the item that fails; -1: none */
    int wait_for; /* items that have to be inside at once before any goes on */
} group_work;

static artrepo_code run_item(void *context, void *item, bool failed, artrepo_error *error) {
    group_work *work = context;
    int number = *(int *)item;
    free(item);
    if (failed) {
        work->released++;
        return ARTREPO_OK;
    }
    work->run++;
    int inside = ++work->inside;
    int most = work->most_inside;
    while (inside > most && !atomic_compare_exchange_weak(&work->most_inside, &most, inside)) {
    }
    int64_t end = ar_clock_now_ns() + 5 * AR_SECOND_NS;
    while (work->most_inside < work->wait_for && ar_clock_now_ns() < end) {
        ar_clock_sleep_ns(AR_MILLISECOND_NS);
    }
    work->inside--;
    return number == work->fail_at ? artrepo_error_set(error, ARTREPO_IO, "item %d failed", number)
                                   : ARTREPO_OK;
}

/* Adds items until one is refused; returns how many were added. */
static int add_items(ar_group *group, int count, artrepo_error *error) {
    for (int i = 0; i < count; i++) {
        int *item = malloc(sizeof *item);
        assert_non_null(item);
        *item = i;
        if (ar_group_add(group, item, error) != ARTREPO_OK) {
            return i + 1;
        }
    }
    return count;
}

static void items_run_at_the_same_time(void **state) {
    (void)state;
    group_work work = {.fail_at = -1, .wait_for = 3};
    ar_group *group = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(ar_group_open(3, 2, run_item, &work, NULL, &group, &error), error);
    assert_int_equal(add_items(group, 200, &error), 200);
    assert_ok(ar_group_close(group, &error), error);
    assert_int_equal(work.run, 200);
    assert_int_equal(work.released, 0);
    assert_int_equal(work.most_inside, 3);
}

static void the_first_error_stops_the_rest(void **state) {
    (void)state;
    static const unsigned threads[] = {0, 1, 2, 8};
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
        group_work work = {.fail_at = 5};
        ar_group *group = NULL;
        artrepo_error error = ARTREPO_ERROR_INIT;
        assert_ok(ar_group_open(threads[i], 4, run_item, &work, NULL, &group, &error), error);
        int added = add_items(group, 100000, &error);
        assert_in_range(added, 6, 99999);
        artrepo_error end = ARTREPO_ERROR_INIT;
        assert_code(ar_group_close(group, &end), ARTREPO_IO, end);
        assert_string_equal(end.message, "item 5 failed");
        assert_int_equal(work.run + work.released, added); /* each item exactly once */
    }
}

static void a_cancelled_operation_ends_it(void **state) {
    (void)state;
    artrepo_operation *operation = artrepo_operation_new();
    group_work work = {.fail_at = -1};
    ar_group *group = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(ar_group_open(2, 4, run_item, &work, operation, &group, &error), error);
    assert_int_equal(add_items(group, 4, &error), 4);
    artrepo_operation_cancel(operation);
    int added = 4 + add_items(group, 100000, &error);
    assert_code(ar_group_close(group, &error), ARTREPO_CANCELLED, error);
    assert_true(added < 100000);
    assert_int_equal(work.run + work.released, added);
    artrepo_operation_free(operation);
}

static void it_can_be_failed_from_outside(void **state) {
    (void)state;
    group_work work = {.fail_at = -1};
    ar_group *group = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_error reason = ARTREPO_ERROR_INIT;
    artrepo_error_set(&reason, ARTREPO_NOT_FOUND, "listing failed");
    assert_ok(ar_group_open(2, 4, run_item, &work, NULL, &group, &error), error);
    ar_group_fail(group, &reason);
    artrepo_error_set(&reason, ARTREPO_IO, "a later one does not count");
    ar_group_fail(group, &reason);
    assert_int_equal(add_items(group, 3, &error), 1);
    assert_code(ar_group_close(group, &error), ARTREPO_NOT_FOUND, error);
    assert_string_equal(error.message, "listing failed");
    assert_int_equal(work.run, 0);
    assert_int_equal(work.released, 1);
    assert_int_equal(ar_group_close(NULL, NULL), ARTREPO_OK);
}

static artrepo_code note_thread(void *context, void *item, bool failed, artrepo_error *error) {
    (void)item;
    (void)failed;
    (void)error;
    *(pthread_t *)context = pthread_self();
    return ARTREPO_OK;
}

static void one_thread_is_the_caller(void **state) {
    (void)state;
    pthread_t who = 0;
    ar_group *group = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(ar_group_open(1, 4, note_thread, &who, NULL, &group, &error), error);
    assert_ok(ar_group_add(group, NULL, &error), error);
    assert_true(pthread_equal(who, pthread_self()));
    assert_ok(ar_group_close(group, &error), error);
}

static void it_can_be_widened(void **state) {
    (void)state;
    group_work work = {.fail_at = -1, .wait_for = 6};
    ar_group *group = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(ar_group_open(2, 8, run_item, &work, NULL, &group, &error), error);
    assert_int_equal(add_items(group, 8, &error), 8); /* two run, six wait */
    ar_group_widen(group, 6);
    ar_group_widen(group, 3); /* never narrower */
    assert_int_equal(add_items(group, 100, &error), 100);
    assert_ok(ar_group_close(group, &error), error);
    assert_int_equal(work.run, 108);
    assert_int_equal(work.most_inside, 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_run_at_the_same_time),
        cmocka_unit_test(the_first_error_stops_the_rest),
        cmocka_unit_test(a_cancelled_operation_ends_it),
        cmocka_unit_test(it_can_be_failed_from_outside),
        cmocka_unit_test(one_thread_is_the_caller),
        cmocka_unit_test(it_can_be_widened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
