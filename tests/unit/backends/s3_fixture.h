/* The s3 driver, opened on a scripted server. */
#ifndef TESTS_UNIT_BACKENDS_S3_FIXTURE_H
#define TESTS_UNIT_BACKENDS_S3_FIXTURE_H

#include "unit/http/scripted_server.h"

#include <artrepo/driver.h>

#include "base/settings.h"
#include "s3/driver.h"

typedef struct s3_fixture {
    scripted_server server;
    ar_value *root;
    void *state;
    artrepo_operation *operation;
    artrepo_error failure;
    artrepo_object object;
} s3_fixture;

static inline void s3_start(s3_fixture *f, scripted_answer *answer, const void *data) {
    memset(f, 0, sizeof *f);
    scripted_start(&f->server, answer, (void *)(uintptr_t)data);
    setenv("AWS_ACCESS_KEY_ID", "AK", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "SK", 1);
    setenv("AWS_SESSION_TOKEN", "TOKEN", 1);
    f->root = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value_put_string(f->root, "endpoint", f->server.address);
    ar_value_put_string(f->root, "bucket", "bucket");
    ar_value_put_string(f->root, "region", "us-east-1");
    ar_value_put_string(f->root, "insecure", "true");
    struct artrepo_driver_settings settings = {f->root, "s3", "/nowhere"};
    f->operation = artrepo_operation_new();
    artrepo_retry_policy policy = {.steps = 4, .duration_ms = 1, .factor = 1, .jitter = 0};
    artrepo_operation_set_retry(f->operation, &policy);
    assert_ok(artrepo_driver_s3.open(&settings, f->operation, &f->state, error));
}

static inline void s3_stop(s3_fixture *f) {
    artrepo_driver_s3.close(f->state);
    scripted_stop(&f->server);
    artrepo_operation_free(f->operation);
    ar_value_free(f->root);
}

/* A source that does not tell its length: SIZE bytes of 'd'. */
typedef struct s3_stream {
    artrepo_source base;
    size_t left;
} s3_stream;

static inline artrepo_code s3_stream_read(artrepo_source *base, void *buffer, size_t capacity,
                                          size_t *got, artrepo_error *error) {
    (void)error;
    s3_stream *source = (s3_stream *)base;
    *got = source->left < capacity ? source->left : capacity;
    memset(buffer, 'd', *got);
    source->left -= *got;
    return ARTREPO_OK;
}

static inline artrepo_code s3_put(s3_fixture *f, const char *key, size_t size) {
    static const artrepo_source_functions functions = {s3_stream_read, NULL, NULL};
    s3_stream source = {{&functions, -1, -1}, size};
    artrepo_put_options options = {NULL};
    return artrepo_driver_s3.put(f->state, key, &source.base, &options, &f->object, f->operation,
                                 &f->failure);
}

static inline bool s3_is(const scripted_request *request, const char *start) {
    return strncmp(request->head, start, strlen(start)) == 0;
}

#endif
