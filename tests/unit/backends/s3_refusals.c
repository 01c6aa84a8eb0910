/* A store that does not know the checksum headers: it gets requests without them, and is not asked
 * again, by whoever has it open. */
#include "s3_fixture.h"

#define MIB ((size_t)1 << 20)

typedef struct store {
    const char *refusal;  /* the answer to what it does not know */
    atomic_int refused;   /* so many requests */
    atomic_int completed; /* uploads, single or in parts */
} store;

static const char old_gateway[] =
    "<Error><Code>NotImplemented</Code><Message>A header you provided "
    "implies functionality that is not implemented</Message></Error>";
static const char strict_gateway[] =
    "<Error><Code>InvalidArgument</Code><Message>unknown header x-amz-checksum</Message></Error>";

static void answer(void *data, const scripted_request *request, scripted_reply *reply) {
    store *s = data;
    if (strcasestr(request->head, "x-amz-checksum-") != NULL) {
        s->refused++;
        scripted_say(reply, s->refusal == old_gateway ? "501 Not Implemented" : "400 Bad Request",
                     "", s->refusal);
    } else if (s3_is(request, "POST /bucket/k?uploads=")) {
        scripted_say(reply, "200 OK", "",
                     "<InitiateMultipartUploadResult><UploadId>u</UploadId>"
                     "</InitiateMultipartUploadResult>");
    } else if (s3_is(request, "POST")) {
        assert_null(strstr(request->body, "ChecksumCRC32C"));
        s->completed++;
        scripted_say(reply, "200 OK", "",
                     "<CompleteMultipartUploadResult><ETag>e-2</ETag>"
                     "</CompleteMultipartUploadResult>");
    } else if (s3_is(request, "GET")) {
        scripted_say(reply, "200 OK", "ETag: \"e\"\r\n", "ddd");
    } else {
        s->completed += s3_is(request, "PUT /bucket/k HTTP");
        scripted_say(reply, "200 OK", "ETag: \"e\"\r\n", "");
    }
}

static void get_three_bytes(s3_fixture *f) {
    artrepo_sink *sink = NULL;
    artrepo_range range = {0, -1, NULL};
    size_t size = 0;
    assert_ok(artrepo_sink_open_memory(MIB, &sink, error));
    assert_ok(artrepo_driver_s3.get(f->state, "k", &range, sink, &f->object, f->operation, error));
    assert_memory_equal(artrepo_sink_memory(sink, &size), "ddd", 3);
    assert_int_equal(size, 3);
    artrepo_sink_close(sink);
}

/* The same settings once more, as another repository of the same process would have them. */
static void open_again(s3_fixture *f) {
    struct artrepo_driver_settings settings = {f->root, "s3", "/nowhere"};
    artrepo_driver_s3.close(f->state);
    assert_ok(artrepo_driver_s3.open(&settings, f->operation, &f->state, error));
}

static void remembered(const char *refusal, size_t first) {
    store s = {.refusal = refusal};
    s3_fixture f;
    s3_start(&f, answer, &s);
    assert_int_equal(s3_put(&f, "k", first), ARTREPO_OK);
    assert_int_equal(s.refused, 1);
    get_three_bytes(&f);
    assert_int_equal(s.refused, 2); /* which knows one need not know the other */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(s3_put(&f, "k", 12 * MIB), ARTREPO_OK);
        assert_int_equal(s3_put(&f, "k", 3), ARTREPO_OK);
        get_three_bytes(&f);
        assert_int_equal(s.refused, 2);
        open_again(&f);
    }
    assert_int_equal(s.completed, 5);
    s3_stop(&f);
}

static void single_uploads(void **state) {
    (void)state;
    remembered(old_gateway, 3);
    remembered(strict_gateway, 3);
}

static void uploads_in_parts(void **state) {
    (void)state;
    remembered(old_gateway, 12 * MIB);
    remembered(strict_gateway, 12 * MIB);
}

/* Another bucket of the endpoint profits; another endpoint is asked for itself. */
static void by_endpoint(void **state) {
    (void)state;
    store s = {.refusal = old_gateway};
    s3_fixture f, other;
    s3_start(&f, answer, &s);
    s3_start(&other, answer, &s);
    assert_int_equal(s3_put(&f, "k", 3), ARTREPO_OK);
    assert_int_equal(s.refused, 1);
    ar_value_put_string(f.root, "bucket", "another");
    open_again(&f);
    assert_int_equal(s3_put(&f, "k", 3), ARTREPO_OK);
    assert_int_equal(s.refused, 1);
    assert_int_equal(s3_put(&other, "k", 3), ARTREPO_OK);
    assert_int_equal(s.refused, 2);
    s3_stop(&other);
    s3_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_uploads),
        cmocka_unit_test(uploads_in_parts),
        cmocka_unit_test(by_endpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
