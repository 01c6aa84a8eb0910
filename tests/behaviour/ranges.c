/* Parts of objects, and objects that change while they are read. */
#include "suite.h"

#include <pthread.h>
#include <string.h>

enum { NEEDS = ARTREPO_CAN_PUT | ARTREPO_CAN_RANGE };

static void assert_range(const suite *s, const char *key, content what, artrepo_range range,
                         int64_t expected) {
    content_sink sink = content_sink_of(what.seed, range.offset);
    artrepo_object object;
    assert_ok(do_get(s, key, range, &sink.base, &object, s->operation, error));
    if (sink.wrong || sink.taken != expected) {
        fail_msg("range from %lld of %lld bytes of '%s': %lld bytes%s instead of %lld",
                 (long long)range.offset, (long long)range.length, key, (long long)sink.taken,
                 sink.wrong ? " that are not its own" : "", (long long)expected);
    }
    assert_true(object.size == what.size || object.size == -1);
}

static void ranges_of(const suite *s, content what) {
    const char *key = key_of(s, "range");
    int64_t size = what.size;
    put_content(s, key, what);
    const struct {
        int64_t offset, length, expected;
    } cases[] = {
        {0, 1, 1},                       /* the start */
        {0, size, size},                 /* all of it */
        {0, size + 10, size},            /* more than all of it */
        {size / 3, 100, 100},            /* the middle */
        {size / 2, -1, size - size / 2}, /* to the end */
        {1, size - 2, size - 2},         /* all but the ends */
        {size - 1, -1, 1},               /* the last byte */
        {size - 1, 500, 1},              /* over the end */
        {size, -1, 0},                   /* at the end */
        {size, 5, 0},
        {size + 1, -1, 0}, /* past it */
        {size + 1000, 10, 0},
        {5, 0, 0}, /* nothing */
        {0, 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        artrepo_range range = {cases[i].offset, cases[i].length, NULL};
        assert_range(s, key, what, range, cases[i].expected);
    }
}

static void ranges(void **state) {
    ranges_of(*state, (content){40, 1000});
    ranges_of(*state, (content){41, 12 * MIB + 7});
}

static void ranges_of_nothing(void **state) {
    const suite *s = *state;
    const char *key = key_of(s, "range-of-nothing");
    content none = {42, 0};
    put_content(s, key, none);
    static const artrepo_range cases[] = {{0, -1, NULL}, {0, 1, NULL}, {1, -1, NULL}, {0, 0, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_range(s, key, none, cases[i], 0);
    }
    content_sink sink = content_sink_of(0, 0);
    assert_fails(ARTREPO_NOT_FOUND, "",
                 do_get(s, key_of(s, "range-of-missing"), (artrepo_range){3, 4, NULL}, &sink.base,
                        NULL, s->operation, error));
}

/* What was read before is not mixed with what is there now. */
static void version_pin(void **state) {
    const suite *s = *state;
    const char *key = key_of(s, "pinned");
    content first = {43, 300000}, second = {44, 300000};
    artrepo_object old, new;
    put_content(s, key, first);
    assert_ok(do_stat(s, key, &old, s->operation, error));
    assert_range(s, key, first, (artrepo_range){100, 50, old.version}, 50);
    put_content(s, key, second);
    assert_ok(do_stat(s, key, &new, s->operation, error));
    assert_range(s, key, second, (artrepo_range){100, 50, new.version}, 50);
    assert_range(s, key, second, (artrepo_range){0, -1, new.version}, second.size);
    static const int64_t lengths[] = {50, -1};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        content_sink sink = content_sink_of(0, 0);
        assert_fails(ARTREPO_IO, "pinned",
                     do_get(s, key, (artrepo_range){100, lengths[i], old.version}, &sink.base, NULL,
                            s->operation, error));
        assert_int_equal(sink.taken, 0);
    }
}

/* ---- replaced while it is read ---- */

typedef struct replacement {
    const suite *s;
    const char *key;
    content what;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool begun, done;
    artrepo_code code;
} replacement;

static void *replace(void *data) {
    replacement *r = data;
    content_source source = content_source_of(r->what);
    artrepo_operation *operation = new_operation();
    artrepo_code code = do_put(r->s, r->key, &source.base, NULL, NULL, operation, NULL);
    artrepo_operation_free(operation);
    pthread_mutex_lock(&r->mutex);
    r->code = code;
    r->done = true;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->mutex);
    return NULL;
}

/* In a thread of its own and not waited for without end: some stores let nobody write while one
 * reads. */
static void begin_to_replace(void *data) {
    replacement *r = data;
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += 1;
    r->begun = pthread_create(&r->thread, NULL, replace, r) == 0;
    pthread_mutex_lock(&r->mutex);
    while (r->begun && !r->done && pthread_cond_timedwait(&r->changed, &r->mutex, &end) == 0) {
    }
    pthread_mutex_unlock(&r->mutex);
}

/* The old object in whole, or an error: never a mixture. */
static void replaced_while_read(void **state) {
    const suite *s = *state;
    content old = {45, 40 * MIB};
    replacement r = {.s = s, .key = key_of(s, "replaced"), .what = {46, 30 * MIB}};
    pthread_mutex_init(&r.mutex, NULL);
    pthread_cond_init(&r.changed, NULL);
    put_content(s, r.key, old);
    content_sink sink = content_sink_of(old.seed, 0);
    sink.begun = begin_to_replace;
    sink.data = &r;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code =
        do_get(s, r.key, (artrepo_range){0, -1, NULL}, &sink.base, NULL, s->operation, &error);
    assert_true(r.begun);
    pthread_join(r.thread, NULL);
    assert_int_equal(r.code, ARTREPO_OK);
    assert_false(sink.wrong);
    if (code == ARTREPO_OK) {
        assert_int_equal(sink.taken, old.size);
    } else {
        check_failure("get of a replaced object", code, ARTREPO_IO, "replaced", &error);
        assert_true(sink.taken < old.size);
    }
    assert_holds(s, r.key, r.what);
    pthread_cond_destroy(&r.changed);
    pthread_mutex_destroy(&r.mutex);
}

static void version_pin_where_there_are_versions(void **state) {
    const suite *s = *state;
    if (suite_holds(s, LIMIT_VERSIONS)) {
        version_pin(state);
    }
}

const suite_case range_cases[] = {
    {"ranges", ranges, NEEDS, BOTH},
    {"ranges of nothing", ranges_of_nothing, NEEDS, BOTH},
    {"version pin", version_pin_where_there_are_versions, NEEDS, BOTH},
    {"replaced while it is read", replaced_while_read, ARTREPO_CAN_PUT, BOTH},
    {NULL, NULL, 0, 0},
};
