/* put in several requests: resumable uploads, and what becomes of them when things go wrong. */
#include "gcs_fixture.h"

#define UNIT ((size_t)256 << 10)
#define PART ((size_t)5 << 20) /* the smallest that an operation has */

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
    int odd_put; /* answered by 308 with ODD_RANGE, whatever has come */
    const char *odd_range;
    bool odd_stays;
    int ending_put;       /* answered as if it were the last */
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
    gcs_crc_of_d(s->total, crc);
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
    } else if (s->puts == s->odd_put || (s->odd_stays && s->puts > s->odd_put)) {
        scripted_say(reply, "308 Resume Incomplete", s->odd_range, "");
    } else if (s->puts == s->ending_put) {
        say_done(reply, s);
    } else if (s->puts == s->partial_put) {
        s->has += (int64_t)UNIT;
        say_308(reply, s);
    } else if (is_last) {
        s->has = last + 1;
        gcs_crc_of_d(s->total, crc);
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
        {{.odd_put = 2, .odd_range = "Range: bytes=7-9\r\n"},
         ARTREPO_IO,
         "in no known words",
         true},
        {{.odd_put = 2, .odd_range = "Range: bytes=0-x\r\n"},
         ARTREPO_IO,
         "in no known words",
         true},
        {{.odd_put = 2, .odd_range = "Range: bytes=0-10\r\n"},
         ARTREPO_IO,
         "has lost a part of the upload, or has more than was sent",
         true},
        {{.odd_put = 2, .odd_range = ""}, ARTREPO_IO, "has lost a part of the upload", true},
        {{.odd_put = 2, .odd_range = "Range: bytes=0-9223372036854775807\r\n"},
         ARTREPO_IO,
         "has lost a part of the upload, or has more than was sent",
         true},
        {{.odd_put = 1, .odd_range = "", .odd_stays = true},
         ARTREPO_TRANSIENT,
         "the store takes nothing of the data",
         true},
        {{.ending_put = 2}, ARTREPO_IO, "ends an upload that goes on", true},
        /* The session is gone: nothing to cancel, and all of it is worth another try. */
        {{.failing_put = 2, .failure = "410 Gone"}, ARTREPO_IO, "has forgotten the upload", false},
        {{.failing_put = 2, .failure = "404 Not Found"}, ARTREPO_IO, "has forgotten", false},
        {{.location = "Location: http://a b/c\r\n"}, ARTREPO_IO, "without saying where", false},
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

/* In the first chunk, between two of them, and behind the last. */
static void size_of_large_ones_must_hold(void **state) {
    (void)state;
    static const size_t there[] = {PART - 1, PART * 2 + 4, PART * 2 + 6};
    for (size_t i = 0; i < sizeof there / sizeof *there; i++) {
        gcs_fixture f;
        session s = {.total = PART * 2 + 5, .tells_total = true};
        start_session(&f, &s, PART);
        gcs_source source = {{&gcs_source_functions, (int64_t)s.total, -1}, there[i]};
        artrepo_put_options options = {"text/plain"};
        assert_int_equal(artrepo_driver_gcs.put(f.state, "k", &source.base, &options, NULL,
                                                f.operation, &f.failure),
                         ARTREPO_IO);
        assert_non_null(strstr(f.failure.message, "has not the 10485765 bytes"));
        assert_false(s.done);
        assert_int_equal(s.cancelled, s.puts > 0);
        gcs_stop(&f);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks),
        cmocka_unit_test(resumed),
        cmocka_unit_test(given_up),
        cmocka_unit_test(size_of_large_ones_must_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
