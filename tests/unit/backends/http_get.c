/* stat and get: ranges, what breaks on the way, versions, checksums. */
#include "http_fixture.h"

#define DATE "Last-Modified: Tue, 01 Jul 2025 10:00:00 GMT\r\n"

/* The object that the scripts serve. */
static const char content[] = "0123456789abcdefghijklmnopqrstuvwxyz";
enum { SIZE = sizeof content - 1 };

typedef struct script {
    const char *validators; /* headers */
    bool no_ranges, no_head;
    int at_once;   /* bytes at most of what was asked for, as if they were all; 0: all */
    int cut_after; /* bytes of the first answers; 0: whole */
    int cuts;
    bool replaced; /* another version after the first answer */
    const char *more;
    char ranges[8][64];
    char conditions[8][160];
    int count;
} script;

static void serve(void *data, const scripted_request *request, scripted_reply *reply) {
    script *s = data;
    char value[1024];
    long long from = 0, to = SIZE - 1;
    int index = s->count < 8 ? s->count : 7;
    scripted_header(request->head, "Range", value);
    snprintf(s->ranges[index], 64, "%.63s", value);
    bool ranged = !s->no_ranges && value[0] != '\0';
    if (ranged) {
        char *end;
        from = strtoll(value + strlen("bytes="), &end, 10);
        to = end[1] == '\0' ? SIZE - 1 : strtoll(end + 1, NULL, 10);
        to = to > SIZE - 1 ? SIZE - 1 : to;
    }
    scripted_header(request->head, "If-Match", value);
    if (value[0] == '\0') {
        scripted_header(request->head, "If-Unmodified-Since", value);
    }
    snprintf(s->conditions[index], 160, "%.159s", value);
    s->count++;
    if (s->no_head && web_is(request, "HEAD ")) {
        scripted_say(reply, "405 Not Allowed", "", "");
        return;
    }
    if (from >= SIZE) {
        char range[64];
        snprintf(range, sizeof range, "Content-Range: bytes */%d\r\n", SIZE);
        scripted_say(reply, "416 Range Not Satisfiable", range, "");
        return;
    }
    int length = (int)(to - from + 1);
    length = s->at_once > 0 && ranged && length > s->at_once ? s->at_once : length;
    const char *validators = s->replaced && s->count > 1 ? "ETag: \"other\"\r\n" : s->validators;
    assert_true(ar_buffer_printf(
        &reply->bytes, "HTTP/1.1 %s\r\n%s%sContent-Type: text/plain\r\nContent-Length: %d\r\n",
        ranged ? "206 Partial Content" : "200 OK", validators, s->more == NULL ? "" : s->more,
        length));
    if (ranged) {
        assert_true(ar_buffer_printf(&reply->bytes, "Content-Range: bytes %lld-%lld/%d\r\n", from,
                                     to, SIZE));
    }
    assert_true(ar_buffer_append_text(&reply->bytes, "\r\n"));
    if (web_is(request, "HEAD ")) {
        return;
    }
    if (s->cuts > 0 && length > s->cut_after) {
        s->cuts--;
        length = s->cut_after;
        reply->close = true;
    }
    assert_true(ar_buffer_append(&reply->bytes, content + from, (size_t)length));
}

#define HTTP "{'url': 'http://@/dir/x'}"

static void whole_objects(void **state) {
    (void)state;
    script s = {.validators = "ETag: \"e1\"\r\n" DATE};
    web_fixture f;
    ar_buffer data = AR_BUFFER_INIT;
    web_start(&f, serve, &s);
    web_open(&f, HTTP);
    assert_int_equal(web_get(&f, "/dir/x", &data), ARTREPO_OK);
    assert_string_equal(data.data, content);
    assert_int_equal(f.object.size, SIZE);
    assert_string_equal(f.object.version, "\"e1\"");
    assert_string_equal(f.object.content_type, "text/plain");
    assert_int_equal(f.object.modified_ms, INT64_C(1751364000000));
    assert_string_equal(s.ranges[0], "");
    assert_int_equal(web_stat(&f, "/dir/x"), ARTREPO_OK);
    assert_int_equal(f.object.size, SIZE);
    assert_string_equal(f.object.version, "\"e1\"");
    web_stop(&f);
    ar_buffer_free(&data);
}

static void ranges(void **state) {
    (void)state;
    script s = {.validators = "ETag: \"e1\"\r\n"};
    web_fixture f;
    ar_buffer data = AR_BUFFER_INIT;
    web_start(&f, serve, &s);
    web_open(&f, HTTP);
    assert_int_equal(web_get_range(&f, "/dir/x", 3, 4, "\"e1\"", &data), ARTREPO_OK);
    assert_string_equal(data.data, "3456");
    assert_string_equal(s.ranges[0], "bytes=3-6");
    assert_string_equal(s.conditions[0], "\"e1\"");
    assert_int_equal(f.object.size, SIZE);
    assert_int_equal(web_get_range(&f, "/dir/x", 30, -1, NULL, &data), ARTREPO_OK);
    assert_string_equal(data.data, content + 30);
    assert_int_equal(web_get_range(&f, "/dir/x", 30, 100, NULL, &data), ARTREPO_OK);
    assert_string_equal(data.data, content + 30);
    assert_int_equal(web_get_range(&f, "/dir/x", 1000, 10, NULL, &data), ARTREPO_OK);
    assert_int_equal(data.size, 0);
    assert_int_equal(web_get_range(&f, "/dir/x", 5, 0, NULL, &data), ARTREPO_OK);
    assert_int_equal(data.size, 0);
    assert_int_equal(web_get_range(&f, "/dir/x", 3, 4, "\"old\"", &data), ARTREPO_IO);
    assert_says(&f, "replaced while it was read");
    assert_int_equal(data.size, 0);
    assert_int_equal(web_get_range(&f, "/dir/x", 3, 0, "\"old\"", &data), ARTREPO_IO);
    assert_says(&f, "replaced while it was read");
    assert_int_equal(web_get_range(&f, "/dir/x", -1, 4, NULL, &data), ARTREPO_INVALID);
    web_stop(&f);
    ar_buffer_free(&data);
}

static void servers_without_ranges(void **state) {
    (void)state;
    script s = {.validators = "ETag: \"e1\"\r\n", .no_ranges = true};
    web_fixture f;
    ar_buffer data = AR_BUFFER_INIT;
    web_start(&f, serve, &s);
    web_open(&f, HTTP);
    assert_int_equal(web_get_range(&f, "/dir/x", 0, 4, NULL, &data), ARTREPO_OK);
    assert_string_equal(data.data, "0123");
    assert_int_equal(web_get_range(&f, "/dir/x", 3, 4, NULL, &data), ARTREPO_UNSUPPORTED);
    assert_says(&f, "gives no parts of it");
    /* What broke is read again from the start, and passed over up to where it broke. */
    s.cuts = 2;
    s.cut_after = 10;
    assert_int_equal(web_get(&f, "/dir/x", &data), ARTREPO_OK);
    assert_string_equal(data.data, content);
    web_stop(&f);
    ar_buffer_free(&data);
}

static void broken_transfers_go_on(void **state) {
    (void)state;
    script s = {.validators = "ETag: \"e1\"\r\n", .cuts = 3, .cut_after = 10};
    web_fixture f;
    ar_buffer data = AR_BUFFER_INIT;
    web_start(&f, serve, &s);
    web_open(&f, HTTP);
    assert_int_equal(web_get(&f, "/dir/x", &data), ARTREPO_OK);
    assert_string_equal(data.data, content);
    assert_string_equal(s.ranges[1], "bytes=10-");
    assert_string_equal(s.conditions[1], "\"e1\"");
    assert_string_equal(s.ranges[3], "bytes=30-");
    /* Of a part, and pinned by the date alone. */
    s = (script){.validators = DATE, .cuts = 1, .cut_after = 2};
    assert_int_equal(web_get_range(&f, "/dir/x", 5, 6, NULL, &data), ARTREPO_OK);
    assert_string_equal(data.data, "56789a");
    assert_string_equal(s.ranges[1], "bytes=7-10");
    assert_string_equal(s.conditions[1], "Tue, 01 Jul 2025 10:00:00 GMT");
    /* A weak ETag can be compared, and not be asked for. */
    s = (script){.validators = "ETag: W/\"e1\"\r\n", .cuts = 1, .cut_after = 2};
    assert_int_equal(web_get(&f, "/dir/x", &data), ARTREPO_OK);
    assert_string_equal(data.data, content);
    assert_string_equal(s.conditions[1], "");
    web_stop(&f);
    ar_buffer_free(&data);
}

static void other_objects_are_not_mixed(void **state) {
    (void)state;
    script s = {.validators = "ETag: \"e1\"\r\n", .cuts = 1, .cut_after = 10, .replaced = true};
    web_fixture f;
    ar_buffer data = AR_BUFFER_INIT;
    web_start(&f, serve, &s);
    web_open(&f, HTTP);
    assert_int_equal(web_get(&f, "/dir/x", &data), ARTREPO_IO);
    assert_says(&f, "replaced while it was read");
    assert_int_equal(s.count, 2);
    s = (script){.validators = "", .cuts = 1, .cut_after = 10};
    assert_int_equal(web_get(&f, "/dir/x", &data), ARTREPO_IO);
    assert_says(&f, "names no version");
    assert_false(f.failure.retryable);
    assert_int_equal(s.count, 1);
    /* Nothing was delivered yet: it may begin again. */
    s = (script){.validators = "", .cuts = 2, .cut_after = 0};
    assert_int_equal(web_get(&f, "/dir/x", &data), ARTREPO_OK);
    assert_string_equal(data.data, content);
    web_stop(&f);
    ar_buffer_free(&data);
}

static void heads_that_are_refused(void **state) {
    (void)state;
    script s = {.validators = "ETag: \"e1\"\r\n", .no_head = true};
    web_fixture f;
    web_start(&f, serve, &s);
    web_open(&f, HTTP);
    assert_int_equal(web_stat(&f, "/dir/x"), ARTREPO_OK);
    assert_int_equal(f.object.size, SIZE);
    assert_string_equal(s.ranges[1], "bytes=0-0");
    s = (script){.validators = "ETag: \"e1\"\r\n", .no_head = true, .no_ranges = true};
    assert_int_equal(web_stat(&f, "/dir/x"), ARTREPO_OK);
    assert_int_equal(f.object.size, SIZE);
    web_stop(&f);
}

/* printf 0123456789abcdefghijklmnopqrstuvwxyz | sha256sum, sha1sum, md5sum, and in base64 */
#define SHA256 "74e7e5bb9d22d6db26bf76946d40fff3ea9f0346b884fd0694920fccfad15e33"
#define SHA256_BASE64 "dOflu50i1tsmv3aUbUD/8+qfA0a4hP0GlJIPzPrRXjM="
#define MD5 "e9b1713db620f1e3a14b6812de523f4b"

static void checksums(void **state) {
    (void)state;
    static const struct {
        const char *headers;
        bool fits;
    } cases[] = {
        {"X-Checksum-Sha256: " SHA256 "\r\n", true},
        {"X-Checksum-Sha256: 84e7e5bb9d22d6db26bf76946d40fff3ea9f0346b884fd0694920fccfad15e33\r\n",
         false},
        {"X-Checksum-Md5: " MD5 "\r\n", true},
        {"X-Checksum-Md5: 00000000000000000000000000000000\r\n", false},
        {"X-Checksum-Md5: 00000000000000000000000000000000\r\nX-Checksum-Sha256: " SHA256 "\r\n",
         true}, /* the stronger one counts */
        {"X-Checksum-Sha1: 0000000000000000000000000000000000000000\r\n", false},
        {"Repr-Digest: sha-256=:" SHA256_BASE64 ":\r\n", true},
        {"Digest: MD5=AAAAAAAAAAAAAAAAAAAAAA==,SHA-256=" SHA256_BASE64 "\r\n", true},
        {"Repr-Digest: unixsum=:AAAA:, sha-256=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:\r\n",
         false},
        {"Digest: SHA-256=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n", false},
        {"Content-MD5: 6bFxPbYg8eOhS2gS3lI/Sw==\r\n", true},
        {"Content-MD5: AAAAAAAAAAAAAAAAAAAAAA==\r\n", false},
        {"Content-MD5: garbage\r\nDigest: what=ever\r\nX-Checksum-Sha256: no\r\n", true},
        {"Content-Encoding: gzip\r\nContent-MD5: AAAAAAAAAAAAAAAAAAAAAA==\r\n", true},
    };
    script s = {.validators = "ETag: \"e1\"\r\n"};
    web_fixture f;
    ar_buffer data = AR_BUFFER_INIT;
    web_start(&f, serve, &s);
    web_open(&f, HTTP);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        s.more = cases[i].headers;
        s.cuts = 1; /* over a break, too */
        s.cut_after = 7;
        artrepo_code code = web_get(&f, "/dir/x", &data);
        if (code != (cases[i].fits ? ARTREPO_OK : ARTREPO_IO)) {
            fail_msg("%s: %s", cases[i].headers, f.failure.message);
        }
        if (!cases[i].fits) {
            assert_says(&f, "that the server gives for it");
        }
        /* A part has another checksum than the whole. */
        assert_int_equal(web_get_range(&f, "/dir/x", 1, 5, NULL, &data), ARTREPO_OK);
    }
    web_stop(&f);
    ar_buffer_free(&data);
}

/* Answers that are whole by themselves, and less than was asked for. */
static void less_than_was_asked_for(void **state) {
    (void)state;
    script s = {.validators = "ETag: \"e1\"\r\n", .cuts = 1, .cut_after = 4, .at_once = 12};
    web_fixture f;
    ar_buffer data = AR_BUFFER_INIT;
    web_start(&f, serve, &s);
    web_open(&f, HTTP);
    assert_int_equal(web_get(&f, "/dir/x", &data), ARTREPO_OK);
    assert_string_equal(data.data, content);
    assert_string_equal(s.ranges[3], "bytes=28-");
    s = (script){.validators = "ETag: \"e1\"\r\n", .cuts = 1, .cut_after = 4, .at_once = 2};
    assert_int_equal(web_get(&f, "/dir/x", &data), ARTREPO_TRANSIENT);
    assert_says(&f, "the answer ended after 10 of 36 bytes");
    assert_int_equal(s.count, 4);
    web_stop(&f);
    ar_buffer_free(&data);
}

/* ---- answers that are none ---- */

static void say_data(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)request;
    assert_true(ar_buffer_append_text(&reply->bytes, data));
    reply->close = true;
}

static void odd_answers(void **state) {
    (void)state;
    static const struct {
        const char *answer;
        artrepo_code code;
        const char *says;
    } cases[] = {
        {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", ARTREPO_NOT_FOUND, "check the URL"},
        {"HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n", ARTREPO_NOT_FOUND, "check the URL"},
        {"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", ARTREPO_ACCESS_DENIED,
         "it wants credentials; set auth.basicAuth"},
        {"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", ARTREPO_ACCESS_DENIED,
         "this account may read it"},
        {"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", ARTREPO_ACCESS_DENIED,
         "set them in https_proxy"},
        {"HTTP/1.1 412 No\r\nContent-Length: 0\r\n\r\n", ARTREPO_IO, "it was replaced"},
        {"HTTP/1.1 400 Bad\r\nContent-Length: 32\r\n\r\n{\"errors\":[{\"message\":\"words\"}]}",
         ARTREPO_INVALID, "HTTP 400 (words)"},
        {"HTTP/1.1 400 Bad\r\nContent-Length: 57\r\n\r\n<html><head><title>400 Bad\n x</title>"
         "</head><b>y</b></html>",
         ARTREPO_INVALID, "HTTP 400 (Bad x)"},
        {"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/10\r\nContent-Length: "
         "5\r\n\r\nabcde",
         ARTREPO_IO, "another range"},
        {"HTTP/1.1 418 Teapot\r\nX-Request-Id: request-42\r\nContent-Length: 0\r\n\r\n",
         ARTREPO_INVALID, "HTTP 418"},
        {"HTTP/1.1 300 Choose\r\nContent-Length: 0\r\n\r\n", ARTREPO_INVALID, "does not say where"},
        {"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", ARTREPO_INVALID, "does not say where"},
        {"HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
         ARTREPO_INVALID, "no address of http or https"},
        {"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n", ARTREPO_TRANSIENT,
         "gave up after 4 attempts"},
        {"HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n", ARTREPO_TRANSIENT, "HTTP 429"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", ARTREPO_TRANSIENT, "cut off"},
        {"nonsense", ARTREPO_INVALID, "does not answer in HTTP"},
        {"", ARTREPO_TRANSIENT, "https:// if it wants TLS"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        web_fixture f;
        ar_buffer data = AR_BUFFER_INIT;
        web_start(&f, say_data, (void *)(uintptr_t)cases[i].answer);
        web_open(&f, "{'url': 'http://user:hidden~@/x?sig=hidden'}");
        if (cases[i].code == ARTREPO_ACCESS_DENIED) {
            f.driver->close(f.state);
            f.state = NULL;
            web_open(&f, "{'url': 'http://@/x?sig=hidden'}");
        }
        artrepo_code code = web_get(&f, "/x", &data);
        if (code != cases[i].code) {
            fail_msg("%s: %s", cases[i].answer, f.failure.message);
        }
        assert_says(&f, cases[i].says);
        assert_null(strstr(f.failure.message, "hidden"));
        assert_says(&f, "get http://127.0.0.1:");
        bool named = strstr(cases[i].answer, "request-42") != NULL;
        assert_string_equal(f.failure.request_id, named ? "request-42" : "");
        web_stop(&f);
        ar_buffer_free(&data);
    }
}

static void bodies_without_a_length(void **state) {
    (void)state;
    static const struct {
        const char *answer, *body;
    } cases[] = {
        {"HTTP/1.0 200 OK\r\n\r\nabc", "abc"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
         "abc"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
        {"HTTP/1.1 204 No Content\r\n\r\n", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        web_fixture f;
        ar_buffer data = AR_BUFFER_INIT;
        web_start(&f, say_data, (void *)(uintptr_t)cases[i].answer);
        web_open(&f, HTTP);
        if (web_get(&f, "/dir/x", &data) != ARTREPO_OK) {
            fail_msg("%s: %s", cases[i].answer, f.failure.message);
        }
        assert_string_equal(data.data, cases[i].body);
        assert_int_equal(f.object.size, strlen(cases[i].body));
        web_stop(&f);
        ar_buffer_free(&data);
    }
}

static void note_request_line(void *data, const scripted_request *request, scripted_reply *reply) {
    snprintf(data, 256, "%.*s", (int)strcspn(request->head, "\r"), request->head);
    scripted_say(reply, "200 OK", "", "x");
}

static void keys_become_addresses(void **state) {
    (void)state;
    static const struct {
        const char *url, *key, *line;
    } cases[] = {
        {"{'url': 'http://@/a%2Fb/c?sig=%2b'}", "/a/b/c", "GET /a%2Fb/c?sig=%2b HTTP/1.1"},
        {"{'url': 'http://@/a?q'}", "/other key", "GET /other%20key?q HTTP/1.1"},
        {"{'url': 'http://@'}", "/", "GET / HTTP/1.1"},
        {"{'url': 'http://@'}", "", "GET / HTTP/1.1"},
        {"{'url': 'http://@/repo'}", "dir/\xc3\xa9%?#", "GET /dir/%C3%A9%25%3F%23 HTTP/1.1"},
        {"{'url': 'http://@/../x//y'}", "/../x//y", "GET /../x//y HTTP/1.1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[256] = "";
        web_fixture f;
        ar_buffer data = AR_BUFFER_INIT;
        web_start(&f, note_request_line, line);
        web_open(&f, cases[i].url);
        assert_int_equal(web_get(&f, cases[i].key, &data), ARTREPO_OK);
        assert_string_equal(line, cases[i].line);
        web_stop(&f);
        ar_buffer_free(&data);
    }
}

static artrepo_code refuse_to_write(artrepo_sink *sink, const void *data, size_t size,
                                    artrepo_error *error) {
    (void)sink;
    (void)data;
    (void)size;
    artrepo_error_set(error, ARTREPO_IO, "the disk is full");
    error->retryable = true;
    return ARTREPO_IO;
}

static void failures_of_the_sink_are_final(void **state) {
    (void)state;
    static const artrepo_sink_functions functions = {refuse_to_write, NULL, NULL};
    artrepo_sink sink = {&functions, -1};
    artrepo_range all = {0, -1, NULL};
    script s = {.validators = "ETag: \"e1\"\r\n"};
    web_fixture f;
    web_start(&f, serve, &s);
    web_open(&f, HTTP);
    assert_int_equal(
        f.driver->get(f.state, "/dir/x", &all, &sink, &f.object, f.operation, &f.failure),
        ARTREPO_IO);
    assert_says(&f, "the disk is full");
    assert_int_equal(s.count, 1);
    artrepo_operation_cancel(f.operation);
    ar_buffer data = AR_BUFFER_INIT;
    assert_int_equal(web_get(&f, "/dir/x", &data), ARTREPO_CANCELLED);
    assert_int_equal(web_stat(&f, "/dir/x"), ARTREPO_CANCELLED);
    ar_buffer_free(&data);
    web_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_objects),
        cmocka_unit_test(ranges),
        cmocka_unit_test(servers_without_ranges),
        cmocka_unit_test(broken_transfers_go_on),
        cmocka_unit_test(other_objects_are_not_mixed),
        cmocka_unit_test(heads_that_are_refused),
        cmocka_unit_test(checksums),
        cmocka_unit_test(less_than_was_asked_for),
        cmocka_unit_test(odd_answers),
        cmocka_unit_test(bodies_without_a_length),
        cmocka_unit_test(keys_become_addresses),
        cmocka_unit_test(failures_of_the_sink_are_final),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
