/* The libs3 driver at stores that break off, lie or say nothing: libs3 itself takes some of that
 * for success. */
#include "libs3_fixture.h"

#include <time.h>

#include "libs3/compat.h"
#include "unit/http/scripted_server.h"

#define MD5_OF_HELLO "5d41402abc4b2a76b9719d911017c592"
#define ETAG "ETag: \"" MD5_OF_HELLO "\"\r\n"

static int setup(void **state) {
    (void)state;
    make_secrets("access-key", "secret-key");
    return 0;
}

typedef struct scene {
    scripted_server server;
    fixture f;
} scene;

static void begin(scene *s, scripted_answer *answer, void *data) {
    scripted_start(&s->server, answer, data);
    s->f = open_at(libs3_driver(), s->server.address);
}

static void end(scene *s) {
    close_fixture(&s->f);
    scripted_stop(&s->server);
}

static bool is(const scripted_request *request, const char *method) {
    return strncmp(request->head, method, strlen(method)) == 0;
}

/* An answer to HEAD: the headers of an object of SIZE bytes. */
static void say_head(scripted_reply *reply, const char *headers, size_t size) {
    assert_true(ar_buffer_printf(&reply->bytes, "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n",
                                 headers, size));
}

/* ---- get ---- */

static void break_off(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    (void)request;
    say_head(reply, ETAG, 1000);
    assert_true(ar_buffer_printf(&reply->bytes, "%0500d", 0));
    reply->close = true;
}

static void a_get_that_breaks_off_is_an_error(void **state) {
    (void)state;
    scene s;
    begin(&s, break_off, NULL);
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_object object;
    artrepo_sink *sink = NULL;
    get(&s.f, "key", (artrepo_range){0, -1, NULL}, &sink, &object, &error);
    assert_says(&error, ARTREPO_TRANSIENT, "500 of 1000 bytes came");
    assert_true(error.retryable);
    size_t got;
    artrepo_sink_memory(sink, &got);
    assert_int_equal(got, 500);
    artrepo_sink_close(sink);
    end(&s);
}

static void ignore_range(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    if (is(request, "HEAD")) {
        say_head(reply, ETAG, 10);
    } else {
        scripted_say(reply, "200 OK", ETAG, "0123456789");
    }
}

static void a_store_without_ranges_is_noticed(void **state) {
    (void)state;
    scene s;
    begin(&s, ignore_range, NULL);
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_object object;
    artrepo_sink *sink = NULL;
    get(&s.f, "key", (artrepo_range){3, 4, NULL}, &sink, &object, &error);
    assert_says(&error, ARTREPO_UNSUPPORTED, "did not answer with the range");
    size_t got;
    artrepo_sink_memory(sink, &got);
    assert_int_equal(got, 0);
    artrepo_sink_close(sink);
    end(&s);
}

static void say_chunked(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    (void)request;
    assert_true(ar_buffer_printf(&reply->bytes,
                                 "HTTP/1.1 200 OK\r\n" ETAG
                                 "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
    reply->close = true; /* without the last chunk */
}

static void an_object_without_length_is_refused(void **state) {
    (void)state;
    scene s;
    begin(&s, say_chunked, NULL);
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_object object;
    artrepo_sink *sink = NULL;
    get(&s.f, "key", (artrepo_range){0, -1, NULL}, &sink, &object, &error);
    assert_says(&error, ARTREPO_UNSUPPORTED, "Content-Length");
    artrepo_sink_close(sink);
    end(&s);
}

static void say_no_etag(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    (void)request;
    say_head(reply, "", 0);
}

static void no_etag_is_no_empty_object(void **state) {
    (void)state;
    scene s;
    begin(&s, say_no_etag, NULL);
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_object object;
    stat_object(&s.f, "key", &object, &error);
    assert_says(&error, ARTREPO_UNSUPPORTED, "no ETag");
    end(&s);
}

/* ---- put ---- */

typedef struct put_script {
    const char *status; /* of the put; NULL: the connection is closed */
    const char *etag;   /* of the object afterwards; NULL: there is none */
    size_t size;
} put_script;

static void answer_put(void *data, const scripted_request *request, scripted_reply *reply) {
    const put_script *script = data;
    char headers[128];
    snprintf(headers, sizeof headers, "ETag: \"%s\"\r\n", script->etag);
    if (is(request, "PUT") && script->status != NULL) {
        scripted_say(reply, script->status, "", "");
    } else if (is(request, "PUT")) {
        reply->close = true;
        ar_buffer_printf(&reply->bytes, "%s", "");
    } else if (is(request, "HEAD") && script->etag != NULL) {
        say_head(reply, headers, script->size);
    } else {
        scripted_say(reply, "404 Not Found", "", "");
    }
}

static artrepo_code put_hello(put_script script, artrepo_object *object, artrepo_error *error) {
    scene s;
    begin(&s, answer_put, &script);
    artrepo_code code = put(&s.f, "key", "hello", 5, object, error);
    end(&s);
    return code;
}

/* A refusal without a body is one that libs3 2.x does not see. */
static void a_refused_put_is_an_error(void **state) {
    (void)state;
    static const char *const statuses[] = {"500 Internal Server Error", "503 Slow Down", NULL};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        artrepo_object object;
        artrepo_error error = ARTREPO_ERROR_INIT;
        artrepo_code code = put_hello((put_script){statuses[i], NULL, 0}, &object, &error);
        assert_int_equal(code, ARTREPO_TRANSIENT);
        assert_says(&error, ARTREPO_TRANSIENT, "put 'key' in bucket 'artifacts'");
    }
    artrepo_object object;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_not_equal(put_hello((put_script){"403 Forbidden", NULL, 0}, &object, &error),
                         ARTREPO_OK);
}

static void a_put_is_what_the_store_has(void **state) {
    (void)state;
    artrepo_object object;
    assert_ok(put_hello((put_script){"200 OK", MD5_OF_HELLO, 5}, &object, error));
    assert_int_equal(object.size, 5);
    if (AR_LIBS3_PUT_IS_ANSWERED) {
        return; /* then the answer counts */
    }
    assert_string_equal(object.version, MD5_OF_HELLO);
    artrepo_error error = ARTREPO_ERROR_INIT;
    put_hello((put_script){"200 OK", "00000000000000000000000000000000", 5}, &object, &error);
    assert_says(&error, ARTREPO_TRANSIENT, "that were sent");
    put_hello((put_script){"200 OK", MD5_OF_HELLO, 4}, &object, &error);
    assert_says(&error, ARTREPO_TRANSIENT, "that were sent");
}

/* ---- list ---- */

#define LIST_HEAD "<?xml version=\"1.0\"?><ListBucketResult><IsTruncated>false</IsTruncated>"
#define CONTENTS(key)                                                                              \
    "<Contents><Key>" key "</Key><LastModified>2020-07-01T12:00:00.000Z</LastModified>"            \
    "<ETag>&quot;abc&quot;</ETag><Size>7</Size></Contents>"

/* Three keys: the first answer breaks off behind the second key, the next one before any. */
static void break_list_off(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    static const char whole[] =
        LIST_HEAD CONTENTS("a/1") CONTENTS("a/2") CONTENTS("a/3") "</ListBucketResult>";
    static const char rest[] = LIST_HEAD CONTENTS("a/3") "</ListBucketResult>";
    if (strstr(request->head, "marker=a/3") != NULL ||
        strstr(request->head, "marker=a%2F3") != NULL) { /* libs3 4.x */
        scripted_say(reply, "200 OK", "", LIST_HEAD "</ListBucketResult>");
        return;
    }
    bool first = strstr(request->head, "marker=") == NULL;
    say_head(reply, "", first ? sizeof whole - 1 : sizeof rest - 1);
    const char *cut = first ? strstr(whole, "<Contents><Key>a/3") + 30 : NULL;
    if (first) {
        ar_buffer_printf(&reply->bytes, "%.*s", (int)(cut - whole), whole);
        reply->close = true;
    } else if (request->number == 1) {
        ar_buffer_printf(&reply->bytes, "%s", LIST_HEAD);
        reply->close = true;
    } else {
        ar_buffer_printf(&reply->bytes, "%s", rest);
    }
}

static artrepo_code collect(void *data, const artrepo_object *object, artrepo_error *error) {
    (void)error;
    char *names = data;
    size_t length = strlen(names);
    assert_int_equal(object->size, 7);
    assert_int_equal(object->modified_ms, INT64_C(1593604800000));
    assert_string_equal(object->version, "abc");
    snprintf(names + length, 256 - length, "%s ", object->key);
    return ARTREPO_OK;
}

static void a_listing_that_breaks_off_goes_on(void **state) {
    (void)state;
    scene s;
    begin(&s, break_list_off, NULL);
    char names[256] = "";
    assert_ok(s.f.driver->list(s.f.state, "a/", collect, names, s.f.operation, error));
    assert_string_equal(names, "a/1 a/2 a/3 ");
    end(&s);
}

static void say_list(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)request;
    scripted_say(reply, "200 OK", "", data);
}

static void assert_list_fails(const char *body, artrepo_code code, const char *words) {
    scene s;
    char text[1024], names[256] = "";
    snprintf(text, sizeof text, "%s", body);
    begin(&s, say_list, text);
    artrepo_error error = ARTREPO_ERROR_INIT;
    s.f.driver->list(s.f.state, "a/", collect, names, s.f.operation, &error);
    assert_says(&error, code, words);
    end(&s);
}

static void listings_that_cannot_be_are_errors(void **state) {
    (void)state;
    assert_list_fails(LIST_HEAD CONTENTS("a/1") CONTENTS("b/1") "</ListBucketResult>", ARTREPO_IO,
                      "in order");
    /* The same page whatever the marker: it would never end. */
    assert_list_fails(LIST_HEAD CONTENTS("a/1") "</ListBucketResult>", ARTREPO_IO, "in order");
    assert_list_fails(LIST_HEAD CONTENTS("a/\xef\xbf\xbd") "</ListBucketResult>",
                      ARTREPO_UNSUPPORTED, "XML");
    assert_list_fails(LIST_HEAD CONTENTS("a/&#x1;") "</ListBucketResult>", ARTREPO_UNSUPPORTED,
                      "control characters");
}

/* ---- errors ---- */

static void say_unavailable(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    (void)request;
    scripted_say(reply, "503 Service Unavailable", "",
                 "<Error><Code>SlowDown</Code><Message>Reduce your request rate</Message>"
                 "<RequestId>4711</RequestId></Error>");
}

static void the_stores_words_are_kept(void **state) {
    (void)state;
    scene s;
    begin(&s, say_unavailable, NULL);
    artrepo_error error = ARTREPO_ERROR_INIT;
    s.f.driver->remove(s.f.state, "key", s.f.operation, &error);
    assert_says(&error, ARTREPO_TRANSIENT, "SlowDown: Reduce your request rate");
    assert_true(error.retryable);
    assert_int_equal(error.http_status, 503);
    assert_string_equal(error.store_code, "SlowDown");
    assert_string_equal(error.request_id, "4711");
    end(&s);
}

static void nobody_listens(void **state) {
    (void)state;
    fixture f = open_at(libs3_driver(), "127.0.0.1:1");
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_object object;
    stat_object(&f, "key", &object, &error);
    assert_says(&error, ARTREPO_TRANSIENT, "FailedToConnect");
    assert_int_equal(error.http_status, 0);
    close_fixture(&f);
}

/* ---- cancelling ---- */

static void say_nothing(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    (void)request;
    ar_buffer_printf(&reply->bytes, "%s", "");
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void a_silent_store_does_not_hold_a_call(void **state) {
    (void)state;
    scene s;
    begin(&s, say_nothing, NULL);
    artrepo_operation_set_deadline(s.f.operation, 300);
    int64_t start = now_ms();
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_object object;
    assert_int_equal(stat_object(&s.f, "key", &object, &error), ARTREPO_CANCELLED);
    assert_in_range(now_ms() - start, 200, 3000);
    /* The store is still of use to other operations. */
    artrepo_operation_set_deadline(s.f.operation, 200);
    assert_int_equal(put_text(&s.f, "key", "hello", &error), ARTREPO_CANCELLED);
    end(&s);
}

int main(void) {
    setenv("TZ", "America/New_York", 1); /* libs3 mixes local time and UTC up */
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_get_that_breaks_off_is_an_error),
        cmocka_unit_test(a_store_without_ranges_is_noticed),
        cmocka_unit_test(an_object_without_length_is_refused),
        cmocka_unit_test(no_etag_is_no_empty_object),
        cmocka_unit_test(a_refused_put_is_an_error),
        cmocka_unit_test(a_put_is_what_the_store_has),
        cmocka_unit_test(a_listing_that_breaks_off_goes_on),
        cmocka_unit_test(listings_that_cannot_be_are_errors),
        cmocka_unit_test(the_stores_words_are_kept),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(a_silent_store_does_not_hold_a_call),
    };
    return cmocka_run_group_tests(tests, setup, remove_secrets);
}
