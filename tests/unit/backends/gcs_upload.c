/* put in one request: what goes over the wire, and what becomes of it when things go wrong. */
#include "gcs_fixture.h"

/* ---- one request ---- */

static void answer_single(void *data, const scripted_request *request, scripted_reply *reply) {
    gcs_fixture *f = data;
    char type[1024], expected[2000], crc[AR_CHECKSUM_TEXT];
    gcs_note_request(f, request, "Authorization");
    scripted_header(request->head, "Content-Type", type);
    assert_int_equal(strncmp(type, "multipart/related; boundary=", 28), 0);
    const char *b = type + 28;
    gcs_crc_of_d(5, crc);
    snprintf(expected, sizeof expected,
             "--%s\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n"
             "{\"contentType\":\"text/plain\",\"crc32c\":\"%s\"}\r\n"
             "--%s\r\nContent-Type: text/plain\r\n\r\nddddd\r\n--%s--\r\n",
             b, crc, b, b);
    assert_int_equal(request->body_size, strlen(expected));
    assert_memory_equal(request->body, expected, request->body_size);
    gcs_say_object(reply, "k", 5, "1700000000000001", crc);
}

static void one_request_for_little(void **state) {
    (void)state;
    gcs_fixture f;
    gcs_start(&f, answer_single, NULL);
    assert_int_equal(gcs_put(&f, "a b/\xc3\xa4+%?#", 5, true), ARTREPO_OK);
    assert_string_equal(f.log, "POST /upload/storage/v1/b/bucket/o?uploadType=multipart&name="
                               "a%20b%2F%C3%A4%2B%25%3F%23"
                               "&fields=name%2Csize%2Cgeneration%2Cupdated%2CcontentType%2Ccrc32c"
                               " HTTP/1.1\n");
    assert_string_equal(f.object.version, "1700000000000001");
    assert_int_equal(f.object.size, 5);
    assert_true(f.object.modified_ms == INT64_C(1749567489123));
    assert_string_equal(f.object.content_type, "text/plain");
    /* The same without knowing the length before. */
    assert_int_equal(gcs_put(&f, "k", 5, false), ARTREPO_OK);
    assert_int_equal(f.server.requests, 2);
    gcs_stop(&f);
}

static void keys_that_gcs_refuses(void **state) {
    (void)state;
    gcs_fixture f;
    char longest[1026];
    memset(longest, 'k', sizeof longest);
    longest[1025] = '\0';
    gcs_start(&f, answer_single, NULL);
    const char *keys[] = {"",
                          ".",
                          "..",
                          "a\nb",
                          "a\rb",
                          "\xff",
                          "a\xc3",
                          "\xe2\x82",
                          "\xed\xa0\x80",
                          "\xe0\x80\xaf",
                          "\xf4\x90\x80\x80",
                          longest};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        assert_int_equal(gcs_put(&f, keys[i], 5, true), ARTREPO_INVALID);
        assert_non_null(strstr(f.failure.message, "put in bucket 'bucket' at http://127.0.0.1:"));
    }
    assert_int_equal(f.server.requests, 0);
    /* Nor a type that would begin another header. */
    gcs_source source = {{&gcs_source_functions, 5, -1}, 5};
    artrepo_put_options options = {"text/plain\r\nX-Goog-Acl: public-read"};
    assert_int_equal(
        artrepo_driver_gcs.put(f.state, "k", &source.base, &options, NULL, f.operation, &f.failure),
        ARTREPO_INVALID);
    assert_non_null(strstr(f.failure.message, "the content type has a line break in it"));
    assert_int_equal(f.server.requests, 0);
    longest[1024] = '\0';
    assert_int_equal(gcs_put(&f, longest, 5, true), ARTREPO_OK);
    gcs_stop(&f);
}

static void size_must_hold(void **state) {
    (void)state;
    gcs_fixture f;
    gcs_start(&f, answer_single, NULL);
    for (size_t there = 4; there <= 6; there += 2) {
        gcs_source source = {{&gcs_source_functions, 5, -1}, there};
        artrepo_put_options options = {NULL};
        assert_int_equal(artrepo_driver_gcs.put(f.state, "k", &source.base, &options, NULL,
                                                f.operation, &f.failure),
                         ARTREPO_IO);
        assert_non_null(strstr(f.failure.message, "has not the 5 bytes"));
    }
    assert_int_equal(f.server.requests, 0);
    gcs_stop(&f);
}

/* ---- retries of one request ---- */

typedef struct trouble {
    const char *first; /* status of the first answer; NULL: the connection is cut */
    bool arrived;      /* the store has the object all the same */
    const char *there; /* the generation that is there; NULL: none */
    int posts, gets;
    bool raced;       /* another object came before the second post */
    char pins[4][64]; /* ifGenerationMatch of each post */
} trouble;

static void answer_trouble(void *data, const scripted_request *request, scripted_reply *reply) {
    gcs_fixture *f = data;
    trouble *t = f->data;
    char crc[AR_CHECKSUM_TEXT];
    gcs_crc_of_d(5, crc);
    if (gcs_is(request, "GET ")) {
        t->gets++;
        if (t->there == NULL) {
            gcs_refuse(reply, "404 Not Found", "", "notFound", "No such object: bucket/k");
        } else {
            gcs_say_object(reply, "k", 5, t->there, t->arrived ? crc : "AAAAAA==");
        }
        return;
    }
    const char *pin = strstr(request->head, "ifGenerationMatch=");
    snprintf(t->pins[t->posts & 3], 64, "%.*s", pin == NULL ? 0 : (int)strcspn(pin, " &"),
             pin == NULL ? "" : pin);
    if (t->raced && t->posts == 1) {
        t->posts++;
        t->there = "8";
        gcs_refuse(reply, "412 Precondition Failed", "", "conditionNotMet", "did not hold");
    } else if (t->posts++ > 0) {
        gcs_say_object(reply, "k", 5, "99", crc);
    } else if (t->first == NULL) {
        reply->reset = true;
    } else {
        gcs_refuse(reply, t->first, "", "backendError", "Backend Error");
    }
}

static void retried_once_only(void **state) {
    (void)state;
    static const struct {
        trouble given;
        int posts, gets;
        const char *pin, *version;
    } cases[] = {
        /* It is not known what became of it, and it is there: nothing is sent twice. */
        {{.first = NULL, .arrived = true, .there = "7"}, 1, 1, "", "7"},
        {{.first = "503 Service Unavailable", .arrived = true, .there = "7"}, 1, 1, "", "7"},
        /* Another object is there: the next attempt replaces that one alone. */
        {{.first = NULL, .there = "7"}, 2, 1, "ifGenerationMatch=7", "99"},
        /* None: the next attempt must find none. */
        {{.first = "500 Internal Server Error"}, 2, 1, "ifGenerationMatch=0", "99"},
        /* Success with an error in it is an error. */
        {{.first = "200 OK"}, 2, 1, "ifGenerationMatch=0", "99"},
        /* The look before was too old: another one. */
        {{.first = NULL, .there = "7", .raced = true}, 3, 2, "ifGenerationMatch=7", "99"},
        /* The store says that it did nothing: there is no need to look. */
        {{.first = "429 Too Many Requests"}, 2, 0, "", "99"},
        {{.first = "408 Request Timeout"}, 2, 0, "", "99"},
        {{.first = "409 Conflict"}, 2, 0, "", "99"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gcs_fixture f;
        trouble t = cases[i].given;
        gcs_start(&f, answer_trouble, &t);
        assert_int_equal(gcs_put(&f, "k", 5, true), ARTREPO_OK);
        assert_string_equal(f.object.version, cases[i].version);
        assert_int_equal(t.gets, cases[i].gets);
        assert_string_equal(t.pins[0], "");
        if (cases[i].posts > 1) {
            assert_string_equal(t.pins[1], cases[i].pin);
        }
        if (t.raced) {
            assert_string_equal(t.pins[2], "ifGenerationMatch=8");
        }
        gcs_stop(&f);
    }
}

typedef struct refusal {
    const char *status, *headers, *reason, *message;
    artrepo_code code;
    const char *words;
    int requests;
} refusal;

static void answer_refusal(void *data, const scripted_request *request, scripted_reply *reply) {
    gcs_fixture *f = data;
    const refusal *r = f->data;
    if (gcs_is(request, "GET ")) {
        gcs_refuse(reply, "404 Not Found", "", "notFound", "No such object: bucket/k");
    } else if (r->reason[0] == '\0') {
        scripted_say(reply, r->status, r->headers, r->message);
    } else {
        gcs_refuse(reply, r->status, r->headers, r->reason, r->message);
    }
}

static void refusals(void **state) {
    (void)state;
    static const refusal cases[] = {
        {"403 Forbidden", "", "forbidden", "x@p does not have storage.objects.create access",
         ARTREPO_ACCESS_DENIED, "x@p does not have storage.objects.create access; check that", 1},
        {"403 Forbidden", "", "rateLimitExceeded", "slow down", ARTREPO_TRANSIENT, "gave up", 4},
        {"401 Unauthorized", "", "required", "Anonymous caller", ARTREPO_ACCESS_DENIED,
         "unset STORAGE_EMULATOR_HOST", 1},
        {"404 Not Found", "", "notFound", "The specified bucket does not exist.", ARTREPO_INVALID,
         "bucket 'bucket' does not exist", 1},
        {"400 Bad Request", "", "invalid", "Provided CRC32C is wrong", ARTREPO_INVALID,
         "HTTP 400 invalid: Provided CRC32C is wrong", 1},
        {"429 Too Many Requests", "", "rateLimitExceeded", "The rate", ARTREPO_TRANSIENT,
         "HTTP 429 rateLimitExceeded: The rate", 4},
        {"502 Bad Gateway", "Content-Type: text/html\r\n", "", "<html>no</html>", ARTREPO_TRANSIENT,
         "HTTP 502 (gave up", 7},
        {"400 Bad Request", "", "", "Invalid upload request: plain words\n", ARTREPO_INVALID,
         "HTTP 400: Invalid upload request: plain words", 1},
        {"501 Not Implemented", "", "notImplemented", "not here", ARTREPO_UNSUPPORTED, "not here",
         1},
        {"302 Found", "Location: http://elsewhere/\r\n", "", "", ARTREPO_INVALID,
         "check the endpoint", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gcs_fixture f;
        gcs_start(&f, answer_refusal, &cases[i]);
        assert_int_equal(gcs_put(&f, "k", 5, true), cases[i].code);
        if (strstr(f.failure.message, cases[i].words) == NULL) {
            fail_msg("'%s' is not in '%s'", cases[i].words, f.failure.message);
        }
        assert_non_null(strstr(f.failure.message, "put 'k' in bucket 'bucket' at http://127.0.0."));
        assert_int_equal(f.failure.http_status, atoi(cases[i].status));
        assert_string_equal(f.failure.store_code, cases[i].reason);
        if (cases[i].reason[0] != '\0') {
            assert_string_equal(f.failure.request_id, "ADPycdu_id");
        }
        assert_int_equal(f.server.requests, cases[i].requests);
        gcs_stop(&f);
    }
}

/* ---- damage ---- */

static void answer_damage(void *data, const scripted_request *request, scripted_reply *reply) {
    gcs_fixture *f = data;
    gcs_note_request(f, request, NULL);
    if (gcs_is(request, "DELETE ")) {
        scripted_say(reply, "204 No Content", "", "");
    } else if (f->data != NULL) {
        scripted_say(reply, "200 OK", "", f->data);
    } else {
        gcs_say_object(reply, "k", 5, "4711", "AAAAAA==");
    }
}

/* An answer that does not say what is there is no success. */
static void answers_without_an_object(void **state) {
    (void)state;
    static const struct {
        const char *answer, *words;
        bool removes;
    } cases[] = {
        {"{}", "the answer does not say how large the object is", false},
        {"{\"size\": \"five\"}", "the answer does not say how large the object is", false},
        {"[]", "the answer is none of GCS", false},
        {"{\"size\": \"4\"}", "it has 5 bytes, and the store has 4", false},
        {"{\"size\": \"4\", \"generation\": \"47\"}", "it has 5 bytes, and the store has 4", true},
    };
    artrepo_retry_policy once = {.steps = 1, .duration_ms = 1, .factor = 1, .jitter = 0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gcs_fixture f;
        gcs_start(&f, answer_damage, (void *)(uintptr_t)cases[i].answer);
        artrepo_operation_set_retry(f.operation, &once);
        assert_int_not_equal(gcs_put(&f, "k", 5, true), ARTREPO_OK);
        assert_non_null(strstr(f.failure.message, cases[i].words));
        assert_int_equal(strstr(f.log, "DELETE ") != NULL, cases[i].removes);
        gcs_stop(&f);
    }
}

static void damage_does_not_stay(void **state) {
    (void)state;
    gcs_fixture f;
    gcs_start(&f, answer_damage, NULL);
    artrepo_retry_policy once = {.steps = 1, .duration_ms = 1, .factor = 1, .jitter = 0};
    artrepo_operation_set_retry(f.operation, &once);
    assert_int_not_equal(gcs_put(&f, "k", 5, true), ARTREPO_OK);
    assert_non_null(strstr(f.failure.message, "the data was damaged on the way"));
    assert_non_null(strstr(f.log, "DELETE /storage/v1/b/bucket/o/k?generation=4711 HTTP/1.1\n"));
    gcs_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_request_for_little),
        cmocka_unit_test(keys_that_gcs_refuses),
        cmocka_unit_test(size_must_hold),
        cmocka_unit_test(retried_once_only),
        cmocka_unit_test(refusals),
        cmocka_unit_test(answers_without_an_object),
        cmocka_unit_test(damage_does_not_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
