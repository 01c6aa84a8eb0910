/* put: with a length, in chunks, through a temporary file; what Artifactory says it stored. */
#include "http_fixture.h"

#include <dirent.h>
#include <openssl/evp.h>

typedef struct script {
    const char *status; /* of the answer to PUT */
    const char *headers, *body;
    const char *chunks_status; /* of the answer to chunks; NULL: as to others */
    bool refuse_early;         /* before the body is sent */
    bool http_1_0;
    bool no_expectations; /* answers 417 to requests that ask before they send */
    bool echo_sha256, wrong_sha256;
    int count;
    /* ---- of the last request ---- */
    char length[32], encoding[32], type[64], sha256[80], expect[32];
    size_t size;
    bool intact;
    char stored[65];
} script;

static void sha256_of(const char *data, size_t size, char text[65]) {
    unsigned char hash[32];
    assert_int_equal(EVP_Digest(data, size, hash, NULL, EVP_sha256(), NULL), 1);
    for (size_t i = 0; i < 32; i++) {
        snprintf(text + 2 * i, 3, "%02x", (unsigned)hash[i]);
    }
}

static bool refuses(void *data, const char *head) {
    const script *s = data;
    char value[1024];
    return s->refuse_early && s->chunks_status != NULL &&
           strcasecmp(scripted_header(head, "Transfer-Encoding", value), "chunked") == 0;
}

static void store(void *data, const scripted_request *request, scripted_reply *reply) {
    script *s = data;
    char value[1024];
    assert_true(web_is(request, "PUT /dir/x HTTP/1.1"));
    s->count++;
    snprintf(s->length, sizeof s->length, "%.31s",
             scripted_header(request->head, "Content-Length", value));
    snprintf(s->encoding, sizeof s->encoding, "%.31s",
             scripted_header(request->head, "Transfer-Encoding", value));
    snprintf(s->type, sizeof s->type, "%.63s",
             scripted_header(request->head, "Content-Type", value));
    snprintf(s->sha256, sizeof s->sha256, "%.79s",
             scripted_header(request->head, "X-Checksum-Sha256", value));
    snprintf(s->expect, sizeof s->expect, "%.31s", scripted_header(request->head, "Expect", value));
    s->size = request->body_size;
    s->intact = web_is_stream(request->body, request->body_size, request->body_size);
    sha256_of(request->body, request->body_size, s->stored);
    const char *status = s->status;
    if (s->encoding[0] != '\0' && s->chunks_status != NULL) {
        status = s->chunks_status;
    }
    if (s->no_expectations && s->expect[0] != '\0') {
        status = "417 Expectation Failed";
    }
    char json[256] = "";
    if (s->echo_sha256) {
        snprintf(json, sizeof json, "{\"size\": \"1\", \"checksums\": {\"sha256\": \"%s%s\"}}",
                 s->wrong_sha256 ? "00" : "", s->stored + (s->wrong_sha256 ? 2 : 0));
    }
    scripted_say(reply, status, s->headers == NULL ? "" : s->headers,
                 s->body == NULL ? json : s->body);
    if (s->http_1_0) {
        reply->bytes.data[strlen("HTTP/1.")] = '0';
        reply->close = true;
    }
    reply->close = reply->close || (status != s->status && !s->no_expectations);
}

#define HTTP "{'url': 'http://@/dir/x'}"
#define BIG ((size_t)3 << 20)

static void start(web_fixture *f, script *s, const char *settings) {
    web_start(f, store, s);
    f->server.refuses = refuses;
    web_open(f, settings);
}

/* Files without a name that are still open. */
static int open_temporary_files(void) {
    int count = 0;
    DIR *directory = opendir("/proc/self/fd");
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char path[300], target[300];
        snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
        ssize_t length = readlink(path, target, sizeof target - 1);
        target[length < 0 ? 0 : length] = '\0';
        bool is_ours = strstr(target, "/valgrind_proc_") == NULL; /* which has two of its own */
        count += is_ours && strstr(target, "(deleted)") != NULL ? 1 : 0;
    }
    closedir(directory);
    return count;
}

static void lengths(void **state) {
    (void)state;
    static const struct {
        size_t size;
        bool known, chunked;
    } cases[] = {{0, true, false},       {0, false, false},      {10, true, false},
                 {10, false, false},     {BIG, true, false},     {BIG, false, true},
                 {1 << 20, true, false}, {1 << 20, false, true}, {(1 << 20) - 1, false, false}};
    script s = {.status = "201 Created"};
    web_fixture f;
    start(&f, &s, HTTP);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char length[32] = "";
        web_stream stream = web_make_stream(cases[i].size, cases[i].known, false);
        if (web_put(&f, "/dir/x", &stream) != ARTREPO_OK) {
            fail_msg("%zu: %s", cases[i].size, f.failure.message);
        }
        assert_true(s.intact);
        assert_int_equal(s.size, cases[i].size);
        assert_int_equal(f.object.size, cases[i].size);
        if (!cases[i].chunked) {
            snprintf(length, sizeof length, "%zu", cases[i].size);
        }
        assert_string_equal(s.length, length);
        assert_string_equal(s.encoding, cases[i].chunked ? "chunked" : "");
        assert_string_equal(s.type, "application/octet-stream");
        assert_string_equal(s.expect, cases[i].size < 1 << 20 ? "" : "100-continue");
        assert_string_equal(s.sha256, "");
    }
    web_stop(&f);
}

static void files(void **state) {
    (void)state;
    script s = {.status = "204 No Content", .headers = "ETag: \"new\"\r\n"};
    web_fixture f;
    char path[128];
    char data[5000];
    start(&f, &s, HTTP);
    web_secret(&f, "unused", "");
    snprintf(path, sizeof path, "%s/file", f.secrets);
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = web_byte(i);
    }
    write_file(path, data, sizeof data, 0600);
    artrepo_source *source;
    artrepo_put_options options = {"text/plain"};
    assert_ok(artrepo_source_open_file(path, &source, error));
    assert_ok(f.driver->put(f.state, "/dir/x", source, &options, &f.object, f.operation, error));
    artrepo_source_close(source);
    assert_true(s.intact);
    assert_string_equal(s.length, "5000");
    assert_string_equal(s.type, "text/plain");
    assert_string_equal(f.object.version, "\"new\"");
    assert_string_equal(f.object.content_type, "text/plain");
    web_stop(&f);
}

/* 411 before the body, 411 after it, and 501, which RFC 9112 has for codings that are unknown. */
static void chunks_that_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *status;
        bool early, rewindable;
    } cases[] = {{"411 Length Required", true, false},
                 {"411 Length Required", true, true},
                 {"411 Length Required", false, true},
                 {"501 Not Implemented", true, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        script s = {.status = "201 Created",
                    .chunks_status = cases[i].status,
                    .refuse_early = cases[i].early};
        web_fixture f;
        start(&f, &s, HTTP);
        web_stream stream = web_make_stream(BIG, false, cases[i].rewindable);
        if (web_put(&f, "/dir/x", &stream) != ARTREPO_OK) {
            fail_msg("case %zu: %s", i, f.failure.message);
        }
        assert_int_equal(s.count, 2);
        assert_true(s.intact);
        assert_string_equal(s.length, "3145728");
        /* The server is known now. */
        stream = web_make_stream(BIG + 1, false, false);
        assert_int_equal(web_put(&f, "/dir/x", &stream), ARTREPO_OK);
        assert_int_equal(s.count, 3);
        assert_int_equal(s.size, BIG + 1);
        assert_int_equal(open_temporary_files(), 0);
        web_stop(&f);
    }
}

static void what_is_gone_cannot_be_sent_again(void **state) {
    (void)state;
    script s = {.status = "201 Created", .chunks_status = "411 Length Required"};
    web_fixture f;
    start(&f, &s, HTTP);
    web_stream stream = web_make_stream(BIG, false, false);
    assert_int_equal(web_put(&f, "/dir/x", &stream), ARTREPO_UNSUPPORTED);
    assert_says(&f, "put it into a file first, or try again");
    stream = web_make_stream(BIG, false, false);
    assert_int_equal(web_put(&f, "/dir/x", &stream), ARTREPO_OK);
    assert_true(s.intact);
    web_stop(&f);
}

static void the_temporary_file_is_bounded(void **state) {
    (void)state;
    script s = {
        .status = "201 Created", .chunks_status = "411 Length Required", .refuse_early = true};
    web_fixture f;
    start(&f, &s, "{'url': 'http://@/dir/x', 'spoolLimitMiB': 2}");
    web_stream stream = web_make_stream(BIG, false, true);
    assert_int_equal(web_put(&f, "/dir/x", &stream), ARTREPO_REFUSED_UNSAFE);
    assert_says(&f, "limit of 2 MiB; raise spoolLimitMiB");
    assert_int_equal(s.count, 1);
    assert_int_equal(open_temporary_files(), 0);
    setenv("TMPDIR", "/nowhere/at/all", 1);
    stream = web_make_stream(BIG, false, true);
    assert_int_not_equal(web_put(&f, "/dir/x", &stream), ARTREPO_OK);
    assert_says(&f, "cannot make a temporary file in /nowhere/at/all");
    unsetenv("TMPDIR");
    web_stop(&f);
}

/* A server of HTTP/1.0 sees no length, and may have stored nothing. */
static void http_1_0_gets_a_length(void **state) {
    (void)state;
    script s = {.status = "200 OK", .http_1_0 = true};
    web_fixture f;
    start(&f, &s, HTTP);
    web_stream stream = web_make_stream(BIG, false, true);
    assert_int_equal(web_put(&f, "/dir/x", &stream), ARTREPO_OK);
    assert_int_equal(s.count, 2);
    assert_string_equal(s.length, "3145728");
    assert_true(s.intact);
    web_stop(&f);
}

static void expectations_that_fail(void **state) {
    (void)state;
    script s = {.status = "201 Created", .no_expectations = true};
    web_fixture f;
    start(&f, &s, HTTP);
    web_stream stream = web_make_stream(BIG, true, true);
    if (web_put(&f, "/dir/x", &stream) != ARTREPO_OK) {
        fail_msg("%s", f.failure.message);
    }
    assert_true(s.count >= 2);
    assert_string_equal(s.expect, "");
    assert_true(s.intact);
    web_stop(&f);
}

static void refusals(void **state) {
    (void)state;
    static const struct {
        const char *status;
        artrepo_code code;
        const char *says;
    } cases[] = {
        {"404 Not Found", ARTREPO_NOT_FOUND, "no such place to store to"},
        {"405 Not Allowed", ARTREPO_UNSUPPORTED, "takes no uploads (PUT) there"},
        {"409 Conflict", ARTREPO_INVALID, "the directory above it may be missing"},
        {"413 Too Large", ARTREPO_INVALID, "client_max_body_size"},
        {"403 Forbidden", ARTREPO_ACCESS_DENIED, "this account may write there"},
        {"401 Unauthorized", ARTREPO_ACCESS_DENIED, "it wants credentials"},
        {"507 Insufficient Storage", ARTREPO_IO, "free some space"},
        {"503 Later", ARTREPO_TRANSIENT, "HTTP 503"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        script s = {.status = cases[i].status};
        web_fixture f;
        start(&f, &s, HTTP);
        web_stream stream = web_make_stream(10, true, true);
        assert_int_equal(web_put(&f, "/dir/x", &stream), cases[i].code);
        assert_says(&f, cases[i].says);
        assert_says(&f, "put http://127.0.0.1:");
        assert_int_equal(f.failure.retryable, cases[i].code == ARTREPO_TRANSIENT);
        assert_int_equal(s.count, 1); /* whoever calls decides on another attempt */
        web_stop(&f);
    }
}

/* A type that would begin another header. */
static void types_that_make_no_sense(void **state) {
    (void)state;
    script s = {.status = "201 Created"};
    web_fixture f;
    start(&f, &s, HTTP);
    web_stream stream = web_make_stream(10, true, true);
    artrepo_put_options options = {"text/plain\r\nAuthorization: other"};
    assert_int_equal(f.driver->put(f.state, "/dir/x", &stream.base, &options, &f.object,
                                   f.operation, &f.failure),
                     ARTREPO_INVALID);
    assert_says(&f, "put '/dir/x': the content type is too long, or has a line break in it");
    assert_int_equal(s.count, 0);
    web_stop(&f);
}

static void sources_that_change(void **state) {
    (void)state;
    script s = {.status = "201 Created"};
    web_fixture f;
    start(&f, &s, HTTP);
    for (size_t size = 10; size <= BIG; size += BIG - 10) {
        for (int by = -1; by <= 1; by += 2) {
            web_stream stream = web_make_stream(size, true, true);
            stream.base.size += by;
            assert_int_equal(web_put(&f, "/dir/x", &stream), ARTREPO_IO);
            assert_int_equal(s.count, 0); /* nothing was stored */
        }
    }
    web_stop(&f);
}

static void long_answers_do_no_harm(void **state) {
    (void)state;
    char *page = malloc(200001);
    memset(page, 'x', 200000);
    page[200000] = '\0';
    script s = {.status = "200 OK", .body = page};
    web_fixture f;
    start(&f, &s, HTTP);
    web_stream stream = web_make_stream(10, true, true);
    assert_int_equal(web_put(&f, "/dir/x", &stream), ARTREPO_OK);
    web_stop(&f);
    free(page);
}

static void artifactory_says_what_it_stored(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 10, BIG};
    script s = {.status = "201 Created", .echo_sha256 = true};
    web_fixture f;
    web_start(&f, store, &s);
    f.server.refuses = refuses;
    f.driver = &artrepo_driver_artifactory;
    web_open(&f, HTTP);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        web_stream stream = web_make_stream(sizes[i], false, true);
        assert_int_equal(web_put(&f, "/dir/x", &stream), ARTREPO_OK);
        assert_true(s.intact);
        /* Known before where all of it is in memory. */
        assert_string_equal(s.sha256, sizes[i] < BIG ? s.stored : "");
    }
    s.wrong_sha256 = true;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        web_stream stream = web_make_stream(sizes[i], true, true);
        assert_int_equal(web_put(&f, "/dir/x", &stream), ARTREPO_IO);
        assert_says(&f, "damaged on the way");
        assert_true(f.failure.retryable);
    }
    s = (script){.status = "201 Created",
                 .echo_sha256 = true,
                 .chunks_status = "411 Length Required",
                 .refuse_early = true};
    web_stream stream = web_make_stream(BIG, false, false);
    assert_int_equal(web_put(&f, "/dir/x", &stream), ARTREPO_OK);
    assert_string_equal(s.sha256, s.stored); /* made while it was written to the file */
    s = (script){.status = "201 Created", .body = "<html>no JSON"};
    stream = web_make_stream(10, false, false);
    assert_int_equal(web_put(&f, "/dir/x", &stream), ARTREPO_OK);
    web_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lengths),
        cmocka_unit_test(files),
        cmocka_unit_test(chunks_that_are_refused),
        cmocka_unit_test(what_is_gone_cannot_be_sent_again),
        cmocka_unit_test(the_temporary_file_is_bounded),
        cmocka_unit_test(http_1_0_gets_a_length),
        cmocka_unit_test(expectations_that_fail),
        cmocka_unit_test(refusals),
        cmocka_unit_test(types_that_make_no_sense),
        cmocka_unit_test(sources_that_change),
        cmocka_unit_test(long_answers_do_no_harm),
        cmocka_unit_test(artifactory_says_what_it_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
