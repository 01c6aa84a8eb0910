/* Opens the s3 driver as a repository would, on the server that the environment names. */
#ifndef TESTS_INTEGRATION_S3_FIXTURE_H
#define TESTS_INTEGRATION_S3_FIXTURE_H

#include "unit/support.h"

#include <artrepo/driver.h>

#include "base/settings.h"
#include "s3/driver.h"

enum { SKIPPED = 77 };

/* One opened driver with its settings; `remove` wipes it. */
typedef struct fixture {
    ar_value *root;
    struct artrepo_driver_settings settings;
    void *state;
    artrepo_operation *operation;
} fixture;

static char secrets[64];

static inline const char *need(const char *name) {
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0') {
        fprintf(stderr, "skipped: %s is not set (tests/servers/versitygw.sh starts a server)\n",
                name);
        exit(SKIPPED);
    }
    return value;
}

extern char **environ;

/* Nothing of whoever runs the tests, and no metadata service of a machine that may be there. */
static inline void clear_environment(void) {
    for (size_t i = 0; environ[i] != NULL;) {
        char name[128];
        snprintf(name, sizeof name, "%.*s", (int)strcspn(environ[i], "="), environ[i]);
        if (strncmp(name, "AWS_", 4) == 0) {
            unsetenv(name);
        } else {
            i++;
        }
    }
    setenv("HOME", secrets, 1);
    setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
}

static inline void write_secret(const char *name, const char *value) {
    char path[256];
    snprintf(path, sizeof path, "%s/test/%s", secrets, name);
    write_file(path, value, strlen(value), 0600);
}

/* The CA that the TLS endpoint's certificate comes from, as a secret. */
static inline void copy_ca(void) {
    char *pem = NULL;
    size_t size = 0;
    assert_ok(ar_file_read_whole(need("ARTREPO_TEST_S3_CA"), 1 << 20, &pem, &size, error));
    write_secret("ca", pem);
    free(pem);
}

static inline int make_secrets(void **state) {
    (void)state;
    char path[96], access_key[256];
    snprintf(secrets, sizeof secrets, "%s", scratch_directory());
    snprintf(path, sizeof path, "%s/test", secrets);
    assert_int_equal(mkdir(path, 0700), 0);
    /* As secrets often are: with a line feed behind. */
    snprintf(access_key, sizeof access_key, "%s\n", need("ARTREPO_TEST_S3_ACCESS_KEY"));
    write_secret("access", access_key);
    write_secret("secret", need("ARTREPO_TEST_S3_SECRET_KEY"));
    write_secret("wrong", "not-the-secret");
    copy_ca();
    return 0;
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

/* Retries that do not make a test wait. */
static inline void hurry(artrepo_operation *operation) {
    artrepo_retry_policy policy = {.steps = 3, .duration_ms = 10, .factor = 1, .jitter = 0};
    artrepo_operation_set_retry(operation, &policy);
}

/* Settings for the plain endpoint, not opened yet. */
static inline fixture prepare(void) {
    fixture f = {.root = ar_value_new(AR_VALUE_OBJECT, NULL), .operation = artrepo_operation_new()};
    set(&f, "endpoint", need("ARTREPO_TEST_S3_ENDPOINT"));
    set(&f, "bucket", need("ARTREPO_TEST_S3_BUCKET"));
    set(&f, "region", need("ARTREPO_TEST_S3_REGION"));
    set(&f, "insecure", "true");
    set_secret(&f, "accessKeySecret", "access");
    set_secret(&f, "secretKeySecret", "secret");
    hurry(f.operation);
    return f;
}

/* Credentials are to be found somewhere else. */
static inline fixture prepare_without_keys(void) {
    clear_environment();
    fixture f = prepare();
    ar_value_remove(f.root, "accessKeySecret");
    ar_value_remove(f.root, "secretKeySecret");
    return f;
}

static inline void use_tls(fixture *f) {
    set(f, "endpoint", need("ARTREPO_TEST_S3_TLS_ENDPOINT"));
    set(f, "insecure", "false");
    set_secret(f, "caSecret", "ca");
}

static inline artrepo_code try_open(fixture *f, artrepo_error *error) {
    f->settings = (struct artrepo_driver_settings){
        .root = f->root, .kind = "s3", .secrets_directory = secrets};
    return artrepo_driver_s3.open(&f->settings, f->operation, &f->state, error);
}

static inline void open_fixture(fixture *f) {
    assert_ok(try_open(f, error));
}

static inline fixture open_plain(void) {
    fixture f = prepare();
    open_fixture(&f);
    return f;
}

static inline fixture open_tls(void) {
    fixture f = prepare();
    use_tls(&f);
    open_fixture(&f);
    return f;
}

static inline void close_fixture(fixture *f) {
    if (f->state != NULL) {
        artrepo_driver_s3.close(f->state);
    }
    ar_value_free(f->root);
    artrepo_operation_free(f->operation);
}

/* ---- a source and a sink that are no files and no memory ---- */

/* SIZE bytes that fill_random would give, whose length nobody knows before the end. */
typedef struct stream_source {
    artrepo_source base;
    unsigned char *data;
    size_t size, position;
    size_t fail_at; /* reading from here on fails; SIZE_MAX: never */
} stream_source;

static inline artrepo_code stream_read(artrepo_source *base, void *buffer, size_t capacity,
                                       size_t *got, artrepo_error *error) {
    stream_source *source = (stream_source *)base;
    size_t left = source->size - source->position;
    if (source->position >= source->fail_at) {
        return artrepo_error_set(error, ARTREPO_IO, "the test's source failed");
    }
    *got = left < capacity ? left : capacity;
    *got = *got > 100000 ? 100000 : *got; /* short reads */
    memcpy(buffer, source->data + source->position, *got);
    source->position += *got;
    return ARTREPO_OK;
}

static inline void stream_close(artrepo_source *base) {
    free(((stream_source *)base)->data);
}

static const artrepo_source_functions stream_functions = {stream_read, NULL, stream_close};

static inline stream_source open_stream(size_t size, uint64_t seed) {
    stream_source source = {.base = {&stream_functions, -1, -1},
                            .data = malloc(size + 1),
                            .size = size,
                            .fail_at = SIZE_MAX};
    assert_non_null(source.data);
    fill_random(source.data, size, seed);
    return source;
}

/* ---- verbs ---- */

static inline artrepo_code put_memory(fixture *f, const char *key, const void *data, size_t size,
                                      artrepo_object *object, artrepo_error *failure) {
    artrepo_source *source = NULL;
    assert_ok(artrepo_source_open_memory(data, size, &source, error));
    artrepo_put_options options = {NULL};
    artrepo_code code =
        artrepo_driver_s3.put(f->state, key, source, &options, object, f->operation, failure);
    artrepo_source_close(source);
    return code;
}

static inline artrepo_code put_stream(fixture *f, const char *key, stream_source *source,
                                      artrepo_object *object, artrepo_error *failure) {
    artrepo_put_options options = {"text/x-test"};
    return artrepo_driver_s3.put(f->state, key, &source->base, &options, object, f->operation,
                                 failure);
}

static inline artrepo_code get_memory(fixture *f, const char *key, int64_t offset, int64_t length,
                                      artrepo_sink **sink, artrepo_object *object,
                                      artrepo_error *failure) {
    artrepo_range range = {offset, length, NULL};
    assert_ok(artrepo_sink_open_memory((size_t)1 << 30, sink, error));
    return artrepo_driver_s3.get(f->state, key, &range, *sink, object, f->operation, failure);
}

/* The whole object is DATA. */
static inline void assert_content(fixture *f, const char *key, const void *data, size_t size) {
    artrepo_sink *sink = NULL;
    artrepo_object object;
    assert_ok(get_memory(f, key, 0, -1, &sink, &object, error));
    size_t got = 0;
    const void *content = artrepo_sink_memory(sink, &got);
    assert_int_equal(got, size);
    assert_int_equal(object.size, size);
    if (size > 0) {
        assert_memory_equal(content, data, size);
    }
    artrepo_sink_close(sink);
}

static inline void assert_says(const artrepo_error *error, artrepo_code code, const char *words) {
    if (error->code != code || strstr(error->message, words) == NULL) {
        fail_msg("expected %s with \"%s\", got %s: %s", artrepo_code_name(code), words,
                 artrepo_code_name(error->code), error->message);
    }
}

#endif
