/* Sources and sinks that fail: nothing half-written stays behind, and their words come through. */
#include "suite.h"

enum { NEEDS = ARTREPO_CAN_PUT };

/* Puts, of which NAME says what is wrong, fail with CODE, and leave what was there before. */
static void assert_put_fails(const suite *s, const char *key, content_source source,
                             const char *words) {
    artrepo_object object;
    assert_fails(ARTREPO_IO, words,
                 do_put(s, key, &source.base, NULL, &object, s->operation, error));
}

static void failing_source(void **state) {
    const suite *s = *state;
    static const int64_t lengths[] = {1000, 13 * MIB};
    for (size_t i = 0; i < 2; i++) {
        const int64_t points[] = {0, lengths[i] / 2, lengths[i]};
        for (size_t j = 0; j < 6; j++) {
            content_source source = content_source_of((content){60, lengths[i]});
            source.events.fail_at = points[j / 2];
            source.base.size = j % 2 == 0 ? lengths[i] : -1;
            const char *key = key_of(s, "failing-source");
            assert_put_fails(s, key, source, "the test's source failed");
            assert_missing(s, key);
        }
    }
}

static void failing_source_keeps_the_old_object(void **state) {
    const suite *s = *state;
    content old = {61, 70000};
    const char *key = key_of(s, "failing-source-old");
    put_content(s, key, old);
    for (int known = 0; known < 2; known++) {
        content_source source = content_source_of((content){62, 12 * MIB});
        source.base.size = known ? 12 * MIB : -1;
        source.events.fail_at = 11 * MIB;
        assert_put_fails(s, key, source, "the test's source failed");
        assert_holds(s, key, old);
    }
}

/* A file that shrinks while it is read. */
static void shrinking_source(void **state) {
    const suite *s = *state;
    static const content real[] = {{63, 100}, {63, 0}, {63, 12 * MIB}};
    for (size_t i = 0; i < sizeof real / sizeof real[0]; i++) {
        content_source source = content_source_of(real[i]);
        source.base.size = real[i].size + 1;
        const char *key = key_of(s, "shrinking-%zu", i);
        assert_put_fails(s, key, source, "");
        assert_missing(s, key);
    }
}

/* A file that grows meanwhile is refused, or stored as it was when it was opened. */
static void growing_source(void **state) {
    const suite *s = *state;
    static const content told[] = {{64, 100}, {64, 12 * MIB}};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        content_source source = content_source_of((content){64, told[i].size + 1});
        source.base.size = told[i].size;
        const char *key = key_of(s, "growing-%zu", i);
        artrepo_error error = ARTREPO_ERROR_INIT;
        artrepo_code code = do_put(s, key, &source.base, NULL, NULL, s->operation, &error);
        if (code == ARTREPO_OK) {
            assert_holds(s, key, told[i]);
        } else {
            check_failure("put of a growing source", code, ARTREPO_IO, "", &error);
            assert_missing(s, key);
        }
    }
}

static void failing_sink(void **state) {
    const suite *s = *state;
    const char *key = key_of(s, "failing-sink");
    put_content(s, key, (content){64, 12 * MIB});
    static const int64_t points[] = {0, 6 * MIB, 12 * MIB};
    for (size_t i = 0; i < 3; i++) {
        content_sink sink = content_sink_of(64, 0);
        sink.events.fail_at = points[i];
        assert_fails(
            ARTREPO_IO, "the test's sink failed",
            do_get(s, key, (artrepo_range){0, -1, NULL}, &sink.base, NULL, s->operation, error));
        assert_false(sink.wrong);
        assert_true(sink.taken <= points[i]);
    }
}

/* A limit of the caller's is no reason to try again. */
static void full_sink(void **state) {
    const suite *s = *state;
    const char *key = key_of(s, "full-sink");
    put_content(s, key, (content){65, 100000});
    artrepo_sink *sink = NULL;
    assert_ok(artrepo_sink_open_memory(50000, &sink, error));
    assert_fails(ARTREPO_REFUSED_UNSAFE, "",
                 do_get(s, key, (artrepo_range){0, -1, NULL}, sink, NULL, s->operation, error));
    artrepo_sink_close(sink);
}

/* ERROR may be NULL, and OBJECT too through the repository. */
static void nobody_wants_to_know(void **state) {
    const suite *s = *state;
    content_sink sink = content_sink_of(0, 0);
    artrepo_object object = {.size = -1};
    const char *key = key_of(s, "nobody");
    assert_int_equal(do_stat(s, key, &object, s->operation, NULL), ARTREPO_NOT_FOUND);
    assert_int_equal(
        do_get(s, key, (artrepo_range){0, -1, NULL}, &sink.base, NULL, s->operation, NULL),
        ARTREPO_NOT_FOUND);
    content_source source = content_source_of((content){66, 100});
    source.events.fail_at = 0;
    assert_int_equal(do_put(s, key, &source.base, NULL, NULL, s->operation, NULL), ARTREPO_IO);
    assert_int_equal(artrepo_repository_stat(s->repository, key, NULL, NULL, NULL),
                     ARTREPO_NOT_FOUND);
}

const suite_case failure_cases[] = {
    {"failing source", failing_source, NEEDS, BOTH},
    {"failing source keeps the old object", failing_source_keeps_the_old_object, NEEDS, BOTH},
    {"shrinking source", shrinking_source, NEEDS, BOTH},
    {"growing source", growing_source, NEEDS, BOTH},
    {"failing sink", failing_sink, NEEDS, BOTH},
    {"full sink", full_sink, NEEDS, BOTH},
    {"nobody wants to know", nobody_wants_to_know, NEEDS, BOTH},
    {NULL, NULL, 0, 0},
};
