/* Every verb of the libs3 driver against MinIO, and what it stores seen by the s3 driver. */
#include "libs3_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "libs3/compat.h"

static fixture libs3, s3;

static int setup(void **state) {
    (void)state;
    const char *endpoint = need("ARTREPO_TEST_MINIO_ENDPOINT");
    make_secrets(need("ARTREPO_TEST_MINIO_ACCESS_KEY"), need("ARTREPO_TEST_MINIO_SECRET_KEY"));
    /* A bucket of its own, which it may empty. */
    snprintf(bucket, sizeof bucket, "libs3-%ld", (long)getpid());
    libs3 = open_at(libs3_driver(), endpoint);
    s3 = prepare(&artrepo_driver_s3, endpoint);
    assert_true(
        ar_value_put(s3.root, "createBucketIfNotPresent", ar_value_new(AR_VALUE_OBJECT, NULL)));
    assert_ok(try_open(&s3, error));
    assert_ok(put_text(&s3, "first", "x", error)); /* makes the bucket */
    return 0;
}

/* ---- listings ---- */

typedef struct listed {
    char key[1025];
    artrepo_object object;
} listed;

typedef struct listing {
    listed *items;
    size_t count, stop_at;
} listing;

enum { MAX_LISTED = 3000 };

static artrepo_code note(void *data, const artrepo_object *object, artrepo_error *error) {
    listing *list = data;
    assert_true(list->count < MAX_LISTED);
    listed *item = &list->items[list->count++];
    snprintf(item->key, sizeof item->key, "%s", object->key);
    item->object = *object;
    item->object.key = item->key;
    return list->count == list->stop_at
               ? artrepo_error_set(error, ARTREPO_CANCELLED, "that is enough")
               : ARTREPO_OK;
}

static listing list_all(fixture *f, const char *prefix) {
    listing list = {.items = calloc(MAX_LISTED, sizeof(listed))};
    assert_non_null(list.items);
    assert_ok(f->driver->list(f->state, prefix, note, &list, f->operation, error));
    return list;
}

static void assert_same_listing(const listing *one, const listing *other) {
    assert_int_equal(one->count, other->count);
    for (size_t i = 0; i < one->count; i++) {
        const artrepo_object *a = &one->items[i].object, *b = &other->items[i].object;
        assert_string_equal(a->key, b->key);
        assert_int_equal(a->size, b->size);
        assert_string_equal(a->version, b->version);
        assert_int_equal(a->modified_ms / 1000, b->modified_ms / 1000);
    }
}

static int remove_all(void **state) {
    (void)state;
    listing list = list_all(&s3, "");
    for (size_t i = 0; i < list.count; i++) {
        assert_ok(s3.driver->remove(s3.state, list.items[i].key, s3.operation, error));
    }
    free(list.items);
    return 0;
}

static int teardown(void **state) {
    remove_all(state);
    close_fixture(&libs3);
    close_fixture(&s3);
    return remove_secrets(state);
}

/* ---- one object ---- */

static void what_is_put_is_there(void **state) {
    (void)state;
    enum { SIZE = 3000001 };
    unsigned char *data = malloc(SIZE);
    assert_non_null(data);
    fill_random(data, SIZE, 1);
    static const size_t sizes[] = {0, 1, 65536, SIZE};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        artrepo_object put_object, object;
        assert_ok(put(&libs3, "one/object", data, sizes[i], &put_object, error));
        assert_int_equal(put_object.size, sizes[i]);
        assert_string_equal(put_object.key, "one/object");
        assert_ok(stat_object(&libs3, "one/object", &object, error));
        assert_int_equal(object.size, sizes[i]);
        assert_string_equal(object.content_type, "text/x-test");
        assert_true(object.modified_ms / 1000 + 60 > time(NULL));
        assert_true(object.modified_ms / 1000 - 60 < time(NULL));
        assert_int_equal(strlen(object.version), 32);
        assert_content(&libs3, "one/object", data, sizes[i]);
        assert_content(&s3, "one/object", data, sizes[i]);
        artrepo_object seen;
        assert_ok(stat_object(&s3, "one/object", &seen, error));
        assert_string_equal(seen.version, object.version);
        assert_int_equal(seen.modified_ms, object.modified_ms);
        assert_string_equal(seen.content_type, "text/x-test");
    }
    /* And the other way round. */
    artrepo_object object;
    assert_ok(put(&s3, "one/object", data, SIZE - 1, &object, error));
    assert_content(&libs3, "one/object", data, SIZE - 1);
    free(data);
}

static void removing_is_final_and_may_be_repeated(void **state) {
    (void)state;
    assert_ok(put_text(&libs3, "one/gone", "x", error));
    for (int i = 0; i < 2; i++) {
        assert_ok(libs3.driver->remove(libs3.state, "one/gone", libs3.operation, error));
        artrepo_object object;
        artrepo_error error = ARTREPO_ERROR_INIT;
        assert_int_equal(stat_object(&libs3, "one/gone", &object, &error), ARTREPO_NOT_FOUND);
    }
}

static void assert_missing(const artrepo_error *error, artrepo_code code, const char *store_code) {
    assert_int_equal(error->code, code);
    assert_false(error->retryable);
    assert_int_equal(error->http_status, 404);
    assert_string_equal(error->store_code, store_code);
    assert_true(error->request_id[0] != '\0');
    assert_non_null(strstr(error->message, store_code));
}

static void what_is_not_there_is_not_found(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_object object;
    artrepo_sink *sink = NULL;
    stat_object(&libs3, "one/nothing", &object, &error);
    assert_missing(&error, ARTREPO_NOT_FOUND, "NoSuchKey");
    get(&libs3, "one/nothing", (artrepo_range){0, -1, NULL}, &sink, &object, &error);
    assert_missing(&error, ARTREPO_NOT_FOUND, "NoSuchKey");
    artrepo_sink_close(sink);
    get(&libs3, "one/nothing", (artrepo_range){2, 3, NULL}, &sink, &object, &error);
    assert_missing(&error, ARTREPO_NOT_FOUND, "NoSuchKey");
    artrepo_sink_close(sink);
}

static void a_missing_bucket_is_a_wrong_setting(void **state) {
    (void)state;
    fixture f = prepare(libs3_driver(), need("ARTREPO_TEST_MINIO_ENDPOINT"));
    set(&f, "bucket", "no-such-bucket");
    assert_ok(try_open(&f, error));
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_object object;
    put_text(&f, "key", "x", &error);
    assert_missing(&error, ARTREPO_INVALID, "NoSuchBucket");
    stat_object(&f, "key", &object, &error);
    assert_missing(&error, ARTREPO_INVALID, "NoSuchBucket");
    f.driver->list(f.state, "", note, NULL, f.operation, &error);
    assert_missing(&error, ARTREPO_INVALID, "NoSuchBucket");
    f.driver->remove(f.state, "key", f.operation, &error);
    assert_missing(&error, ARTREPO_INVALID, "NoSuchBucket");
    close_fixture(&f);
}

static void assert_denied(const char *setting, const char *store_code) {
    fixture f = prepare(libs3_driver(), need("ARTREPO_TEST_MINIO_ENDPOINT"));
    set_secret(&f, setting, "wrong");
    assert_ok(try_open(&f, error));
    artrepo_object object;
    for (int verb = 0; verb < 4; verb++) {
        artrepo_error error = ARTREPO_ERROR_INIT;
        artrepo_code code = verb == 0   ? put_text(&f, "denied", "x", &error)
                            : verb == 1 ? stat_object(&f, "denied", &object, &error)
                            : verb == 2
                                ? f.driver->list(f.state, "", note, NULL, f.operation, &error)
                                : f.driver->remove(f.state, "denied", f.operation, &error);
        assert_int_equal(code, ARTREPO_ACCESS_DENIED);
        assert_int_equal(error.http_status, 403);
        assert_string_equal(error.store_code, store_code);
        assert_false(error.retryable);
        assert_null(strstr(error.message, "not-the-secret"));
    }
    close_fixture(&f);
}

static void wrong_credentials_are_denied(void **state) {
    (void)state;
    assert_denied("secretKeySecret", "SignatureDoesNotMatch");
    assert_denied("accessKeySecret", "InvalidAccessKeyId");
}

/* ---- ranges ---- */

static void ranges_are_those_asked_for(void **state) {
    (void)state;
    enum { SIZE = 200000 };
    static unsigned char data[SIZE];
    static const int64_t ranges[][2] = {
        {0, 1},    {0, SIZE},       {1, -1},  {SIZE - 1, -1}, {SIZE, -1},
        {SIZE, 1}, {SIZE + 10, -1}, {100, 0}, {100, 1000},    {100, SIZE * 2}};
    fill_random(data, SIZE, 2);
    artrepo_object stored;
    assert_ok(put(&libs3, "ranges", data, SIZE, &stored, error));
    assert_ok(stat_object(&libs3, "ranges", &stored, error));
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        int64_t offset = ranges[i][0], length = ranges[i][1];
        int64_t left = offset < SIZE ? SIZE - offset : 0;
        int64_t expected = length >= 0 && length < left ? length : left;
        for (int pinned = 0; pinned < 2; pinned++) {
            artrepo_range range = {offset, length, pinned ? stored.version : NULL};
            artrepo_object object = {.size = -1};
            assert_range(&libs3, "ranges", range, data + (left > 0 ? offset : 0), (size_t)expected,
                         &object);
            assert_int_equal(object.size, SIZE);
            assert_string_equal(object.version, stored.version);
        }
    }
}

/* Replaces the object when the first bytes of the old one come. */
typedef struct replacing_sink {
    artrepo_sink base;
    size_t got;
} replacing_sink;

static artrepo_code count_bytes(artrepo_sink *sink, const void *data, size_t size,
                                artrepo_error *error) {
    (void)data;
    (void)error;
    ((replacing_sink *)sink)->got += size;
    return ARTREPO_OK;
}

static void a_replaced_object_is_an_error(void **state) {
    (void)state;
    static const artrepo_sink_functions functions = {count_bytes, NULL, NULL};
    assert_ok(put_text(&libs3, "replaced", "first", error));
    artrepo_object first, object;
    assert_ok(stat_object(&libs3, "replaced", &first, error));
    assert_ok(put_text(&libs3, "replaced", "second", error));
    assert_ok(stat_object(&libs3, "replaced", &object, error));
    assert_string_not_equal(first.version, object.version);
    for (int64_t offset = 0; offset < 3; offset++) {
        replacing_sink sink = {{&functions, -1}, 0};
        artrepo_range range = {offset, -1, first.version};
        artrepo_error error = ARTREPO_ERROR_INIT;
        libs3.driver->get(libs3.state, "replaced", &range, &sink.base, &object, libs3.operation,
                          &error);
        assert_says(&error, ARTREPO_IO, "replaced");
        assert_int_equal(sink.got, 0);
    }
}

static artrepo_code refuse_bytes(artrepo_sink *sink, const void *data, size_t size,
                                 artrepo_error *error) {
    (void)sink;
    (void)data;
    (void)size;
    return artrepo_error_set(error, ARTREPO_IO, "the test's sink is full");
}

static void a_sink_that_fails_ends_the_get(void **state) {
    (void)state;
    static const artrepo_sink_functions functions = {refuse_bytes, NULL, NULL};
    assert_ok(put_text(&libs3, "sink", "bytes", error));
    artrepo_sink sink = {&functions, -1};
    artrepo_range range = {0, -1, NULL};
    artrepo_object object;
    artrepo_error error = ARTREPO_ERROR_INIT;
    libs3.driver->get(libs3.state, "sink", &range, &sink, &object, libs3.operation, &error);
    assert_says(&error, ARTREPO_IO, "the test's sink is full");
    assert_content(&libs3, "sink", "bytes", 5); /* the next one is not disturbed */
}

/* ---- sources ---- */

static artrepo_code put_stream(const char *key, stream_source *source, artrepo_error *failure) {
    artrepo_object object;
    return put_source(&libs3, key, &source->base, &object, failure);
}

static void a_source_of_unknown_length_is_spooled(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 65536, 65537, 32 << 20};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        stream_source source = open_stream(sizes[i], i);
        source.base.size = -1;
        assert_ok(put_stream("unknown", &source, error));
        assert_content(&s3, "unknown", source.data, sizes[i]);
        artrepo_source_close(&source.base);
    }
    stream_source source = open_stream((32 << 20) + 1, 1);
    source.base.size = -1;
    artrepo_error error = ARTREPO_ERROR_INIT;
    put_stream("unknown/large", &source, &error);
    assert_says(&error, ARTREPO_UNSUPPORTED, "longer than 32 MiB");
    artrepo_source_close(&source.base);
    artrepo_object object;
    assert_int_equal(stat_object(&s3, "unknown/large", &object, NULL), ARTREPO_NOT_FOUND);
}

static void more_than_one_request_can_take_is_refused(void **state) {
    (void)state;
    stream_source source = open_stream(10, 1);
    source.base.size = (INT64_C(5) << 30) + 1;
    artrepo_error error = ARTREPO_ERROR_INIT;
    put_stream("huge", &source, &error);
    assert_says(&error, ARTREPO_UNSUPPORTED, "5 GiB");
    assert_int_equal(source.position, 0);
    artrepo_source_close(&source.base);
}

/* The object that was there stays. */
static void assert_keeps_old(stream_source *source, artrepo_code code, const char *words) {
    assert_ok(put_text(&libs3, "kept", "old", error));
    artrepo_error error = ARTREPO_ERROR_INIT;
    put_stream("kept", source, &error);
    assert_says(&error, code, words);
    artrepo_source_close(&source->base);
    assert_content(&s3, "kept", "old", 3);
}

static void a_source_that_fails_leaves_nothing(void **state) {
    (void)state;
    for (int known = 0; known < 2; known++) {
        stream_source source = open_stream(1000000, 3);
        source.base.size = known ? 1000000 : -1;
        source.fail_at = 500000;
        assert_keeps_old(&source, ARTREPO_IO, "the test's source failed");
    }
    stream_source shrunk = open_stream(1000000, 3);
    shrunk.base.size = 1000001;
    assert_keeps_old(&shrunk, ARTREPO_IO, "the source ended after 1000000 of 1000001 bytes");
}

static void a_cancelled_put_leaves_nothing(void **state) {
    (void)state;
    for (int known = 0; known < 2; known++) {
        fixture f = open_at(libs3_driver(), need("ARTREPO_TEST_MINIO_ENDPOINT"));
        stream_source source = open_stream(1000000, 4);
        source.base.size = known ? 1000000 : -1;
        source.cancel_at = 500000;
        source.operation = f.operation;
        artrepo_error error = ARTREPO_ERROR_INIT;
        artrepo_object object;
        assert_int_equal(put_source(&f, "cancelled", &source.base, &object, &error),
                         ARTREPO_CANCELLED);
        artrepo_source_close(&source.base);
        close_fixture(&f);
        assert_int_equal(stat_object(&s3, "cancelled", &object, NULL), ARTREPO_NOT_FOUND);
    }
}

/* ---- keys ---- */

static void assert_key_arrives(const char *key) {
    listing by_s3 = list_all(&s3, ""), by_libs3 = list_all(&libs3, ""),
            below = list_all(&libs3, key);
    assert_int_equal(by_s3.count, 1);
    assert_string_equal(by_s3.items[0].key, key);
    assert_same_listing(&by_s3, &by_libs3);
    assert_same_listing(&by_s3, &below);
    assert_content(&libs3, key, "x", 1);
    assert_content(&s3, key, "x", 1);
    assert_ok(libs3.driver->remove(libs3.state, key, libs3.operation, error));
    artrepo_object object;
    assert_int_equal(stat_object(&s3, key, &object, NULL), ARTREPO_NOT_FOUND);
    free(by_s3.items);
    free(by_libs3.items);
    free(below.items);
}

static void awkward_keys_arrive_as_they_are(void **state) {
    (void)state;
    static char long_key[1023];
    memset(long_key, 'k', 1022);
    for (int i = 200; i < 1000; i += 200) {
        long_key[i] = '/';
    }
    static const char *const keys[] = {"plus+plus",
                                       "per%20cent%",
                                       "schl\xc3\xbcssel/\xe6\x97\xa5\xe6\x9c\xac/\xf0\x9f\x98\x80",
                                       "q?a=b&c#d;e:f,g",
                                       "a!b*c'(d)~-_.e",
                                       "<xml>&amp;\"quoted\"",
                                       "[brackets]{braces}|^`",
                                       "back\\slash",
                                       "..dots/...x/.hidden",
                                       "marker/",
                                       long_key};
    enum { COUNT = sizeof keys / sizeof *keys };
    int arrived = 0;
    remove_all(NULL);
    for (size_t i = 0; i < COUNT; i++) {
        if (put_text(&libs3, keys[i], "x", NULL) == ARTREPO_OK) {
            assert_key_arrives(keys[i]);
            arrived++;
        } else { /* MinIO does not take it, from whomever */
            assert_int_not_equal(put_text(&s3, keys[i], "x", NULL), ARTREPO_OK);
        }
    }
    assert_in_range(arrived, COUNT - 1, COUNT);
}

/* MinIO drops a slash at the beginning: both drivers see the same of that. */
static void assert_refuses_key(const char *key) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    put_text(&libs3, key, "x", &error);
    assert_says(&error, ARTREPO_UNSUPPORTED, "use the driver s3");
    listing none = list_all(&s3, "");
    assert_int_equal(none.count, 0);
    free(none.items);
}

static void keys_that_would_be_damaged_are_refused(void **state) {
    (void)state;
    static char too_long[1024];
    memset(too_long, 'k', 1023);
    static const char *const keys[] = {
        ".",    "..",   "a/../b", "./a",  "a/.",           "../../x",       "/x",
        "\x01", "a\nb", "a\tb",   "\xff", "a\xed\xa0\x80", "a\xef\xbf\xbd", too_long};
    remove_all(NULL);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        assert_refuses_key(keys[i]);
    }
    if (AR_LIBS3_KEYS_HAVE_SPACES) {
        assert_ok(put_text(&libs3, "two words", "x", error));
        assert_content(&s3, "two words", "x", 1);
        return;
    }
    assert_refuses_key("two words");
    /* Those of others are listed, and not mistaken for "two+words". */
    assert_ok(put_text(&s3, "two words", "x", error));
    assert_ok(put_text(&libs3, "two+words", "y", error));
    listing list = list_all(&libs3, "two w");
    assert_int_equal(list.count, 1);
    assert_string_equal(list.items[0].key, "two words");
    free(list.items);
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_object object;
    stat_object(&libs3, "two words", &object, &error);
    assert_says(&error, ARTREPO_UNSUPPORTED, "'+'");
    libs3.driver->remove(libs3.state, "two words", libs3.operation, &error);
    assert_says(&error, ARTREPO_UNSUPPORTED, "'+'");
    assert_content(&s3, "two+words", "y", 1);
}

/* ---- many ---- */

enum { MANY = 2500, THREADS = 8 };

static atomic_int next_number, wrong;

/* Each thread: put, stat, get, and compare, in turn with the others. */
static void *put_many(void *argument) {
    (void)argument;
    for (int i = next_number++; i < MANY; i = next_number++) {
        char key[64], text[64];
        snprintf(key, sizeof key, "many/%d/%04d.txt", i % 7, i);
        snprintf(text, sizeof text, "object number %d", i);
        artrepo_object object;
        artrepo_sink *sink = NULL;
        artrepo_range all = {0, -1, NULL};
        size_t got = 0;
        bool right = put_text(&libs3, key, text, NULL) == ARTREPO_OK &&
                     stat_object(&libs3, key, &object, NULL) == ARTREPO_OK &&
                     (size_t)object.size == strlen(text) &&
                     get(&libs3, key, all, &sink, &object, NULL) == ARTREPO_OK;
        if (!right || memcmp(artrepo_sink_memory(sink, &got), text, strlen(text)) != 0 ||
            got != strlen(text)) {
            wrong++;
        }
        artrepo_sink_close(sink);
    }
    return NULL;
}

static void many_threads_and_a_listing_of_pages(void **state) {
    (void)state;
    pthread_t threads[THREADS];
    remove_all(NULL);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, put_many, NULL), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(wrong, 0);
    listing by_libs3 = list_all(&libs3, "many/"), by_s3 = list_all(&s3, "many/");
    assert_int_equal(by_libs3.count, MANY);
    assert_same_listing(&by_libs3, &by_s3);
    listing some = list_all(&libs3, "many/3/1");
    assert_true(some.count > 100 && some.count < 200);
    for (size_t i = 0; i < some.count; i++) {
        assert_memory_equal(some.items[i].key, "many/3/1", 8);
    }
    some.count = 0;
    some.stop_at = 1200;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(libs3.driver->list(libs3.state, "", note, &some, libs3.operation, &error),
                     ARTREPO_CANCELLED);
    assert_string_equal(error.message, "that is enough");
    assert_int_equal(some.count, 1200);
    free(by_libs3.items);
    free(by_s3.items);
    free(some.items);
}

/* What a callback is called for may be used at once. */
static artrepo_code remove_listed(void *data, const artrepo_object *object, artrepo_error *error) {
    (*(int *)data)++;
    return libs3.driver->remove(libs3.state, object->key, libs3.operation, error);
}

static void a_listing_may_be_removed_as_it_comes(void **state) {
    (void)state;
    int removed = 0;
    assert_ok(libs3.driver->list(libs3.state, "many/1/", remove_listed, &removed, libs3.operation,
                                 error));
    assert_true(removed > 300);
    listing left = list_all(&s3, "many/1/");
    assert_int_equal(left.count, 0);
    free(left.items);
}

/* ---- virtual-hosted addressing ---- */

static void the_bucket_may_be_in_the_hosts_name(void **state) {
    (void)state;
    char endpoint[128];
    const char *port = strchr(need("ARTREPO_TEST_MINIO_ENDPOINT"), ':');
    snprintf(endpoint, sizeof endpoint, "%s%s", need("ARTREPO_TEST_MINIO_VIRTUAL_DOMAIN"), port);
    fixture f = prepare(libs3_driver(), endpoint);
    set(&f, "addressingStyle", "virtual-hosted");
    assert_ok(try_open(&f, error));
    assert_ok(put_text(&f, "virtual/hosted", "x", error));
    assert_content(&f, "virtual/hosted", "x", 1);
    assert_content(&s3, "virtual/hosted", "x", 1);
    close_fixture(&f);
}

int main(void) {
    setenv("TZ", "America/New_York", 1); /* libs3 mixes local time and UTC up */
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_is_there),
        cmocka_unit_test(removing_is_final_and_may_be_repeated),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(a_missing_bucket_is_a_wrong_setting),
        cmocka_unit_test(wrong_credentials_are_denied),
        cmocka_unit_test(ranges_are_those_asked_for),
        cmocka_unit_test(a_replaced_object_is_an_error),
        cmocka_unit_test(a_sink_that_fails_ends_the_get),
        cmocka_unit_test(a_source_of_unknown_length_is_spooled),
        cmocka_unit_test(more_than_one_request_can_take_is_refused),
        cmocka_unit_test(a_source_that_fails_leaves_nothing),
        cmocka_unit_test(a_cancelled_put_leaves_nothing),
        cmocka_unit_test(awkward_keys_arrive_as_they_are),
        cmocka_unit_test(keys_that_would_be_damaged_are_refused),
        cmocka_unit_test(many_threads_and_a_listing_of_pages),
        cmocka_unit_test(a_listing_may_be_removed_as_it_comes),
        cmocka_unit_test(the_bucket_may_be_in_the_hosts_name),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
