/* An object that is there from the beginning, in stores that nothing can be put into. */
#include "suite.h"

#include <stdio.h>
#include <string.h>

static void assert_given(const suite *s, artrepo_range range, size_t from, size_t length) {
    artrepo_sink *sink = NULL;
    artrepo_object object;
    size_t size = 0;
    assert_ok(artrepo_sink_open_memory(4096, &sink, error));
    assert_ok(do_get(s, s->facts->given_key, range, sink, &object, s->operation, error));
    const char *data = artrepo_sink_memory(sink, &size);
    assert_int_equal(size, length);
    if (length > 0) {
        assert_memory_equal(data, s->facts->given_text + from, length);
    }
    artrepo_sink_close(sink);
}

static void whole(void **state) {
    const suite *s = *state;
    size_t size = strlen(s->facts->given_text);
    artrepo_object object;
    assert_given(s, (artrepo_range){0, -1, NULL}, 0, size);
    assert_ok(do_stat(s, s->facts->given_key, &object, s->operation, error));
    assert_int_equal(object.size, size);
}

static void parts(void **state) {
    const suite *s = *state;
    size_t size = strlen(s->facts->given_text);
    assert_given(s, (artrepo_range){1, 3, NULL}, 1, 3);
    assert_given(s, (artrepo_range){1, -1, NULL}, 1, size - 1);
    assert_given(s, (artrepo_range){(int64_t)size - 1, 9, NULL}, size - 1, 1);
    assert_given(s, (artrepo_range){(int64_t)size, -1, NULL}, 0, 0);
    assert_given(s, (artrepo_range){(int64_t)size + 5, 5, NULL}, 0, 0);
    assert_given(s, (artrepo_range){1, 0, NULL}, 0, 0);
}

static void cancelled(void **state) {
    const suite *s = *state;
    content_sink sink = content_sink_of(0, 0);
    artrepo_operation *operation = new_operation();
    artrepo_operation_cancel(operation);
    assert_fails(ARTREPO_CANCELLED, "",
                 do_get(s, s->facts->given_key, (artrepo_range){0, -1, NULL}, &sink.base, NULL,
                        operation, error));
    assert_int_equal(sink.taken, 0);
    artrepo_operation_free(operation);
}

static void failing_sink(void **state) {
    const suite *s = *state;
    content_sink sink = content_sink_of(0, 0);
    sink.events.fail_at = 0;
    assert_fails(ARTREPO_IO, "the test's sink failed",
                 do_get(s, s->facts->given_key, (artrepo_range){0, -1, NULL}, &sink.base, NULL,
                        s->operation, error));
}

static void loaded(void **state) {
    const suite *s = *state;
    char path[512], text[512];
    snprintf(path, sizeof path, "%s/given", s->scratch);
    artrepo_artifact *artifact = NULL;
    assert_ok(artrepo_artifact_new("given", NULL, &artifact, error));
    assert_ok(artrepo_artifact_load(s->repository, s->facts->given_key, artifact, path, NULL, NULL,
                                    s->operation, error));
    artrepo_artifact_free(artifact);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text, file);
    fclose(file);
    remove(path);
    assert_int_equal(size, strlen(s->facts->given_text));
    assert_memory_equal(text, s->facts->given_text, size);
}

const suite_case given_cases[] = {
    {"given: whole", whole, 0, BOTH},         {"given: parts", parts, ARTREPO_CAN_RANGE, BOTH},
    {"given: cancelled", cancelled, 0, BOTH}, {"given: failing sink", failing_sink, 0, BOTH},
    {"given: loaded", loaded, 0, REPOSITORY}, {NULL, NULL, 0, 0},
};
