/* How many objects of a directory are moved at once, by how far away the store is. */
#include "unit/support.h"

#include <stdatomic.h>

#include "base/clock.h"
#include "executor/pace.h"

typedef struct work {
    ar_group *group;
    ar_pace pace;
    int64_t answer_ns; /* what the store takes for each */
    int64_t object_bytes;
    atomic_int inside, most_inside;
} work;

static artrepo_code move_object(void *context, void *item, bool failed, artrepo_error *error) {
    (void)item;
    (void)failed;
    (void)error;
    work *w = context;
    int inside = ++w->inside;
    int most = w->most_inside;
    while (inside > most && !atomic_compare_exchange_weak(&w->most_inside, &most, inside)) {
    }
    int64_t start = ar_clock_now_ns();
    ar_clock_sleep_ns(w->answer_ns);
    ar_pace_note(&w->pace, w->group, w->object_bytes, ar_clock_now_ns() - start);
    w->inside--;
    return ARTREPO_OK;
}

static int most_at_once(unsigned least, unsigned most, int64_t answer_ns, int64_t object_bytes) {
    work w = {.answer_ns = answer_ns, .object_bytes = object_bytes};
    w.pace = (ar_pace){.least = least,
                       .most = most,
                       .now = least,
                       .quickest_ns = INT64_MAX,
                       .mutex = PTHREAD_MUTEX_INITIALIZER};
    assert_ok(ar_group_open(w.pace.least, 64, move_object, &w, NULL, &w.group, error));
    for (int i = 0; i < 1000; i++) {
        assert_ok(ar_group_add(w.group, NULL, error));
    }
    assert_ok(ar_group_close(w.group, error));
    return w.most_inside;
}

static void far_stores_get_more_at_once(void **state) {
    (void)state;
    assert_in_range(most_at_once(16, 64, 30 * AR_MILLISECOND_NS, 100), 50, 64);
    assert_in_range(most_at_once(16, 64, 200 * 1000, 100), 10, 16);
    /* Of large objects the bytes take the time. */
    assert_in_range(most_at_once(16, 64, 30 * AR_MILLISECOND_NS, 1 << 20), 10, 16);
    assert_in_range(most_at_once(2, 2, 20 * AR_MILLISECOND_NS, 100), 2, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(far_stores_get_more_at_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
