/* Whole objects: stored, found, replaced, described. */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { NEEDS = ARTREPO_CAN_PUT };

static void missing_object(void **state) {
    const suite *s = *state;
    assert_missing(s, key_of(s, "missing/object"));
    artrepo_object object;
    assert_fails(ARTREPO_NOT_FOUND, "missing/object",
                 do_stat(s, key_of(s, "missing/object"), &object, s->operation, error));
}

static void empty_object(void **state) {
    const suite *s = *state;
    const char *key = key_of(s, "empty");
    put_content(s, key, (content){1, 0});
    assert_holds(s, key, (content){1, 0});
    artrepo_object object;
    assert_ok(do_stat(s, key, &object, s->operation, error));
    assert_int_equal(object.size, 0);
    content_source unknown = content_source_of((content){1, 0});
    unknown.base.size = -1;
    key = key_of(s, "empty-unknown");
    assert_ok(do_put(s, key, &unknown.base, NULL, &object, s->operation, error));
    assert_int_equal(object.size, 0);
    assert_holds(s, key, (content){1, 0});
}

/* Around the sizes at which drivers cut: buffers, chunks, parts. */
static const int64_t sizes[] = {1,           4095,    4096,        64 * KIB + 1,
                                256 * KIB,   MIB,     5 * MIB - 1, 5 * MIB,
                                5 * MIB + 1, 8 * MIB, 10 * MIB,    16 * MIB + 3};

static void put_of_each_size(const suite *s, bool known) {
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        content what = {100 + i, sizes[i]};
        const char *key = key_of(s, "size-%d", known);
        content_source source = content_source_of(what);
        source.base.size = known ? what.size : -1;
        artrepo_object made, seen;
        assert_ok(do_put(s, key, &source.base, NULL, &made, s->operation, error));
        assert_int_equal(made.size, what.size);
        assert_ok(do_stat(s, key, &seen, s->operation, error));
        assert_int_equal(seen.size, what.size);
        assert_string_equal(seen.key, key);
        if (made.version[0] != '\0') {
            assert_string_equal(seen.version, made.version);
        }
        assert_holds(s, key, what);
    }
}

static void known_length(void **state) {
    put_of_each_size(*state, true);
}

static void unknown_length(void **state) {
    put_of_each_size(*state, false);
}

static void overwriting(void **state) {
    const suite *s = *state;
    static const content contents[] = {{1, 1000}, {2, 300000}, {3, 10}, {4, 6 * MIB},
                                       {5, 0},    {6, 1},      {7, 1}};
    const char *key = key_of(s, "overwritten");
    char before[sizeof((artrepo_object *)0)->version] = "";
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        put_content(s, key, contents[i]);
        assert_holds(s, key, contents[i]);
        artrepo_object object;
        assert_ok(do_stat(s, key, &object, s->operation, error));
        assert_int_equal(object.size, contents[i].size);
        if (suite_holds(s, LIMIT_VERSIONS)) {
            assert_string_not_equal(object.version, "");
            assert_string_not_equal(object.version, before);
        }
        memcpy(before, object.version, sizeof before);
    }
}

static void description(void **state) {
    const suite *s = *state;
    content_source source = content_source_of((content){8, 500});
    const char *key = key_of(s, "described.txt");
    artrepo_object object;
    assert_ok(
        do_put(s, key, &source.base, "text/x-test; charset=utf-8", &object, s->operation, error));
    assert_ok(do_stat(s, key, &object, s->operation, error));
    if (suite_holds(s, LIMIT_TYPES)) {
        assert_string_equal(object.content_type, "text/x-test; charset=utf-8");
    }
    int64_t age = (int64_t)time(NULL) * 1000 - object.modified_ms;
    if (age < -60000 || age > 60000) {
        fail_msg("modified at %lld, %lld ms ago", (long long)object.modified_ms, (long long)age);
    }
    content_sink sink = content_sink_of(8, 0);
    artrepo_object got;
    assert_ok(do_get(s, key, (artrepo_range){0, -1, NULL}, &sink.base, &got, s->operation, error));
    assert_int_equal(got.size, 500);
    assert_string_equal(got.version, object.version);
}

/* The type that browsers show an object by comes from its name. */
static void type_by_name(void **state) {
    const suite *s = *state;
    content_source source = content_source_of((content){9, 50});
    const char *key = key_of(s, "report.html");
    artrepo_object object;
    assert_ok(do_put(s, key, &source.base, NULL, &object, s->operation, error));
    assert_ok(do_stat(s, key, &object, s->operation, error));
    if (suite_holds(s, LIMIT_TYPES)) {
        assert_int_equal(strncmp(object.content_type, "text/html", 9), 0);
    }
}

/* Descriptors are offered to the driver, which may copy by them. */
static void files(void **state) {
    const suite *s = *state;
    char up[512], down[512];
    snprintf(up, sizeof up, "%s/up", s->scratch);
    snprintf(down, sizeof down, "%s/down", s->scratch);
    static const int64_t lengths[] = {0, 5000, 17 * MIB};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        content what = {20 + i, lengths[i]};
        unsigned char *data = malloc((size_t)what.size + 1);
        assert_non_null(data);
        content_fill(what.seed, 0, data, (size_t)what.size);
        FILE *file = fopen(up, "we");
        assert_int_equal(fwrite(data, 1, (size_t)what.size, file), what.size);
        assert_int_equal(fclose(file), 0);

        artrepo_source *source = NULL;
        artrepo_sink *sink = NULL;
        artrepo_range all = {0, -1, NULL};
        const char *key = key_of(s, "file");
        assert_ok(artrepo_source_open_file(up, &source, error));
        assert_ok(do_put(s, key, source, NULL, NULL, s->operation, error));
        artrepo_source_close(source);
        assert_holds(s, key, what);
        assert_ok(artrepo_sink_open_file(down, 0600, &sink, error));
        assert_ok(do_get(s, key, all, sink, NULL, s->operation, error));
        assert_ok(artrepo_sink_commit(sink, error));
        artrepo_sink_close(sink);
        file = fopen(down, "re");
        assert_non_null(file);
        memset(data, 0, (size_t)what.size);
        assert_int_equal(fread(data, 1, (size_t)what.size + 1, file), what.size);
        assert_true(content_is(what.seed, 0, data, (size_t)what.size));
        fclose(file);
        free(data);
        remove(up);
        remove(down);
    }
}

/* Each byte is counted once, although drivers and the layers above them both could. */
static void progress(void **state) {
    const suite *s = *state;
    content what = {30, 6 * MIB};
    content_source source = content_source_of(what);
    content_sink sink = content_sink_of(what.seed, 0);
    const char *key = key_of(s, "progress");
    artrepo_range all = {0, -1, NULL};
    artrepo_operation *operation = new_operation();
    assert_ok(
        artrepo_repository_put(s->repository, key, &source.base, NULL, NULL, operation, error));
    assert_int_equal(artrepo_operation_progress(operation).bytes_done, what.size);
    assert_ok(artrepo_repository_get(s->repository, key, &all, &sink.base, NULL, operation, error));
    assert_int_equal(artrepo_operation_progress(operation).bytes_done, 2 * what.size);
    artrepo_operation_free(operation);
}

const suite_case object_cases[] = {
    {"missing object", missing_object, NEEDS, BOTH},
    {"empty object", empty_object, NEEDS, BOTH},
    {"known length", known_length, NEEDS, REPOSITORY},
    {"unknown length", unknown_length, NEEDS, BOTH},
    {"overwriting", overwriting, NEEDS, BOTH},
    {"description", description, NEEDS, BOTH},
    {"content type by name", type_by_name, NEEDS, REPOSITORY},
    {"files", files, NEEDS, BOTH},
    {"progress", progress, NEEDS, REPOSITORY},
    {NULL, NULL, 0, 0},
};
