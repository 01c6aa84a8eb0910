/* The s3 driver against a real server. */
#include "s3_fixture.h"

#include <dirent.h>
#include <pthread.h>

#include "base/clock.h"

#define MIB ((size_t)1 << 20)

/* ---- single objects ---- */

static void small_objects(void **state) {
    (void)state;
    fixture f = open_plain();
    static const size_t sizes[] = {0, 1, 4096, 3 * MIB, 5 * MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *data = malloc(sizes[i] + 1);
        fill_random(data, sizes[i], i);
        artrepo_object object, seen;
        assert_ok(put_memory(&f, "small/object", data, sizes[i], &object, error));
        assert_int_equal(object.size, sizes[i]);
        assert_true(object.version[0] != '\0' && object.version[0] != '"');
        assert_content(&f, "small/object", data, sizes[i]);
        assert_ok(artrepo_driver_s3.stat(f.state, "small/object", &seen, f.operation, error));
        assert_int_equal(seen.size, sizes[i]);
        assert_string_equal(seen.version, object.version);
        assert_string_equal(seen.content_type, "application/octet-stream");
        assert_true(seen.modified_ms > 0);
        free(data);
    }
    assert_ok(artrepo_driver_s3.remove(f.state, "small/object", f.operation, error));
    assert_ok(artrepo_driver_s3.remove(f.state, "small/object", f.operation, error));
    artrepo_object object;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_driver_s3.stat(f.state, "small/object", &object, f.operation, &failure);
    assert_says(&failure, ARTREPO_NOT_FOUND, "no object 'small/object' in bucket 'artifacts'");
    artrepo_sink *sink = NULL;
    get_memory(&f, "small/object", 0, -1, &sink, &object, &failure);
    assert_says(&failure, ARTREPO_NOT_FOUND, "no object 'small/object' in bucket 'artifacts'");
    assert_string_equal(failure.store_code, "NoSuchKey");
    assert_int_equal(failure.http_status, 404);
    artrepo_sink_close(sink);
    close_fixture(&f);
}

static void over_tls(void **state) {
    (void)state;
    fixture f = open_tls();
    unsigned char *data = malloc(13 * MIB);
    fill_random(data, 13 * MIB, 5);
    assert_ok(put_memory(&f, "tls/small", "hello", 5, NULL, error));
    assert_content(&f, "tls/small", "hello", 5);
    assert_ok(put_memory(&f, "tls/large", data, 13 * MIB, NULL, error));
    assert_content(&f, "tls/large", data, 13 * MIB);
    free(data);
    close_fixture(&f);
}

/* What the server itself cannot keep apart or refuses is not among them: segments of dots, slashes
 * at the beginning, and 1,024 bytes; unit tests show how those are sent. */
static void awkward_keys(void **state) {
    (void)state;
    fixture f = open_plain();
    char longest[1024];
    memset(longest, 'k', sizeof longest);
    for (size_t i = 200; i < sizeof longest; i += 200) {
        longest[i] = '/';
    }
    longest[1023] = '\0';
    const char *const keys[] = {"awkward/with space",
                                "awkward/plus+sign",
                                "awkward/per%cent",
                                "awkward/%2e%2e",
                                "awkward/a?b#c",
                                "awkward/\xc3\xa4\xf0\x9f\x98\x80",
                                "awkward/a&b=c;d",
                                "awkward/'\"<>",
                                "awkward/tab\tnewline\n",
                                "awkward/back\\slash",
                                "awkward/~(!*)@:,$",
                                "awkward/...",
                                longest};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        artrepo_object object;
        assert_ok(put_memory(&f, keys[i], keys[i], strlen(keys[i]), NULL, error));
        assert_content(&f, keys[i], keys[i], strlen(keys[i]));
        assert_ok(artrepo_driver_s3.stat(f.state, keys[i], &object, f.operation, error));
        assert_int_equal(object.size, strlen(keys[i]));
    }
    assert_ok(artrepo_driver_s3.remove_many(f.state, keys, sizeof keys / sizeof *keys, f.operation,
                                            error));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        artrepo_object object;
        assert_int_equal(artrepo_driver_s3.stat(f.state, keys[i], &object, f.operation, NULL),
                         ARTREPO_NOT_FOUND);
    }
    close_fixture(&f);
}

static void keys_that_are_refused(void **state) {
    (void)state;
    fixture f = open_plain();
    artrepo_error failure = ARTREPO_ERROR_INIT;
    char key[1026];
    memset(key, 'k', sizeof key);
    key[1025] = '\0';
    put_memory(&f, "", "x", 1, NULL, &failure);
    assert_says(&failure, ARTREPO_INVALID, "the key is empty");
    put_memory(&f, key, "x", 1, NULL, &failure);
    assert_says(&failure, ARTREPO_INVALID, "1025 bytes");
    close_fixture(&f);
}

/* ---- large objects ---- */

static void count_uploads(fixture *f, int expected) {
    (void)f;
    /* The server keeps the parts of unfinished uploads in this directory of the bucket. */
    char path[512];
    snprintf(path, sizeof path, "%s/%s/.sgwtmp/multipart", need("ARTREPO_TEST_S3_DATA"),
             need("ARTREPO_TEST_S3_BUCKET"));
    int count = 0;
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory != NULL && (entry = readdir(directory)) != NULL) {
        count += entry->d_name[0] != '.';
    }
    if (directory != NULL) {
        closedir(directory);
    }
    assert_int_equal(count, expected);
}

static void streams_of_unknown_length(void **state) {
    (void)state;
    fixture f = open_plain();
    static const size_t sizes[] = {0, 7, 5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 10 * MIB, 47 * MIB + 3};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        stream_source source = open_stream(sizes[i], i);
        artrepo_object object;
        assert_ok(put_stream(&f, "large/stream", &source, &object, error));
        assert_int_equal(object.size, sizes[i]);
        assert_true((strchr(object.version, '-') != NULL) == (sizes[i] > 5 * MIB));
        assert_content(&f, "large/stream", source.data, sizes[i]);
        assert_ok(artrepo_driver_s3.stat(f.state, "large/stream", &object, f.operation, error));
        assert_string_equal(object.content_type, "text/x-test");
        artrepo_source_close(&source.base);
    }
    count_uploads(&f, 0);
    close_fixture(&f);
}

/* A file goes up and comes down in pieces that are read and written in place. */
static void files(void **state) {
    (void)state;
    fixture f = open_plain();
    size_t size = 37 * MIB + 5;
    unsigned char *data = malloc(size);
    fill_random(data, size, 9);
    char up[128], down[128];
    char *directory = scratch_directory();
    snprintf(up, sizeof up, "%s/up", directory);
    snprintf(down, sizeof down, "%s/down", directory);
    write_file(up, data, size, 0600);
    artrepo_source *source = NULL;
    artrepo_sink *sink = NULL;
    artrepo_object object;
    artrepo_put_options options = {NULL};
    artrepo_range range = {0, -1, NULL};
    assert_ok(artrepo_source_open_file(up, &source, error));
    assert_ok(artrepo_driver_s3.put(f.state, "large/file", source, &options, &object, f.operation,
                                    error));
    assert_ok(artrepo_sink_open_file(down, 0600, &sink, error));
    assert_true(sink->descriptor >= 0);
    assert_ok(
        artrepo_driver_s3.get(f.state, "large/file", &range, sink, &object, f.operation, error));
    assert_ok(artrepo_sink_commit(sink, error));
    assert_int_equal(object.size, size);
    char *got = NULL;
    size_t got_size = 0;
    assert_ok(ar_file_read_whole(down, size + 1, &got, &got_size, error));
    assert_int_equal(got_size, size);
    assert_memory_equal(got, data, size);
    assert_int_equal(artrepo_operation_progress(f.operation).bytes_done, 2 * (int64_t)size);
    artrepo_stage stages[4];
    assert_int_equal(artrepo_operation_stages(f.operation, stages, 4), 2);
    assert_string_equal(stages[0].name, "upload");
    assert_int_equal(stages[0].bytes, size);
    assert_string_equal(stages[1].name, "download");
    assert_int_equal(stages[1].bytes, size);
    artrepo_source_close(source);
    artrepo_sink_close(sink);
    free(got);
    free(data);
    remove_scratch(directory);
    close_fixture(&f);
}

static void ranges(void **state) {
    (void)state;
    fixture f = open_plain();
    size_t size = 21 * MIB;
    stream_source source = open_stream(size, 3);
    artrepo_object object;
    assert_ok(put_stream(&f, "large/ranges", &source, &object, error));
    const struct {
        int64_t offset, length, expected;
    } cases[] = {{0, 1, 1},
                 {5, 10, 10},
                 {(int64_t)(4 * MIB) - 1, 2, 2},
                 {1, (int64_t)(13 * MIB), (int64_t)(13 * MIB)},
                 {(int64_t)(9 * MIB), -1, (int64_t)(12 * MIB)},
                 {(int64_t)size - 1, -1, 1},
                 {(int64_t)size - 1, 500, 1},
                 {(int64_t)size, -1, 0},
                 {(int64_t)size + 1, -1, 0},
                 {(int64_t)size + 1, 9, 0},
                 {(int64_t)size + 1, -1, 0}, /* past the end there is nothing */
                 {(int64_t)size * 2, 10, 0},
                 {7, 0, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        artrepo_sink *sink = NULL;
        assert_ok(get_memory(&f, "large/ranges", cases[i].offset, cases[i].length, &sink, &object,
                             error));
        size_t got = 0;
        const void *content = artrepo_sink_memory(sink, &got);
        assert_int_equal(got, cases[i].expected);
        assert_int_equal(object.size, size);
        if (got > 0) {
            assert_memory_equal(content, source.data + cases[i].offset, got);
        }
        artrepo_sink_close(sink);
    }
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_sink *sink = NULL;
    assert_ok(artrepo_sink_open_memory(1000, &sink, error));
    artrepo_range other = {0, -1, "0123456789abcdef"};
    artrepo_driver_s3.get(f.state, "large/ranges", &other, sink, &object, f.operation, &failure);
    assert_says(&failure, ARTREPO_IO, "the object was replaced while it was read");
    artrepo_sink_close(sink);
    artrepo_source_close(&source.base);
    close_fixture(&f);
}

/* A sink that has the object replaced once it got its first bytes. */
typedef struct replacing_sink {
    artrepo_sink base;
    fixture *f;
    bool replaced;
    size_t taken;
} replacing_sink;

static artrepo_code replacing_write(artrepo_sink *base, const void *data, size_t size,
                                    artrepo_error *error) {
    replacing_sink *sink = (replacing_sink *)base;
    (void)data;
    sink->taken += size;
    if (!sink->replaced) {
        sink->replaced = true;
        return put_memory(sink->f, "large/replaced", "another", 7, NULL, error);
    }
    return ARTREPO_OK;
}

static const artrepo_sink_functions replacing_functions = {replacing_write, NULL, NULL};

static void object_is_replaced(void **state) {
    (void)state;
    fixture f = open_plain();
    size_t size = 40 * MIB;
    stream_source source = open_stream(size, 4);
    artrepo_object object;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    assert_ok(put_stream(&f, "large/replaced", &source, &object, error));
    replacing_sink sink = {.base = {&replacing_functions, -1}, .f = &f};
    artrepo_range range = {0, -1, NULL};
    artrepo_driver_s3.get(f.state, "large/replaced", &range, &sink.base, &object, f.operation,
                          &failure);
    assert_says(&failure, ARTREPO_IO, "the object was replaced while it was read");
    assert_true(sink.taken < size);
    artrepo_source_close(&source.base);
    close_fixture(&f);
}

/* ---- what goes wrong on this side ---- */

static void failing_source_leaves_nothing(void **state) {
    (void)state;
    fixture f = open_plain();
    static const size_t failures[] = {0, 3 * MIB, 12 * MIB, 30 * MIB};
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        stream_source source = open_stream(31 * MIB, 6);
        source.fail_at = failures[i];
        artrepo_error failure = ARTREPO_ERROR_INIT;
        artrepo_object object;
        put_stream(&f, "large/failing", &source, &object, &failure);
        assert_says(&failure, ARTREPO_IO, "the test's source failed");
        artrepo_source_close(&source.base);
        assert_int_equal(
            artrepo_driver_s3.stat(f.state, "large/failing", &object, f.operation, NULL),
            ARTREPO_NOT_FOUND);
        count_uploads(&f, 0);
    }
    close_fixture(&f);
}

static void *cancel_soon(void *operation) {
    ar_clock_sleep_ns(60 * AR_MILLISECOND_NS);
    artrepo_operation_cancel(operation);
    return NULL;
}

/* Never ends by itself. */
static artrepo_code endless_read(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                                 artrepo_error *error) {
    (void)base;
    (void)error;
    memset(buffer, 'e', capacity);
    *got = capacity;
    return ARTREPO_OK;
}

static const artrepo_source_functions endless_functions = {endless_read, NULL, NULL};

static void cancelling_leaves_nothing(void **state) {
    (void)state;
    fixture f = open_plain();
    artrepo_source endless = {&endless_functions, -1, -1};
    artrepo_put_options options = {NULL};
    artrepo_error failure = ARTREPO_ERROR_INIT;
    pthread_t thread;
    pthread_create(&thread, NULL, cancel_soon, f.operation);
    int64_t start = ar_clock_now_ns();
    artrepo_driver_s3.put(f.state, "large/cancelled", &endless, &options, NULL, f.operation,
                          &failure);
    pthread_join(thread, NULL);
    assert_says(&failure, ARTREPO_CANCELLED, "cancelled");
    assert_true(ar_clock_now_ns() - start < 5 * AR_SECOND_NS);
    count_uploads(&f, 0);
    close_fixture(&f);
}

static void source_of_another_size(void **state) {
    (void)state;
    fixture f = open_plain();
    static const size_t real[] = {100, 102, 12 * MIB};
    static const int64_t told[] = {101, 101, 13 << 20};
    for (size_t i = 0; i < 3; i++) {
        stream_source source = open_stream(real[i], 6);
        source.base.size = told[i];
        artrepo_error failure = ARTREPO_ERROR_INIT;
        put_stream(&f, "large/size", &source, NULL, &failure);
        assert_says(&failure, ARTREPO_IO, "that it had when it was opened");
        artrepo_source_close(&source.base);
    }
    count_uploads(&f, 0);
    close_fixture(&f);
}

static void shrinking_file(void **state) {
    (void)state;
    fixture f = open_plain();
    char path[128];
    char *directory = scratch_directory();
    snprintf(path, sizeof path, "%s/file", directory);
    unsigned char *data = calloc(1, 12 * MIB);
    write_file(path, data, 12 * MIB, 0600);
    artrepo_source *source = NULL;
    artrepo_put_options options = {NULL};
    artrepo_error failure = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_source_open_file(path, &source, error));
    assert_int_equal(truncate(path, 11 << 20), 0);
    artrepo_driver_s3.put(f.state, "large/shrinking", source, &options, NULL, f.operation,
                          &failure);
    assert_says(&failure, ARTREPO_IO, "the file became shorter while it was read");
    count_uploads(&f, 0);
    artrepo_source_close(source);
    free(data);
    remove_scratch(directory);
    close_fixture(&f);
}

/* ---- listing ---- */

typedef struct listing {
    size_t count;
    size_t stop_at;
    int64_t bytes;
    char last[64];
} listing;

static artrepo_code count_object(void *data, const artrepo_object *object, artrepo_error *error) {
    listing *list = data;
    assert_true(strcmp(object->key, list->last) > 0);
    snprintf(list->last, sizeof list->last, "%s", object->key);
    assert_true(object->modified_ms > 0 && object->version[0] != '\0' && object->version[0] != '"');
    list->bytes += object->size;
    if (++list->count == list->stop_at) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE, "enough");
    }
    return ARTREPO_OK;
}

static void listing_2500(void **state) {
    (void)state;
    enum { COUNT = 2500 };
    fixture f = open_plain();
    char(*keys)[32] = calloc(COUNT, sizeof *keys);
    const char **list = calloc(COUNT, sizeof *list);
    for (int i = 0; i < COUNT; i++) {
        snprintf(keys[i], sizeof keys[i], "many/%04d +%%", i);
        list[i] = keys[i];
        assert_ok(put_memory(&f, keys[i], "abc", 3, NULL, error));
    }
    listing all = {0};
    assert_ok(artrepo_driver_s3.list(f.state, "many/", count_object, &all, f.operation, error));
    assert_int_equal(all.count, COUNT);
    assert_int_equal(all.bytes, 3 * COUNT);
    listing some = {0};
    assert_ok(artrepo_driver_s3.list(f.state, "many/12", count_object, &some, f.operation, error));
    assert_int_equal(some.count, 100);
    listing none = {0};
    assert_ok(artrepo_driver_s3.list(f.state, "nothing/", count_object, &none, f.operation, error));
    assert_int_equal(none.count, 0);
    listing stopped = {.stop_at = 1200};
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_driver_s3.list(f.state, "many/", count_object, &stopped, f.operation, &failure);
    assert_says(&failure, ARTREPO_REFUSED_UNSAFE, "enough");
    assert_int_equal(stopped.count, 1200);
    assert_ok(artrepo_driver_s3.remove_many(f.state, list, COUNT, f.operation, error));
    listing left = {0};
    assert_ok(artrepo_driver_s3.list(f.state, "many/", count_object, &left, f.operation, error));
    assert_int_equal(left.count, 0);
    free(keys);
    free(list);
    close_fixture(&f);
}

int main(void) {
    need("ARTREPO_TEST_S3_ENDPOINT");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_objects),
        cmocka_unit_test(over_tls),
        cmocka_unit_test(awkward_keys),
        cmocka_unit_test(keys_that_are_refused),
        cmocka_unit_test(streams_of_unknown_length),
        cmocka_unit_test(files),
        cmocka_unit_test(ranges),
        cmocka_unit_test(object_is_replaced),
        cmocka_unit_test(failing_source_leaves_nothing),
        cmocka_unit_test(cancelling_leaves_nothing),
        cmocka_unit_test(source_of_another_size),
        cmocka_unit_test(shrinking_file),
        cmocka_unit_test(listing_2500),
    };
    return cmocka_run_group_tests(tests, make_secrets, remove_secrets);
}
