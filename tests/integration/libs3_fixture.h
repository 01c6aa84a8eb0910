/* Opens the libs3 plug-in, and the s3 driver to compare it with, as a repository would. */
#ifndef TESTS_INTEGRATION_LIBS3_FIXTURE_H
#define TESTS_INTEGRATION_LIBS3_FIXTURE_H

#include "unit/support.h"

#include <artrepo/driver.h>

#include "base/settings.h"
#include "s3/driver.h"

enum { SKIPPED = 77 };

typedef struct fixture {
    const artrepo_driver *driver;
    ar_value *root;
    struct artrepo_driver_settings settings;
    void *state;
    artrepo_operation *operation;
} fixture;

static char secrets[64];
static char bucket[64] = "artifacts";

static inline const char *need(const char *name) {
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0') {
        fprintf(stderr, "skipped: %s is not set (tests/servers/minio.sh starts a server)\n", name);
        exit(SKIPPED);
    }
    return value;
}

static inline void write_secret(const char *name, const char *value) {
    char path[256];
    snprintf(path, sizeof path, "%s/test/%s", secrets, name);
    write_file(path, value, strlen(value), 0600);
}

static inline void make_secrets(const char *access_key, const char *secret_key) {
    char path[96], line[256];
    snprintf(secrets, sizeof secrets, "%s", scratch_directory());
    snprintf(path, sizeof path, "%s/test", secrets);
    assert_int_equal(mkdir(path, 0700), 0);
    /* As secrets often are: with a line feed behind. */
    snprintf(line, sizeof line, "%s\n", access_key);
    write_secret("access", line);
    write_secret("secret", secret_key);
    write_secret("wrong", "not-the-secret");
}

static inline int remove_secrets(void **state) {
    (void)state;
    remove_scratch(secrets);
    return 0;
}

static inline void set(fixture *f, const char *name, const char *text) {
    assert_true(ar_value_put_string(f->root, name, text));
}

static inline void set_secret(fixture *f, const char *name, const char *key) {
    ar_value *selector = ar_value_new(AR_VALUE_OBJECT, NULL);
    assert_true(ar_value_put_string(selector, "name", "test"));
    assert_true(ar_value_put_string(selector, "key", key));
    assert_true(ar_value_put(f->root, name, selector));
}

static inline const artrepo_driver *libs3_driver(void) {
    const artrepo_driver *driver = NULL;
    assert_ok(artrepo_driver_find("libs3", TEST_PLUGINS, &driver, error));
    return driver;
}

/* Settings for a plain endpoint, not opened yet. */
static inline fixture prepare(const artrepo_driver *driver, const char *endpoint) {
    fixture f = {.driver = driver,
                 .root = ar_value_new(AR_VALUE_OBJECT, NULL),
                 .operation = artrepo_operation_new()};
    set(&f, "endpoint", endpoint);
    set(&f, "bucket", bucket);
    set(&f, "insecure", "true");
    set_secret(&f, "accessKeySecret", "access");
    set_secret(&f, "secretKeySecret", "secret");
    return f;
}

static inline artrepo_code try_open(fixture *f, artrepo_error *error) {
    f->settings = (struct artrepo_driver_settings){
        .root = f->root, .kind = "s3", .secrets_directory = secrets};
    return f->driver->open(&f->settings, f->operation, &f->state, error);
}

static inline fixture open_at(const artrepo_driver *driver, const char *endpoint) {
    fixture f = prepare(driver, endpoint);
    assert_ok(try_open(&f, error));
    return f;
}

static inline void close_fixture(fixture *f) {
    if (f->state != NULL) {
        f->driver->close(f->state);
    }
    ar_value_free(f->root);
    artrepo_operation_free(f->operation);
}

/* ---- verbs ---- */

static inline artrepo_code put_source(fixture *f, const char *key, artrepo_source *source,
                                      artrepo_object *object, artrepo_error *failure) {
    artrepo_put_options options = {"text/x-test"};
    return f->driver->put(f->state, key, source, &options, object, f->operation, failure);
}

static inline artrepo_code put(fixture *f, const char *key, const void *data, size_t size,
                               artrepo_object *object, artrepo_error *failure) {
    artrepo_source *source = NULL;
    assert_ok(artrepo_source_open_memory(data, size, &source, error));
    artrepo_code code = put_source(f, key, source, object, failure);
    artrepo_source_close(source);
    return code;
}

static inline artrepo_code put_text(fixture *f, const char *key, const char *text,
                                    artrepo_error *failure) {
    artrepo_object object;
    return put(f, key, text, strlen(text), &object, failure);
}

static inline artrepo_code get(fixture *f, const char *key, artrepo_range range,
                               artrepo_sink **sink, artrepo_object *object,
                               artrepo_error *failure) {
    assert_ok(artrepo_sink_open_memory((size_t)1 << 30, sink, error));
    return f->driver->get(f->state, key, &range, *sink, object, f->operation, failure);
}

/* The bytes of RANGE are DATA. */
static inline void assert_range(fixture *f, const char *key, artrepo_range range, const void *data,
                                size_t size, artrepo_object *object) {
    artrepo_sink *sink = NULL;
    assert_ok(get(f, key, range, &sink, object, error));
    size_t got = 0;
    const void *content = artrepo_sink_memory(sink, &got);
    assert_int_equal(got, size);
    if (size > 0) {
        assert_memory_equal(content, data, size);
    }
    artrepo_sink_close(sink);
}

static inline void assert_content(fixture *f, const char *key, const void *data, size_t size) {
    artrepo_object object;
    assert_range(f, key, (artrepo_range){0, -1, NULL}, data, size, &object);
    assert_int_equal(object.size, size);
}

static inline artrepo_code stat_object(fixture *f, const char *key, artrepo_object *object,
                                       artrepo_error *failure) {
    return f->driver->stat(f->state, key, object, f->operation, failure);
}

static inline void assert_says(const artrepo_error *error, artrepo_code code, const char *words) {
    if (error->code != code || strstr(error->message, words) == NULL) {
        fail_msg("expected %s with \"%s\", got %s: %s", artrepo_code_name(code), words,
                 artrepo_code_name(error->code), error->message);
    }
}

/* ---- a source that is no memory and no file ---- */

/* SIZE bytes that fill_random would give. */
typedef struct stream_source {
    artrepo_source base; /* its size may be made -1, or wrong */
    unsigned char *data;
    size_t size, position;
    size_t fail_at;   /* reading from here on fails; SIZE_MAX: never */
    size_t cancel_at; /* reading from here on cancels OPERATION */
    artrepo_operation *operation;
} stream_source;

static inline artrepo_code stream_read(artrepo_source *base, void *buffer, size_t capacity,
                                       size_t *got, artrepo_error *error) {
    stream_source *source = (stream_source *)base;
    size_t left = source->size - source->position;
    if (source->position >= source->fail_at) {
        return artrepo_error_set(error, ARTREPO_IO, "the test's source failed");
    }
    if (source->position >= source->cancel_at) {
        artrepo_operation_cancel(source->operation);
    }
    *got = left < capacity ? left : capacity;
    *got = *got > 10000 ? 10000 : *got; /* short reads */
    memcpy(buffer, source->data + source->position, *got);
    source->position += *got;
    return ARTREPO_OK;
}

static inline void stream_close(artrepo_source *base) {
    free(((stream_source *)base)->data);
}

static const artrepo_source_functions stream_functions = {stream_read, NULL, stream_close};

static inline stream_source open_stream(size_t size, uint64_t seed) {
    stream_source source = {.base = {&stream_functions, (int64_t)size, -1},
                            .data = malloc(size + 1),
                            .size = size,
                            .fail_at = SIZE_MAX,
                            .cancel_at = SIZE_MAX};
    assert_non_null(source.data);
    fill_random(source.data, size, seed);
    return source;
}

#endif
