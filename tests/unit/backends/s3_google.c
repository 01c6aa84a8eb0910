/* Google Cloud Storage by its S3-compatible API: what it answers otherwise than Amazon does. */
#include "s3_fixture.h"

#include "s3/endpoint.h"

typedef struct google {
    const char *batch;    /* the answer to a multi-object delete */
    const char *checksum; /* to a request with x-amz-checksum-*; NULL: it takes no notice */
    int batches, removed, refused, stored, created;
    bool has_bucket;
    char region[64]; /* of the last signature */
} google;

#define ERROR_OF(code, message)                                                                    \
    "<?xml version='1.0' encoding='UTF-8'?><Error><Code>" code "</Code><Message>" message          \
    "</Message></Error>"

static void answer(void *data, const scripted_request *request, scripted_reply *reply) {
    google *g = data;
    const char *scope = strstr(request->head, "Credential=AK/");
    if (scope != NULL) {
        sscanf(scope, "Credential=AK/%*[0-9]/%63[^/]", g->region);
    }
    if (strcasestr(request->head, "x-amz-checksum-") != NULL && g->checksum != NULL) {
        g->refused++;
        scripted_say(reply, "400 Bad Request", "", g->checksum);
    } else if (s3_is(request, "POST /bucket?delete=") || s3_is(request, "POST /bucket/?delete=")) {
        g->batches++;
        scripted_say(reply, "400 Bad Request", "", g->batch);
    } else if (s3_is(request, "DELETE /bucket/k")) {
        g->removed++;
        scripted_say(reply, "204 No Content", "", "");
    } else if (s3_is(request, "PUT /bucket HTTP") || s3_is(request, "PUT /bucket/ HTTP")) {
        assert_int_equal(request->body_size, 0); /* no LocationConstraint */
        g->created++;
        g->has_bucket = true;
        scripted_say(reply, "200 OK", "", "");
    } else if (!g->has_bucket) {
        scripted_say(reply, "404 Not Found", "",
                     ERROR_OF("NoSuchBucket", "The specified bucket does not exist."));
    } else {
        g->stored++;
        scripted_say(
            reply, "200 OK",
            "ETag: \"b1946ac92492d2347c6235b4d2611184\"\r\n"
            "x-goog-generation: 1700000000000001\r\n"
            "x-goog-hash: crc32c=y/Q5Jg==\r\nx-goog-hash: md5=sZRqySSS0jR8YjW00mERhA==\r\n",
            "");
    }
}

static void no_batches(void **state) {
    (void)state;
    static const char *const answers[] = {
        ERROR_OF("NotImplemented", "A header or query you provided requested a function that is "
                                   "not implemented."),
        ERROR_OF("InvalidArgument", "Invalid argument."),
    };
    for (size_t i = 0; i < 2; i++) {
        s3_fixture f;
        google g = {.batch = answers[i], .has_bucket = true};
        const char *keys[] = {"k1", "k2", "k3"};
        s3_start(&f, answer, &g);
        assert_ok(artrepo_driver_s3.remove_many(f.state, keys, 3, f.operation, error));
        assert_int_equal(g.batches, 1);
        assert_int_equal(g.removed, 3);
        s3_stop(&f);
    }
}

static void no_checksums(void **state) {
    (void)state;
    s3_fixture f;
    google g = {.checksum = ERROR_OF("ExcessHeaderValues", "Multiple values for a header."),
                .has_bucket = true};
    s3_start(&f, answer, &g);
    assert_int_equal(s3_put(&f, "k", 5), ARTREPO_OK);
    assert_int_equal(s3_put(&f, "k", 5), ARTREPO_OK);
    assert_int_equal(g.refused, 1);
    assert_int_equal(g.stored, 2);
    s3_stop(&f);
}

static void bucket_without_a_location(void **state) {
    (void)state;
    s3_fixture f;
    google g = {.has_bucket = false};
    s3_start(&f, answer, &g);
    artrepo_driver_s3.close(f.state);
    ar_value_put_string(f.root, "region", "auto");
    ar_value_put(f.root, "createBucketIfNotPresent", ar_value_new(AR_VALUE_OBJECT, NULL));
    struct artrepo_driver_settings settings = {f.root, "s3", "/nowhere"};
    assert_ok(artrepo_driver_s3.open(&settings, f.operation, &f.state, error));
    assert_int_equal(s3_put(&f, "k", 5), ARTREPO_OK);
    assert_int_equal(g.created, 1);
    assert_string_equal(g.region, "auto");
    s3_stop(&f);
}

static void its_endpoint_is_known(void **state) {
    (void)state;
    ar_s3_endpoint endpoint = ar_s3_endpoint_of("storage.googleapis.com");
    assert_int_equal(endpoint.kind, AR_S3_ENDPOINT_OTHER);
    assert_string_equal(endpoint.region, "auto");
    assert_true(endpoint.without_checksums);
    assert_false(ar_s3_endpoint_of("storage.example.com").without_checksums);
    assert_false(ar_s3_endpoint_of("s3.amazonaws.com").without_checksums);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_batches),
        cmocka_unit_test(no_checksums),
        cmocka_unit_test(bucket_without_a_location),
        cmocka_unit_test(its_endpoint_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
