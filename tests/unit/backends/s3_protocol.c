/* What the driver sends, and what it makes of answers that no well-behaved server gives. */
#include "s3_fixture.h"

#include "base/clock.h"
#include "s3/payload.h"

#define ERROR_BODY(code) "<Error><Code>" code "</Code><Message>said so</Message></Error>"
/* Of parts with the MD5 sums that answer_part gives. */
#define UPLOAD_ETAG "065947336a2f2a95ba8899f3675c3be6-2"
enum { SIX_MIB = 6 << 20 };

/* ---- a store with faults ---- */

typedef struct store {
    atomic_int initiated, parts, completions, aborts, heads, puts;
    const char *complete[4]; /* answers to completions in turn: "cut", or a body */
    const char *part_fault;  /* of the first part's first attempt */
    atomic_int faults_left;
    bool without_etag;
    const char *head_etag;
    atomic_int head_size; /* 0: as large as what is put in parts */
    _Atomic int64_t first_fault_ns, after_fault_ns;
    char heads_of[8][1200];
    atomic_int seen;
} store;

static void answer_part(store *s, const scripted_request *request, scripted_reply *reply) {
    s->parts++;
    if (s->part_fault != NULL && atomic_fetch_sub(&s->faults_left, 1) > 0) {
        s->first_fault_ns = ar_clock_now_ns();
        if (strcmp(s->part_fault, "cut") == 0) {
            reply->reset = true;
        } else {
            scripted_say(reply, "503 Slow Down", "Retry-After: 1\r\n", s->part_fault);
        }
        return;
    }
    s->after_fault_ns = ar_clock_now_ns();
    const char *etag = strstr(request->head, "partNumber=1&") != NULL
                           ? "ETag: \"5d41402abc4b2a76b9719d911017c592\"\r\n"
                           : "ETag: \"7d793037a0760186574b0282f2f435e7\"\r\n";
    scripted_say(reply, "200 OK", s->without_etag ? "" : etag, "");
}

static void answer_store(void *data, const scripted_request *request, scripted_reply *reply) {
    store *s = data;
    int seen = atomic_fetch_add(&s->seen, 1);
    if (seen < 8) {
        snprintf(s->heads_of[seen], sizeof s->heads_of[seen], "%s", request->head);
    }
    if (strstr(request->head, "?uploads=") != NULL) {
        s->initiated++;
        scripted_say(reply, "200 OK", "",
                     "<InitiateMultipartUploadResult><UploadId>id/+ 1</UploadId>"
                     "</InitiateMultipartUploadResult>");
    } else if (s3_is(request, "PUT") && strstr(request->head, "uploadId=") != NULL) {
        answer_part(s, request, reply);
    } else if (s3_is(request, "POST")) {
        int turn = s->completions++;
        const char *answer = s->complete[turn < 4 ? turn : 3];
        assert_non_null(answer);
        if (strcmp(answer, "cut") == 0) {
            reply->reset = true;
        } else if (strstr(answer, "NoSuchUpload") != NULL) {
            scripted_say(reply, "404 Not Found", "", answer);
        } else {
            scripted_say(reply, "200 OK", "", answer);
        }
    } else if (s3_is(request, "DELETE")) {
        s->aborts++;
        scripted_say(reply, "204 No Content", "", "");
    } else if (s3_is(request, "HEAD")) {
        s->heads++;
        assert_true(ar_buffer_printf(&reply->bytes,
                                     "HTTP/1.1 200 OK\r\nETag: %s\r\nContent-Length: %d\r\n\r\n",
                                     s->head_etag, s->head_size > 0 ? s->head_size : SIX_MIB));
    } else {
        s->puts++;
        scripted_say(reply, "200 OK", s->without_etag ? "" : "ETag: \"e\"\r\n", "");
    }
}

#define COMPLETED                                                                                  \
    "<?xml version=\"1.0\"?>\n<CompleteMultipartUploadResult xmlns=\"http://s3.amazonaws.com/"     \
    "doc/2006-03-01/\"><ETag>&quot;done-2&quot;</ETag></CompleteMultipartUploadResult>"

static void complete_with_error_in_200(void **state) {
    (void)state;
    store s = {.complete = {ERROR_BODY("InternalError"), COMPLETED}};
    s3_fixture f;
    s3_start(&f, answer_store, &s);
    assert_int_equal(s3_put(&f, "k", SIX_MIB), ARTREPO_OK);
    assert_string_equal(f.object.version, "done-2");
    assert_int_equal(f.object.size, SIX_MIB);
    assert_int_equal(s.completions, 2);
    assert_int_equal(s.parts, 2);
    assert_int_equal(s.aborts, 0);
    s3_stop(&f);

    store refuses = {.complete = {ERROR_BODY("InvalidPart")}};
    s3_start(&f, answer_store, &refuses);
    assert_int_equal(s3_put(&f, "k", SIX_MIB), ARTREPO_INVALID);
    assert_string_equal(f.failure.store_code, "InvalidPart");
    assert_non_null(strstr(f.failure.message, "said so"));
    assert_int_equal(refuses.completions, 1);
    assert_int_equal(refuses.aborts, 1);
    s3_stop(&f);

    store keeps_failing = {
        .complete = {ERROR_BODY("InternalError"), "", "<html/>", ERROR_BODY("SlowDown")}};
    s3_start(&f, answer_store, &keeps_failing);
    assert_int_equal(s3_put(&f, "k", SIX_MIB), ARTREPO_TRANSIENT);
    assert_int_equal(keeps_failing.completions, 4);
    assert_int_equal(keeps_failing.aborts, 1);
    s3_stop(&f);
}

/* The answer to the first attempt is lost, and the second finds the upload gone. */
static void complete_unheard(void **state) {
    (void)state;
    static const char ours[] = "\"" UPLOAD_ETAG "\"";
    static const char *const etags[] = {ours, "\"somebody-elses-2\""};
    for (int i = 0; i < 2; i++) {
        store s = {.complete = {"cut", ERROR_BODY("NoSuchUpload")}, .head_etag = etags[i]};
        s3_fixture f;
        s3_start(&f, answer_store, &s);
        artrepo_code code = s3_put(&f, "k", SIX_MIB);
        assert_int_equal(s.heads, 1);
        assert_int_equal(code, i == 0 ? ARTREPO_OK : ARTREPO_IO);
        if (i == 0) {
            assert_string_equal(f.object.version, UPLOAD_ETAG);
        }
        s3_stop(&f);
    }
}

static void parts_are_retried(void **state) {
    (void)state;
    store s = {.complete = {COMPLETED}, .part_fault = ERROR_BODY("SlowDown"), .faults_left = 1};
    s3_fixture f;
    s3_start(&f, answer_store, &s);
    assert_int_equal(s3_put(&f, "k", SIX_MIB), ARTREPO_OK);
    assert_int_equal(s.parts, 3);
    assert_true(s.after_fault_ns - s.first_fault_ns >= 990 * AR_MILLISECOND_NS); /* Retry-After */
    s3_stop(&f);
    store cuts = {.complete = {COMPLETED}, .part_fault = "cut", .faults_left = 3};
    s3_start(&f, answer_store, &cuts);
    assert_int_equal(s3_put(&f, "k", SIX_MIB), ARTREPO_OK);
    assert_int_equal(cuts.parts, 5);
    s3_stop(&f);
    store never = {.complete = {COMPLETED}, .part_fault = "cut", .faults_left = 100};
    s3_start(&f, answer_store, &never);
    assert_int_equal(s3_put(&f, "k", SIX_MIB), ARTREPO_TRANSIENT);
    assert_non_null(strstr(f.failure.message, "gave up after 4 attempts"));
    assert_int_equal(never.aborts, 4); /* the parts may still come */
    assert_int_equal(never.completions, 0);
    s3_stop(&f);
}

static void what_is_taken_has_an_etag(void **state) {
    (void)state;
    store s = {.complete = {COMPLETED}, .without_etag = true, .head_etag = ""};
    s3_fixture f;
    s3_start(&f, answer_store, &s);
    assert_int_equal(s3_put(&f, "k", SIX_MIB), ARTREPO_IO);
    assert_non_null(strstr(f.failure.message, "gave no ETag"));
    assert_int_equal(s.aborts, 1);
    f.failure = (artrepo_error)ARTREPO_ERROR_INIT;
    assert_int_equal(s3_put(&f, "k", 100), ARTREPO_IO);
    assert_non_null(strstr(f.failure.message, "HTTP 200 without an ETag, and there is no such"));
    assert_int_equal(s.puts, 1);
    /* A store that gives none, but has it. */
    assert_ok(s3_put(&f, "k", s.head_size = 100));
    s3_stop(&f);
}

/* ---- what is sent ---- */

static void requests_by_key(void **state) {
    (void)state;
    char longest[AR_S3_MAX_KEY + 1], path[4000];
    memset(longest, 'x', sizeof longest);
    longest[AR_S3_MAX_KEY] = '\0';
    const char *const cases[][2] = {{"..", "PUT /bucket/.. HTTP/1.1"},
                                    {"a/../../b", "PUT /bucket/a/../../b HTTP/1.1"},
                                    {"/lead", "PUT /bucket//lead HTTP/1.1"},
                                    {"./a//b/", "PUT /bucket/./a//b/ HTTP/1.1"},
                                    {"a b+c%2e", "PUT /bucket/a%20b%2Bc%252e HTTP/1.1"},
                                    {longest, path}};
    snprintf(path, sizeof path, "PUT /bucket/%s HTTP/1.1", longest);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        store s = {.puts = 0};
        s3_fixture f;
        s3_start(&f, answer_store, &s);
        /* That it keeps such keys as they are is asked elsewhere. */
        atomic_store(&((ar_s3 *)f.state)->memory->kept_kinds, ~0U);
        assert_int_equal(s3_put(&f, cases[i][0], 3), ARTREPO_OK);
        assert_memory_equal(s.heads_of[0], cases[i][1], strlen(cases[i][1]));
        s3_stop(&f);
    }
}

static void headers_of_requests(void **state) {
    (void)state;
    char value[1024];
    store s = {.complete = {COMPLETED}};
    s3_fixture f;
    s3_start(&f, answer_store, &s);
    ar_value *options = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value_put_string(options, "enableEncryption", "true");
    ar_value_put(f.root, "encryptionOptions", options);
    artrepo_driver_s3.close(f.state);
    struct artrepo_driver_settings settings = {f.root, "s3", "/nowhere"};
    assert_ok(artrepo_driver_s3.open(&settings, f.operation, &f.state, error));
    assert_int_equal(s3_put(&f, "k", 3), ARTREPO_OK);
    const char *head = s.heads_of[0];
    assert_string_equal(scripted_header(head, "x-amz-security-token", value), "TOKEN");
    assert_string_equal(scripted_header(head, "content-type", value), "application/octet-stream");
    assert_string_equal(scripted_header(head, "x-amz-server-side-encryption", value), "AES256");
    /* SHA-256 of "ddd" */
    assert_string_equal(scripted_header(head, "x-amz-content-sha256", value),
                        "730f75dafd73e047b86acb2dbd74e75dcb93272fa084a9082848f2341aa1abb6");
    assert_string_equal(scripted_header(head, "x-amz-checksum-crc32c", value), "sNE8Cg==");
    assert_string_equal(scripted_header(head, "expect", value), "");
    assert_non_null(strstr(scripted_header(head, "authorization", value),
                           "SignedHeaders=content-type;host;x-amz-checksum-crc32c;"
                           "x-amz-content-sha256;x-amz-date;"
                           "x-amz-security-token;x-amz-server-side-encryption"));
    assert_int_equal(s3_put(&f, "k", 2 << 20), ARTREPO_OK);
    assert_string_equal(scripted_header(s.heads_of[1], "expect", value), "100-continue");
    assert_int_equal(s3_put(&f, "k", SIX_MIB), ARTREPO_OK);
    assert_true(s3_is(&(scripted_request){.head = s.heads_of[2]}, "POST /bucket/k?uploads= "));
    assert_string_equal(scripted_header(s.heads_of[2], "x-amz-server-side-encryption", value),
                        "AES256");
    assert_non_null(strstr(s.heads_of[3], "uploadId=id%2F%2B%201 "));
    assert_string_equal(scripted_header(s.heads_of[3], "x-amz-server-side-encryption", value), "");
    s3_stop(&f);
}

/* ---- corrections ---- */

static void answer_other_region(void *data, const scripted_request *request,
                                scripted_reply *reply) {
    char value[1024];
    const char *redirect = data;
    scripted_header(request->head, "authorization", value);
    if (strstr(value, "/eu-west-1/s3/") != NULL) {
        scripted_say(reply, "200 OK", "ETag: \"e\"\r\n", "");
    } else if (strstr(value, "/us-east-1/s3/") != NULL) {
        scripted_say(reply, "301 Moved", redirect,
                     "<Error><Code>PermanentRedirect</Code><Endpoint>x</Endpoint></Error>");
    } else {
        scripted_say(reply, "400 No", "", ERROR_BODY("AuthorizationHeaderMalformed"));
    }
}

static void region_is_followed_once(void **state) {
    (void)state;
    s3_fixture f;
    s3_start(&f, answer_other_region, "x-amz-bucket-region: eu-west-1\r\n");
    assert_int_equal(s3_put(&f, "k", 3), ARTREPO_OK);
    assert_int_equal(f.server.requests, 2);
    assert_int_equal(s3_put(&f, "k", 3), ARTREPO_OK);
    assert_int_equal(f.server.requests, 3); /* remembered */
    s3_stop(&f);
    s3_start(&f, answer_other_region, "x-amz-bucket-region: ap-south-1\r\n");
    assert_int_equal(s3_put(&f, "k", 3), ARTREPO_INVALID);
    assert_int_equal(f.server.requests, 2);
    s3_stop(&f);
    s3_start(&f, answer_other_region, "x-amz-bucket-region: evil/../\r\n");
    assert_int_equal(s3_put(&f, "k", 3), ARTREPO_INVALID);
    assert_int_equal(f.server.requests, 1);
    assert_non_null(strstr(f.failure.message, "check the endpoint and the region"));
    s3_stop(&f);
}

/* A store whose clock is OFFSET seconds from ours, and that insists on it. */
static void answer_other_clock(void *data, const scripted_request *request, scripted_reply *reply) {
    char value[1024], now[AR_S3_TIME_TEXT], headers[128];
    time_t there = (time_t)(ar_clock_wall_ms() / 1000) + *(int *)data;
    struct tm parts;
    ar_s3_time_text(there, now);
    scripted_header(request->head, "x-amz-date", value);
    strftime(headers, sizeof headers, "Date: %a, %d %b %Y %H:%M:%S GMT\r\nETag: \"e\"\r\n",
             gmtime_r(&there, &parts));
    bool same = strncmp(value, now, 11) == 0; /* up to the hour */
    scripted_say(reply, same ? "200 OK" : "403 Forbidden", headers,
                 same ? "" : ERROR_BODY("RequestTimeTooSkewed"));
}

static void clock_is_corrected_once(void **state) {
    (void)state;
    int offsets[] = {-86400, 2 * 86400};
    for (int i = 0; i < 2; i++) {
        s3_fixture f;
        s3_start(&f, answer_other_clock, &offsets[i]);
        assert_int_equal(s3_put(&f, "k", 3), ARTREPO_OK);
        assert_int_equal(f.server.requests, 2);
        assert_int_equal(s3_put(&f, "k", 3), ARTREPO_OK);
        assert_int_equal(f.server.requests, 3);
        s3_stop(&f);
    }
}

/* ---- checksums that a store does not know ---- */

static void refused_checksums(void **state) {
    (void)state;
    ar_s3 s3 = {.config = {.tls = true}, .memory = ar_s3_endpoint_memory_open("https://unit")};
    artrepo_error failure = {.code = ARTREPO_IO,
                             .http_status = 400,
                             .store_code = "BadDigest",
                             .message = "the CRC32C checksum did not match"};
    assert_true(ar_s3_wants_checksum(&s3));
    assert_false(ar_s3_refuses_checksum(&s3, &failure));
    assert_true(ar_s3_wants_checksum(&s3));
    failure = (artrepo_error){.code = ARTREPO_UNSUPPORTED,
                              .http_status = 501,
                              .store_code = "NotImplemented",
                              .message = "a header"};
    assert_true(ar_s3_refuses_checksum(&s3, &failure));
    assert_false(ar_s3_wants_checksum(&s3));
    ar_http_body body = {"123456789", -1, 0, 9};
    ar_s3_payload payload;
    assert_ok(ar_s3_payload_of(&s3, &body, true, &payload, error));
    assert_string_equal(payload.digest, "UNSIGNED-PAYLOAD");
    assert_string_equal(payload.crc32c, "4waSgw=="); /* the check value e3069283 of CRC-32C */
    assert_ok(ar_s3_payload_of(&s3, &body, false, &payload, error));
    assert_string_equal(payload.crc32c, "");
    ar_s3_endpoint_memory_close(s3.memory);
}

/* ---- removing and listing ---- */

static void answer_removal(void *data, const scripted_request *request, scripted_reply *reply) {
    const char *answer = data;
    if (s3_is(request, "DELETE")) {
        bool denied = strstr(request->head, "locked") != NULL;
        scripted_say(reply, denied ? "403 Forbidden" : "204 No Content", "",
                     denied ? ERROR_BODY("AccessDenied") : "");
    } else if (answer == NULL) {
        scripted_say(reply, "501 Not Implemented", "", ERROR_BODY("NotImplemented"));
    } else {
        assert_non_null(strstr(request->body, "<Key>a&amp;b</Key>"));
        assert_non_null(strstr(request->head, "content-md5: "));
        scripted_say(reply, "200 OK", "", answer);
    }
}

static void removing_many(void **state) {
    (void)state;
    static const char *const keys[] = {"a&b", "locked", "control\x01", "c"};
    s3_fixture f;
    s3_start(&f, answer_removal,
             "<DeleteResult><Error><Key>gone</Key><Code>NoSuchKey</Code></Error></DeleteResult>");
    assert_int_equal(artrepo_driver_s3.remove_many(f.state, keys, 4, f.operation, &f.failure),
                     ARTREPO_OK);
    assert_int_equal(f.server.requests, 3); /* two together, one by one the others */
    s3_stop(&f);
    s3_start(&f, answer_removal,
             "<DeleteResult><Error><Key>locked</Key><Code>AccessDenied</Code></Error>"
             "</DeleteResult>");
    assert_int_equal(artrepo_driver_s3.remove_many(f.state, keys, 2, f.operation, &f.failure),
                     ARTREPO_ACCESS_DENIED);
    assert_non_null(strstr(f.failure.message, "remove 'locked' in bucket 'bucket'"));
    s3_stop(&f);
    /* The one that is asked for again is removed then; of the others nobody knows. */
    s3_start(&f, answer_removal,
             "<DeleteResult><Error><Key>a&amp;b</Key><Code>InternalError</Code><Message>We had a "
             "problem</Message></Error></DeleteResult>");
    assert_int_equal(artrepo_driver_s3.remove_many(f.state, keys, 2, f.operation, &f.failure),
                     ARTREPO_TRANSIENT);
    assert_non_null(strstr(f.failure.message, "'a&b' and maybe others stayed at first: "
                                              "InternalError: We had a problem"));
    assert_true(f.failure.retryable);
    s3_stop(&f);
    s3_start(&f, answer_removal, NULL); /* a store without multi-object delete */
    static const char *const others[] = {"a", "b", "c"};
    assert_int_equal(artrepo_driver_s3.remove_many(f.state, others, 3, f.operation, &f.failure),
                     ARTREPO_OK);
    assert_int_equal(f.server.requests, 4);
    s3_stop(&f);
}

static void removing_many_is_answered(void **state) {
    (void)state;
    static const char *const keys[] = {"a&b", "c"};
    static const char *const answers[] = {
        "<html><body>Log in first</body></html>",
        "<DeleteResult><Error><Code>InternalError</Code></Error></DeleteResult>"};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        s3_fixture f;
        s3_start(&f, answer_removal, answers[i]);
        assert_int_equal(artrepo_driver_s3.remove_many(f.state, keys, 2, f.operation, &f.failure),
                         ARTREPO_IO);
        assert_non_null(strstr(f.failure.message, "remove objects of bucket 'bucket' at "));
        assert_int_equal(f.server.requests, 1);
        s3_stop(&f);
    }
    s3_fixture f;
    s3_start(&f, answer_removal, ""); /* whatever it did, each one is removed then */
    assert_ok(artrepo_driver_s3.remove_many(f.state, keys, 2, f.operation, error));
    assert_int_equal(f.server.requests, 3);
    s3_stop(&f);
}

static void answer_listing(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    static const char first[] =
        "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bucket</Name>"
        "<Prefix>p%2F</Prefix><IsTruncated>true</IsTruncated><EncodingType>url</EncodingType>"
        "<Contents><Key>p/a+b%2Bc%25</Key><Size>5</Size><ETag>&#34;e1&#34;</ETag>"
        "<LastModified>2025-06-10T14:58:09.500Z</LastModified><Owner><ID>x</ID></Owner></Contents>"
        "<Contents><Key>other/x</Key><Size>1</Size></Contents>"
        "<NextContinuationToken>1/+ =&amp;</NextContinuationToken></ListBucketResult>";
    static const char second[] =
        "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>p/plain%41+</Key>"
        "<Size>6</Size></Contents></ListBucketResult>";
    if (strstr(request->head, "prefix=loop") != NULL) {
        scripted_say(reply, "200 OK", "",
                     "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>");
    } else if (strstr(request->head, "continuation-token=1%2F%2B%20%3D%26&") != NULL) {
        scripted_say(reply, "200 OK", "", second);
    } else {
        assert_null(strstr(request->head, "continuation-token"));
        scripted_say(reply, "200 OK", "", first);
    }
}

static artrepo_code note_key(void *data, const artrepo_object *object, artrepo_error *error) {
    (void)error;
    assert_true(ar_buffer_printf(data, "%s %lld %s %lld\n", object->key, (long long)object->size,
                                 object->version, (long long)object->modified_ms));
    return ARTREPO_OK;
}

static void listing(void **state) {
    (void)state;
    ar_buffer seen = AR_BUFFER_INIT;
    s3_fixture f;
    s3_start(&f, answer_listing, NULL);
    assert_int_equal(
        artrepo_driver_s3.list(f.state, "p/", note_key, &seen, f.operation, &f.failure),
        ARTREPO_OK);
    assert_string_equal(seen.data, "p/a b+c% 5 e1 1749567489500\np/plain%41+ 6  0\n");
    assert_int_equal(
        artrepo_driver_s3.list(f.state, "loop", note_key, &seen, f.operation, &f.failure),
        ARTREPO_IO);
    assert_non_null(strstr(f.failure.message, "list 'loop' of bucket 'bucket'"));
    ar_buffer_free(&seen);
    s3_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(complete_with_error_in_200),
        cmocka_unit_test(complete_unheard),
        cmocka_unit_test(parts_are_retried),
        cmocka_unit_test(what_is_taken_has_an_etag),
        cmocka_unit_test(requests_by_key),
        cmocka_unit_test(headers_of_requests),
        cmocka_unit_test(region_is_followed_once),
        cmocka_unit_test(clock_is_corrected_once),
        cmocka_unit_test(refused_checksums),
        cmocka_unit_test(removing_many),
        cmocka_unit_test(removing_many_is_answered),
        cmocka_unit_test(listing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
