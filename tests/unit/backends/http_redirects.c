/* Redirects: where they are followed to, what goes along, and what does not. */
#include "http_fixture.h"

typedef struct script {
    scripted_server *other; /* another server, by its address */
    const char *status;     /* of the redirect */
    const char *target;     /* "@" is the first server, "#" the other one; NULL: an endless chain */
    bool refuse_early;
    int count;                                                            /* at the first server */
    int other_count;                                                      /* at the other one */
    char authorization[128], cookie[64], token[64], accept[64], type[64]; /* of the last request */
    char method[16];
    bool intact;
    size_t size;
    pthread_mutex_t mutex;
} script;

static bool refuses(void *data, const char *head) {
    const script *s = data;
    return s->refuse_early && strstr(head, " /from") != NULL;
}

static void keep(const char *head, const char *name, char *text, size_t size) {
    char value[1024];
    snprintf(text, size, "%s", scripted_header(head, name, value));
}

static void note(script *s, const scripted_request *request) {
    keep(request->head, "Authorization", s->authorization, sizeof s->authorization);
    keep(request->head, "Cookie", s->cookie, sizeof s->cookie);
    keep(request->head, "X-Token", s->token, sizeof s->token);
    keep(request->head, "Accept", s->accept, sizeof s->accept);
    keep(request->head, "Content-Type", s->type, sizeof s->type);
    snprintf(s->method, sizeof s->method, "%.*s", (int)strcspn(request->head, " "), request->head);
    s->size = request->body_size;
    s->intact = web_is_stream(request->body, request->body_size, request->body_size);
}

static void answer(script *s, const scripted_request *request, const char *own,
                   scripted_reply *reply) {
    note(s, request);
    if (strstr(request->head, " /from") == NULL) {
        scripted_say(reply, "200 OK", "ETag: \"e\"\r\n", web_is(request, "HEAD ") ? "" : "there");
        return;
    }
    ar_buffer headers = AR_BUFFER_INIT;
    assert_true(ar_buffer_append_text(&headers, "Location: "));
    const char *target = s->target == NULL ? "/from/again" : s->target;
    for (; *target != '\0'; target++) {
        assert_true(*target == '@'   ? ar_buffer_append_text(&headers, own)
                    : *target == '#' ? ar_buffer_append_text(&headers, s->other->address)
                    : *target == '~' ? ar_buffer_append_char(&headers, '@')
                                     : ar_buffer_append_char(&headers, *target));
    }
    assert_true(ar_buffer_append_text(&headers, "\r\n"));
    scripted_say(reply, s->status, headers.data, "elsewhere");
    ar_buffer_free(&headers);
    reply->close = s->refuse_early;
}

static char first_address[32];

static void at_first(void *data, const scripted_request *request, scripted_reply *reply) {
    script *s = data;
    pthread_mutex_lock(&s->mutex);
    s->count++;
    answer(s, request, first_address, reply);
    pthread_mutex_unlock(&s->mutex);
}

static void at_other(void *data, const scripted_request *request, scripted_reply *reply) {
    script *s = data;
    pthread_mutex_lock(&s->mutex);
    s->other_count++;
    answer(s, request, first_address, reply);
    pthread_mutex_unlock(&s->mutex);
}

#define SETTINGS                                                                                   \
    "{'url': 'http://@/from', 'headers': [{'name': 'X-Token', 'value': 'secret'}, {'name': "       \
    "'Cookie', 'value': 'secret'}, {'name': 'Accept', 'value': 'text/x'}], 'auth': {'basicAuth': " \
    "{'usernameSecret': {'name': 's', 'key': 'user'}, 'passwordSecret': {'name': 's', 'key': "     \
    "'password'}}}}"
#define BASIC "Basic dXNlcjpwYXNz" /* user:pass */

static void start(web_fixture *f, script *s, scripted_server *other) {
    pthread_mutex_init(&s->mutex, NULL);
    s->other = other;
    scripted_start(other, at_other, s);
    other->refuses = refuses;
    web_start(f, at_first, s);
    f->server.refuses = refuses;
    snprintf(first_address, sizeof first_address, "%s", f->server.address);
    web_secret(f, "user", "user");
    web_secret(f, "password", "pass\n");
    web_open(f, SETTINGS);
}

static void stop(web_fixture *f, script *s, scripted_server *other) {
    web_stop(f);
    scripted_stop(other);
    pthread_mutex_destroy(&s->mutex);
}

static void get_follows_all_of_them(void **state) {
    (void)state;
    static const char *const statuses[] = {"301 Moved Permanently", "302 Found", "303 See Other",
                                           "307 Temporary Redirect", "308 Permanent Redirect"};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        script s = {.status = statuses[i], .target = "to/x?y"};
        scripted_server other;
        web_fixture f;
        ar_buffer data = AR_BUFFER_INIT;
        start(&f, &s, &other);
        if (web_get(&f, "/from", &data) != ARTREPO_OK) {
            fail_msg("%s: %s", statuses[i], f.failure.message);
        }
        assert_string_equal(data.data, "there");
        assert_string_equal(s.authorization, BASIC);
        assert_string_equal(s.token, "secret");
        assert_string_equal(s.accept, "text/x");
        assert_int_equal(web_stat(&f, "/from"), ARTREPO_OK);
        assert_string_equal(s.method, "HEAD");
        assert_int_equal(s.count, 4);
        ar_buffer_free(&data);
        stop(&f, &s, &other);
    }
}

static void credentials_stay_at_home(void **state) {
    (void)state;
    script s = {.status = "307 Temporary Redirect", .target = "http://#/to"};
    scripted_server other;
    web_fixture f;
    ar_buffer data = AR_BUFFER_INIT;
    start(&f, &s, &other);
    assert_int_equal(web_get(&f, "/from", &data), ARTREPO_OK);
    assert_int_equal(s.other_count, 1);
    assert_string_equal(s.authorization, "");
    assert_string_equal(s.token, "");
    assert_string_equal(s.cookie, "");
    assert_string_equal(s.accept, "text/x");
    /* Nor do they come back once another server had its say. */
    s.target = "http://#/from/2";
    s.status = "302 Found";
    s.count = s.other_count = 0;
    assert_int_equal(web_get(&f, "/from", &data), ARTREPO_INVALID); /* 10 redirects */
    assert_string_equal(s.authorization, "");
    /* A user and a password of the redirect's own are meant for where it leads. */
    s.target = "http://a:b~#/to";
    assert_int_equal(web_get(&f, "/from", &data), ARTREPO_OK);
    assert_string_equal(s.authorization, "Basic YTpi");
    ar_buffer_free(&data);
    stop(&f, &s, &other);
}

static void back_from_another_server(void *data, const scripted_request *request,
                                     scripted_reply *reply) {
    script *s = data;
    char headers[64];
    (void)request;
    snprintf(headers, sizeof headers, "Location: http://%s/to\r\n", first_address);
    s->other_count++;
    scripted_say(reply, "307 Back", headers, "");
}

static void credentials_do_not_come_back(void **state) {
    (void)state;
    script s = {.status = "307 Temporary Redirect", .target = "http://#/x"};
    scripted_server other;
    web_fixture f;
    ar_buffer data = AR_BUFFER_INIT;
    start(&f, &s, &other);
    other.answer = back_from_another_server;
    assert_int_equal(web_get(&f, "/from", &data), ARTREPO_OK);
    assert_int_equal(s.count, 2);
    assert_int_equal(s.other_count, 1);
    assert_string_equal(s.authorization, "");
    assert_string_equal(s.token, "");
    ar_buffer_free(&data);
    stop(&f, &s, &other);
}

static void deny(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    (void)request;
    scripted_say(reply, "401 Unauthorized", "", "");
}

static void a_refusal_elsewhere_is_explained(void **state) {
    (void)state;
    script s = {.status = "307 Temporary Redirect", .target = "http://#/x"};
    scripted_server other;
    web_fixture f;
    ar_buffer data = AR_BUFFER_INIT;
    start(&f, &s, &other);
    other.answer = deny;
    assert_int_equal(web_get(&f, "/from", &data), ARTREPO_ACCESS_DENIED);
    assert_says(&f, "a redirect led here");
    ar_buffer_free(&data);
    stop(&f, &s, &other);
}

static void circles_end(void **state) {
    (void)state;
    script s = {.status = "302 Found"};
    scripted_server other;
    web_fixture f;
    ar_buffer data = AR_BUFFER_INIT;
    start(&f, &s, &other);
    assert_int_equal(web_get(&f, "/from", &data), ARTREPO_INVALID);
    assert_says(&f, "redirects more than 10 times");
    assert_int_equal(s.count, 11);
    assert_false(f.failure.retryable);
    ar_buffer_free(&data);
    stop(&f, &s, &other);
}

#define BIG ((size_t)3 << 20)

/* The body goes again, whatever it is made of; before it was sent, and after. */
static void put_sends_again(void **state) {
    (void)state;
    static const struct {
        size_t size;
        bool known, rewindable, early, foreign;
    } cases[] = {
        {10, true, false, false, false},  {10, false, false, false, true},
        {BIG, true, true, false, false},  {BIG, false, true, false, true},
        {BIG, true, true, true, true},    {BIG, false, true, true, false},
        {BIG, false, false, true, false}, /* nothing of it was taken yet */
        {0, true, false, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int status = 307; status <= 308; status++) {
            char text[32];
            snprintf(text, sizeof text, "%d Redirect", status);
            script s = {.status = text,
                        .target = cases[i].foreign ? "http://#/to" : "/to",
                        .refuse_early = cases[i].early};
            scripted_server other;
            web_fixture f;
            start(&f, &s, &other);
            web_stream stream = web_make_stream(cases[i].size, cases[i].known, cases[i].rewindable);
            if (web_put(&f, "/from", &stream) != ARTREPO_OK) {
                fail_msg("case %zu, %d: %s", i, status, f.failure.message);
            }
            assert_string_equal(s.method, "PUT");
            assert_int_equal(s.size, cases[i].size);
            assert_true(s.intact);
            assert_string_equal(s.type, "application/octet-stream");
            assert_string_equal(s.authorization, cases[i].foreign ? "" : BASIC);
            assert_int_equal(s.other_count, cases[i].foreign ? 1 : 0);
            assert_int_equal(f.object.size, cases[i].size);
            stop(&f, &s, &other);
        }
    }
}

static void put_does_not_turn_into_get(void **state) {
    (void)state;
    static const char *const statuses[] = {"301 Moved", "302 Found", "303 See Other"};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        script s = {.status = statuses[i], .target = "/to"};
        scripted_server other;
        web_fixture f;
        start(&f, &s, &other);
        web_stream stream = web_make_stream(10, true, true);
        assert_int_equal(web_put(&f, "/from", &stream), ARTREPO_INVALID);
        assert_says(&f, "/to with HTTP 30");
        assert_says(&f, "instead of storing anything");
        assert_int_equal(s.count, 1);
        stop(&f, &s, &other);
    }
}

static void put_that_was_taken_cannot_go_on(void **state) {
    (void)state;
    script s = {.status = "307 Redirect", .target = "/to"};
    scripted_server other;
    web_fixture f;
    start(&f, &s, &other);
    web_stream stream = web_make_stream(BIG, false, false);
    assert_int_equal(web_put(&f, "/from", &stream), ARTREPO_UNSUPPORTED);
    assert_says(&f, "put it into a file first");
    stop(&f, &s, &other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(get_follows_all_of_them),
        cmocka_unit_test(credentials_stay_at_home),
        cmocka_unit_test(credentials_do_not_come_back),
        cmocka_unit_test(a_refusal_elsewhere_is_explained),
        cmocka_unit_test(circles_end),
        cmocka_unit_test(put_sends_again),
        cmocka_unit_test(put_does_not_turn_into_get),
        cmocka_unit_test(put_that_was_taken_cannot_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
