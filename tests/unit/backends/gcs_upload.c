/* put: what goes over the wire, and what becomes of it when things go wrong. */
#include "gcs_fixture.h"

#include "remote/checksum.h"

#define UNIT ((size_t)256 << 10)
#define PART ((size_t)5 << 20) /* the smallest that an operation has */

static void crc_of_d(size_t size, char text[AR_CHECKSUM_TEXT]) {
    char *data = malloc(size + 1);
    memset(data, 'd', size);
    ar_checksum_text(AR_CHECKSUM_CRC32C, ar_checksum_update(AR_CHECKSUM_CRC32C, 0, data, size),
                     text);
    free(data);
}

/* ---- one request ---- */

static void answer_single(void *data, const scripted_request *request, scripted_reply *reply) {
    gcs_fixture *f = data;
    char type[1024], expected[2000], crc[AR_CHECKSUM_TEXT];
    gcs_note_request(f, request, "Authorization");
    scripted_header(request->head, "Content-Type", type);
    assert_int_equal(strncmp(type, "multipart/related; boundary=", 28), 0);
    const char *b = type + 28;
    crc_of_d(5, crc);
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
    longest[1024] = '\0';
    assert_int_equal(gcs_put(&f, longest, 5, true), ARTREPO_OK);
    gcs_stop(&f);
}

static void size_must_hold(void **state) {
    (void)state;
    gcs_fixture f;
    static const artrepo_source_functions functions = {gcs_source_read, NULL, NULL};
    gcs_start(&f, answer_single, NULL);
    for (size_t there = 4; there <= 6; there += 2) {
        gcs_source source = {{&functions, 5, -1}, there};
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
    char pins[4][64]; /* ifGenerationMatch of each post */
} trouble;

static void answer_trouble(void *data, const scripted_request *request, scripted_reply *reply) {
    gcs_fixture *f = data;
    trouble *t = f->data;
    char crc[AR_CHECKSUM_TEXT];
    crc_of_d(5, crc);
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
    if (t->posts++ > 0) {
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
        /* The store says that it did nothing: there is no need to look. */
        {{.first = "429 Too Many Requests"}, 2, 0, "", "99"},
        {{.first = "408 Request Timeout"}, 2, 0, "", "99"},
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
        {"404 Not Found", "", "notFound", "The specified bucket does not exist.", ARTREPO_NOT_FOUND,
         "bucket 'bucket' does not exist", 1},
        {"400 Bad Request", "", "invalid", "Provided CRC32C is wrong", ARTREPO_INVALID,
         "HTTP 400 invalid: Provided CRC32C is wrong", 1},
        {"429 Too Many Requests", "", "rateLimitExceeded", "The rate", ARTREPO_TRANSIENT,
         "HTTP 429 rateLimitExceeded: The rate", 4},
        {"502 Bad Gateway", "Content-Type: text/html\r\n", "", "<html>no</html>", ARTREPO_TRANSIENT,
         "HTTP 502 (gave up", 7},
        {"400 Bad Request", "", "", "Invalid upload request: plain words\n", ARTREPO_INVALID,
         "HTTP 400: Invalid upload request: plain words", 1},
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
    } else {
        gcs_say_object(reply, "k", 5, "4711", "AAAAAA==");
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

/* ---- resumable uploads ---- */

/* A session as Google documents it. */
typedef struct session {
    int64_t has;      /* bytes */
    bool tells_total; /* expected of Content-Range */
    int puts, queries;
    int cut_put;       /* the number (from 1) of the data request whose connection is cut */
    int64_t cut_keeps; /* bytes of it that are kept */
    int partial_put;   /* of that one only 256 KiB are taken */
    int failing_put;   /* answered by FAILURE */
    const char *failure;
    bool failure_stays;
    bool final_lost;      /* the last answer does not arrive */
    const char *location; /* NULL: a proper one */
    const char *crc32c;   /* of the final answer; NULL: the right one */
    size_t total;
    bool done, cancelled;
    char hash[64];
} session;

static void say_308(scripted_reply *reply, const session *s) {
    char headers[128] = "";
    if (s->has > 0) {
        snprintf(headers, sizeof headers, "Range: bytes=0-%lld\r\n", (long long)s->has - 1);
    }
    scripted_say(reply, "308 Resume Incomplete", headers, "");
}

static void say_done(scripted_reply *reply, session *s) {
    char crc[AR_CHECKSUM_TEXT];
    crc_of_d(s->total, crc);
    s->done = true;
    gcs_say_object(reply, "k", (long)s->total, "42", s->crc32c == NULL ? crc : s->crc32c);
}

/* Not before the first line of the answer: curl would then repeat the request by itself. */
static void cut_off(scripted_reply *reply) {
    assert_true(ar_buffer_append_text(&reply->bytes, "HTTP/1.1 308 Resume Incomplete\r\n"));
    reply->close = true;
}

static void take_data(session *s, const scripted_request *request, const char *range,
                      scripted_reply *reply) {
    long long first = -1, last = -1;
    char total[32] = "";
    char crc[AR_CHECKSUM_TEXT], expected[64];
    s->puts++;
    assert_int_equal(sscanf(range, "bytes %lld-%lld/%31s", &first, &last, total), 3);
    assert_int_equal(first, s->has);
    assert_int_equal(last - first + 1, request->body_size);
    bool is_last = strcmp(total, "*") != 0 && last + 1 == atoll(total);
    assert_true(is_last || request->body_size % UNIT == 0);
    assert_true(s->tells_total || is_last || strcmp(total, "*") == 0);
    assert_true(!s->tells_total || (size_t)atoll(total) == s->total);
    for (size_t i = 0; i < request->body_size; i += 4093) {
        assert_int_equal(request->body[i], 'd');
    }
    if (s->puts == s->cut_put) {
        s->has += s->cut_keeps;
        cut_off(reply);
    } else if (s->puts == s->failing_put || (s->failure_stays && s->puts > s->failing_put)) {
        gcs_refuse(reply, s->failure, "", "backendError", "Backend Error");
    } else if (s->puts == s->partial_put) {
        s->has += (int64_t)UNIT;
        say_308(reply, s);
    } else if (is_last) {
        s->has = last + 1;
        crc_of_d(s->total, crc);
        snprintf(expected, sizeof expected, "crc32c=%s", crc);
        assert_string_equal(s->hash, expected);
        say_done(reply, s);
        if (s->final_lost) {
            ar_buffer_clear(&reply->bytes);
            cut_off(reply);
        }
    } else {
        s->has = last + 1;
        assert_string_equal(s->hash, "");
        say_308(reply, s);
    }
}

static void answer_session(void *data, const scripted_request *request, scripted_reply *reply) {
    gcs_fixture *f = data;
    session *s = f->data;
    char range[1024], hash[1024], headers[300];
    gcs_note_request(f, request, "Content-Range");
    scripted_header(request->head, "Content-Range", range);
    scripted_header(request->head, "X-Goog-Hash", hash);
    snprintf(s->hash, sizeof s->hash, "%s", hash);
    if (gcs_is(request, "POST /upload/storage/v1/b/bucket/o?uploadType=resumable&name=k")) {
        assert_string_equal(request->body, "{\"contentType\":\"text/plain\"}");
        snprintf(headers, sizeof headers,
                 "Location: http://%s/upload/storage/v1/b/bucket/o?uploadType=resumable&upload_id="
                 "ID\r\n",
                 f->server.address);
        scripted_say(reply, "200 OK", s->location == NULL ? headers : s->location, "");
    } else if (!strstr(request->head, "upload_id=ID")) {
        gcs_refuse(reply, "404 Not Found", "", "notFound", "Not Found");
    } else if (gcs_is(request, "DELETE ")) {
        s->cancelled = true;
        scripted_say(reply, "499 Client Closed Request", "", "");
    } else if (strncmp(range, "bytes */", 8) == 0) {
        s->queries++;
        assert_int_equal(request->body_size, 0);
        if (s->done || (range[8] != '*' && atoll(range + 8) == s->has)) {
            say_done(reply, s);
        } else {
            say_308(reply, s);
        }
    } else {
        take_data(s, request, range, reply);
    }
}

static void start_session(gcs_fixture *f, session *s, size_t part_size) {
    gcs_start(f, answer_session, s);
    artrepo_operation_set_part_size(f->operation, part_size);
}

static void chunks(void **state) {
    (void)state;
    static const struct {
        size_t total, part_size;
        bool tells;
        int puts, queries;
    } cases[] = {
        {PART * 2 + 5, PART, true, 3, 0},
        {PART * 2 + 5, PART, false, 3, 0},
        {PART * 2, PART, true, 2, 0},
        {PART * 2, PART, false, 2, 1}, /* the end comes without data */
        {PART, PART, false, 1, 1},
        {PART * 5, PART + 1, true, 5, 0}, /* rounded up to the unit */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gcs_fixture f;
        session s = {.total = cases[i].total, .tells_total = cases[i].tells};
        start_session(&f, &s, cases[i].part_size);
        assert_int_equal(gcs_put(&f, "k", s.total, cases[i].tells), ARTREPO_OK);
        assert_int_equal(s.puts, cases[i].puts);
        assert_int_equal(s.queries, cases[i].queries);
        assert_true(s.done && !s.cancelled);
        assert_int_equal(f.object.size, s.total);
        assert_string_equal(f.object.version, "42");
        assert_int_equal(artrepo_operation_progress(f.operation).bytes_done, s.total);
        gcs_stop(&f);
    }
}

/* After a break the store is asked what it has, and the rest is sent. */
static void resumed(void **state) {
    (void)state;
    static const struct {
        session given;
        int puts, queries;
    } cases[] = {
        {{.cut_put = 2, .cut_keeps = 0}, 6, 1},
        {{.cut_put = 2, .cut_keeps = (int64_t)UNIT}, 6, 1},
        {{.cut_put = 2, .cut_keeps = (int64_t)PART}, 5, 1}, /* all of it had arrived */
        {{.cut_put = 1, .cut_keeps = 0}, 6, 1},             /* nothing at all */
        {{.cut_put = 5, .cut_keeps = 3}, 6, 1},             /* the last one */
        {{.partial_put = 3}, 6, 0},
        {{.failing_put = 2, .failure = "503 Service Unavailable"}, 6, 1},
        {{.failing_put = 4, .failure = "429 Too Many Requests"}, 6, 1},
        {{.final_lost = true}, 5, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int tells = 0; tells < 2; tells++) {
            gcs_fixture f;
            session s = cases[i].given;
            s.total = PART * 4 + 7;
            s.tells_total = tells != 0;
            start_session(&f, &s, PART);
            artrepo_code code = gcs_put(&f, "k", s.total, tells != 0);
            if (code != ARTREPO_OK) {
                fail_msg("case %zu: %s\n%s", i, f.failure.message, f.log);
            }
            assert_true(s.done && !s.cancelled);
            assert_int_equal(s.puts, cases[i].puts);
            assert_int_equal(s.queries, cases[i].queries);
            gcs_stop(&f);
        }
    }
}

static void given_up(void **state) {
    (void)state;
    static const struct {
        session given;
        artrepo_code code;
        const char *words;
        bool cancelled;
    } cases[] = {
        {{.failing_put = 2, .failure = "403 Forbidden"}, ARTREPO_ACCESS_DENIED, "HTTP 403", true},
        {{.failing_put = 2, .failure = "400 Bad Request"}, ARTREPO_INVALID, "HTTP 400", true},
        {{.failing_put = 2, .failure = "503 Service Unavailable", .failure_stays = true},
         ARTREPO_TRANSIENT,
         "gave up",
         true},
        /* The session is gone: nothing to cancel, and all of it is worth another try. */
        {{.failing_put = 2, .failure = "410 Gone"}, ARTREPO_IO, "has forgotten the upload", false},
        {{.failing_put = 2, .failure = "404 Not Found"}, ARTREPO_IO, "has forgotten", false},
        {{.location = ""}, ARTREPO_IO, "without saying where", false},
        {{.location = "Location: file:///etc/passwd\r\n"},
         ARTREPO_IO,
         "without saying where",
         false},
        {{.crc32c = "AAAAAA=="}, ARTREPO_IO, "the data was damaged on the way", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gcs_fixture f;
        session s = cases[i].given;
        s.total = PART * 3 + 7;
        start_session(&f, &s, PART);
        artrepo_code code = gcs_put(&f, "k", s.total, false);
        assert_int_equal(code, cases[i].code);
        if (strstr(f.failure.message, cases[i].words) == NULL) {
            fail_msg("'%s' is not in '%s'", cases[i].words, f.failure.message);
        }
        assert_int_equal(s.cancelled, cases[i].cancelled);
        gcs_stop(&f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_request_for_little),
        cmocka_unit_test(keys_that_gcs_refuses),
        cmocka_unit_test(size_must_hold),
        cmocka_unit_test(retried_once_only),
        cmocka_unit_test(refusals),
        cmocka_unit_test(damage_does_not_stay),
        cmocka_unit_test(chunks),
        cmocka_unit_test(resumed),
        cmocka_unit_test(given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
