/* Cancelled operations and deadlines: every verb ends soon, and leaves nothing half-written. */
#include "suite.h"

enum { NEEDS = ARTREPO_CAN_PUT, SOON_MS = 10000 };

static artrepo_code refuse_object(void *data, const artrepo_object *object, artrepo_error *error) {
    (void)data;
    return artrepo_error_set(error, ARTREPO_INTERNAL, "'%s' was listed after all", object->key);
}

/* OPERATION is over: each verb says so, and does nothing. */
static void assert_all_cancelled(const suite *s, artrepo_operation *operation) {
    content there = {80, 100000};
    const char *key = key_of(s, "cancelled-there"), *none = key_of(s, "cancelled-none");
    put_content(s, key, there);
    content_source source = content_source_of((content){81, 5000});
    content_sink sink = content_sink_of(there.seed, 0);
    artrepo_object object;
    artrepo_range all = {0, -1, NULL};
    assert_fails(ARTREPO_CANCELLED, "",
                 do_put(s, none, &source.base, NULL, &object, operation, error));
    assert_fails(ARTREPO_CANCELLED, "", do_get(s, key, all, &sink.base, NULL, operation, error));
    assert_int_equal(sink.taken, 0);
    if (suite_can(s, ARTREPO_CAN_LIST)) {
        assert_fails(ARTREPO_CANCELLED, "",
                     do_list(s, s->prefix, refuse_object, NULL, operation, error));
    }
    if (!s->bare) { /* a driver may do what takes no time */
        assert_fails(ARTREPO_CANCELLED, "", do_stat(s, key, &object, operation, error));
    }
    if (!s->bare && suite_can(s, ARTREPO_CAN_REMOVE)) {
        assert_fails(ARTREPO_CANCELLED, "", do_remove(s, key, operation, error));
    }
    assert_holds(s, key, there);
    assert_missing(s, none);
}

static void cancelled_before(void **state) {
    const suite *s = *state;
    artrepo_operation *operation = new_operation();
    artrepo_operation_cancel(operation);
    assert_all_cancelled(s, operation);
    artrepo_operation_free(operation);
}

static void past_the_deadline(void **state) {
    const suite *s = *state;
    artrepo_operation *operation = new_operation();
    artrepo_operation_set_deadline(operation, 1);
    sleep_ms(5);
    assert_all_cancelled(s, operation);
    artrepo_operation_free(operation);
}

static void cancelled_in_put(void **state) {
    const suite *s = *state;
    content old = {82, 3000};
    const char *key = key_of(s, "cancelled-put"), *kept = key_of(s, "cancelled-put-old");
    put_content(s, kept, old);
    static const int64_t points[] = {1, 6 * MIB, 12 * MIB};
    for (int i = 0; i < 6; i++) {
        content_source source = content_source_of((content){83, 16 * MIB});
        artrepo_operation *operation = new_operation();
        source.base.size = i % 2 == 0 ? 16 * MIB : -1;
        source.events.cancel_at = points[i / 2];
        source.events.operation = operation;
        int64_t started = now_ms();
        assert_fails(ARTREPO_CANCELLED, "",
                     do_put(s, i < 3 ? key : kept, &source.base, NULL, NULL, operation, error));
        assert_true(now_ms() - started < SOON_MS);
        artrepo_operation_free(operation);
    }
    assert_missing(s, key);
    assert_holds(s, kept, old);
}

static void cancelled_in_get(void **state) {
    const suite *s = *state;
    content there = {84, 40 * MIB};
    const char *key = key_of(s, "cancelled-get");
    put_content(s, key, there);
    artrepo_operation *operation = new_operation();
    content_sink sink = content_sink_of(there.seed, 0);
    sink.events.cancel_at = 1;
    sink.events.operation = operation;
    assert_fails(ARTREPO_CANCELLED, "",
                 do_get(s, key, (artrepo_range){0, -1, NULL}, &sink.base, NULL, operation, error));
    assert_false(sink.wrong);
    assert_true(sink.taken < there.size);
    artrepo_operation_free(operation);
}

static void deadline_in_put(void **state) {
    const suite *s = *state;
    for (int known = 0; known < 2; known++) {
        content_source source = content_source_of((content){85, 64 * MIB});
        artrepo_operation *operation = new_operation();
        const char *key = key_of(s, "late-put");
        source.base.size = known ? 64 * MIB : -1;
        source.events.delay_ms = 10;
        artrepo_operation_set_deadline(operation, 150);
        int64_t started = now_ms();
        assert_fails(ARTREPO_CANCELLED, "",
                     do_put(s, key, &source.base, NULL, NULL, operation, error));
        assert_true(now_ms() - started < SOON_MS);
        artrepo_operation_free(operation);
        assert_missing(s, key);
    }
}

static void deadline_in_get(void **state) {
    const suite *s = *state;
    content there = {86, 40 * MIB};
    const char *key = key_of(s, "late-get");
    put_content(s, key, there);
    artrepo_operation *operation = new_operation();
    content_sink sink = content_sink_of(there.seed, 0);
    sink.events.delay_ms = 60;
    artrepo_operation_set_deadline(operation, 150);
    int64_t started = now_ms();
    assert_fails(ARTREPO_CANCELLED, "",
                 do_get(s, key, (artrepo_range){0, -1, NULL}, &sink.base, NULL, operation, error));
    assert_true(now_ms() - started < SOON_MS);
    assert_false(sink.wrong);
    artrepo_operation_free(operation);
}

const suite_case cancel_cases[] = {
    {"cancelled before", cancelled_before, NEEDS, BOTH},
    {"past the deadline", past_the_deadline, NEEDS, BOTH},
    {"cancelled in put", cancelled_in_put, NEEDS, BOTH},
    {"cancelled in get", cancelled_in_get, NEEDS, BOTH},
    {"deadline in put", deadline_in_put, NEEDS, BOTH},
    {"deadline in get", deadline_in_get, NEEDS, BOTH},
    {NULL, NULL, 0, 0},
};
