/* Tokens of OAuth 2.0 by client credentials, from a server that plays the endpoint of RFC 6749. */
#include "http_fixture.h"

typedef struct script {
    bool header_refused; /* takes the client in the form alone */
    bool all_refused;
    bool expires_soon;
    bool always_401; /* at the object */
    int tokens, gets, puts;
    char authorization[256]; /* of the last request for a token */
    char form[1024];
    char used[128]; /* of the last request for the object */
    bool intact;
    const char *answer; /* of the token endpoint instead; NULL: a token */
    char valid[32];     /* the token that the object takes; "": the latest */
    bool keep_valid;
    pthread_mutex_t mutex;
} script;

static void give_token(script *s, const scripted_request *request, scripted_reply *reply) {
    char value[1024], json[256];
    snprintf(s->authorization, sizeof s->authorization, "%.255s",
             scripted_header(request->head, "Authorization", value));
    snprintf(s->form, sizeof s->form, "%.*s", (int)request->body_size, request->body);
    s->tokens++;
    if (s->answer != NULL) {
        scripted_say(reply, "200 OK", "", s->answer);
    } else if (s->all_refused || (s->header_refused && s->authorization[0] != '\0')) {
        scripted_say(reply, "401 Unauthorized", "",
                     "{\"error\":\"invalid_client\",\"error_description\":\"unknown one\"}");
    } else {
        if (!s->keep_valid) {
            snprintf(s->valid, sizeof s->valid, "token-%d", s->tokens);
        }
        snprintf(json, sizeof json,
                 "{\"access_token\":\"token-%d\",\"token_type\":\"bearer\",\"expires_in\":%d}",
                 s->tokens, s->expires_soon ? 1 : 3600);
        scripted_say(reply, "200 OK", "Content-Type: application/json\r\n", json);
    }
}

static void serve(void *data, const scripted_request *request, scripted_reply *reply) {
    script *s = data;
    char value[1024], wanted[64];
    pthread_mutex_lock(&s->mutex);
    if (web_is(request, "POST /token HTTP/1.1")) {
        give_token(s, request, reply);
    } else {
        snprintf(s->used, sizeof s->used, "%.127s",
                 scripted_header(request->head, "Authorization", value));
        snprintf(wanted, sizeof wanted, "Bearer %s", s->valid);
        bool put = web_is(request, "PUT ");
        s->gets += put ? 0 : 1;
        s->puts += put ? 1 : 0;
        s->intact = web_is_stream(request->body, request->body_size, request->body_size);
        if (s->always_401 || strcmp(s->used, wanted) != 0) {
            scripted_say(reply, "401 Unauthorized", "WWW-Authenticate: Bearer\r\n", "");
        } else {
            scripted_say(reply, put ? "201 Created" : "200 OK", "ETag: \"e\"\r\n", "data");
        }
    }
    pthread_mutex_unlock(&s->mutex);
}

#define CLIENT                                                                                     \
    "'clientIDSecret': {'name': 's', 'key': 'id'}, 'clientSecretSecret': {'name': 's', 'key': "    \
    "'secret'}, 'tokenURLSecret': {'name': 's', 'key': 'url'}"
#define SETTINGS(more) "{'url': 'http://@/x', 'auth': {'oauth2': {" CLIENT more "}}}"

static void start(web_fixture *f, script *s, const char *settings) {
    char url[64];
    pthread_mutex_init(&s->mutex, NULL);
    web_start(f, serve, s);
    snprintf(url, sizeof url, "http://%s/token\n", f->server.address);
    web_secret(f, "id", "my id\n");
    web_secret(f, "secret", "s&cret/:");
    web_secret(f, "url", url);
    web_open(f, settings);
}

static void stop(web_fixture *f, script *s) {
    web_stop(f);
    pthread_mutex_destroy(&s->mutex);
}

static void tokens_are_fetched_once(void **state) {
    (void)state;
    script s = {.tokens = 0};
    web_fixture f;
    ar_buffer data = AR_BUFFER_INIT;
    start(&f, &s,
          SETTINGS(", 'scopes': ['a', 'b c'], 'endpointParams': [{'key': 'audience', 'value': "
                   "'https://x/?y'}, {'key': 'k&y', 'value': 'v'}]"));
    for (int i = 0; i < 3; i++) {
        if (web_get(&f, "/x", &data) != ARTREPO_OK) {
            fail_msg("%s", f.failure.message);
        }
        assert_string_equal(data.data, "data");
    }
    assert_int_equal(s.tokens, 1);
    assert_string_equal(s.used, "Bearer token-1");
    /* my%20id:s%26cret%2F%3A */
    assert_string_equal(s.authorization, "Basic bXklMjBpZDpzJTI2Y3JldCUyRiUzQQ==");
    assert_string_equal(s.form, "grant_type=client_credentials&scope=a%20b%20c&audience="
                                "https%3A%2F%2Fx%2F%3Fy&k%26y=v");
    ar_buffer_free(&data);
    stop(&f, &s);
}

static void the_client_may_stand_in_the_form(void **state) {
    (void)state;
    script s = {.header_refused = true, .expires_soon = true};
    web_fixture f;
    ar_buffer data = AR_BUFFER_INIT;
    start(&f, &s, SETTINGS(", 'endpointParams': [{'key': 'grant_type', 'value': 'other'}]"));
    assert_int_equal(web_get(&f, "/x", &data), ARTREPO_OK);
    assert_int_equal(s.tokens, 2);
    assert_string_equal(s.authorization, "");
    assert_string_equal(s.form, "grant_type=other&client_id=my%20id&client_secret=s%26cret%2F%3A");
    usleep(1100 * 1000); /* it has ended; the next one is asked for in that way at once */
    assert_int_equal(web_get(&f, "/x", &data), ARTREPO_OK);
    assert_int_equal(s.tokens, 3);
    ar_buffer_free(&data);
    stop(&f, &s);
}

static void refused_tokens_are_replaced(void **state) {
    (void)state;
    script s = {.tokens = 0};
    web_fixture f;
    ar_buffer data = AR_BUFFER_INIT;
    start(&f, &s, SETTINGS(""));
    assert_int_equal(web_get(&f, "/x", &data), ARTREPO_OK);
    snprintf(s.valid, sizeof s.valid, "revoked");
    assert_int_equal(web_get(&f, "/x", &data), ARTREPO_OK);
    assert_string_equal(s.used, "Bearer token-2");
    snprintf(s.valid, sizeof s.valid, "revoked");
    web_stream stream = web_make_stream((size_t)3 << 20, false, true);
    assert_int_equal(web_put(&f, "/x", &stream), ARTREPO_OK);
    assert_int_equal(s.puts, 2);
    assert_true(s.intact);
    s.always_401 = true;
    s.gets = 0;
    assert_int_equal(web_get(&f, "/x", &data), ARTREPO_ACCESS_DENIED);
    assert_says(&f, "the token of auth.oauth2 is not accepted");
    assert_int_equal(s.gets, 2);
    ar_buffer_free(&data);
    stop(&f, &s);
}

static void refusals_are_told(void **state) {
    (void)state;
    script s = {.all_refused = true};
    web_fixture f;
    ar_buffer data = AR_BUFFER_INIT;
    start(&f, &s, SETTINGS(""));
    assert_int_equal(web_get(&f, "/x", &data), ARTREPO_ACCESS_DENIED);
    assert_says(&f, "invalid_client: unknown one");
    assert_says(&f, "check clientIDSecret");
    assert_says(&f, "/token");
    assert_null(strstr(f.failure.message, "s&cret"));
    assert_int_equal(s.gets, 0);
    s.all_refused = false;
    s.answer = "<html>login</html>";
    assert_int_not_equal(web_get(&f, "/x", &data), ARTREPO_OK);
    assert_says(&f, "no JSON object");
    s.answer = "{\"access_token\":\"x\\r\\nY: z\"}";
    assert_int_not_equal(web_get(&f, "/x", &data), ARTREPO_OK);
    assert_int_equal(s.gets, 0);
    ar_buffer_free(&data);
    stop(&f, &s);
}

typedef struct reader {
    web_fixture *f;
    artrepo_code code;
} reader;

static void *read_often(void *argument) {
    reader *r = argument;
    for (int i = 0; i < 10 && r->code == ARTREPO_OK; i++) {
        artrepo_object object;
        r->code = r->f->driver->stat(r->f->state, "/x", &object, r->f->operation, NULL);
    }
    return NULL;
}

static void threads_share_a_token(void **state) {
    (void)state;
    script s = {.tokens = 0};
    web_fixture f;
    pthread_t threads[8];
    reader readers[8];
    start(&f, &s, SETTINGS(""));
    for (int i = 0; i < 8; i++) {
        readers[i] = (reader){&f, ARTREPO_OK};
        pthread_create(&threads[i], NULL, read_often, &readers[i]);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(readers[i].code, ARTREPO_OK);
    }
    assert_int_equal(s.tokens, 1);
    assert_int_equal(s.gets, 80);
    stop(&f, &s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_fetched_once),
        cmocka_unit_test(the_client_may_stand_in_the_form),
        cmocka_unit_test(refused_tokens_are_replaced),
        cmocka_unit_test(refusals_are_told),
        cmocka_unit_test(threads_share_a_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
