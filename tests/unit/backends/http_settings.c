/* Settings: what is sent because of them, and which make no sense. */
#include "http_fixture.h"

typedef struct seen {
    char head[2048];
} seen;

static void keep_head(void *data, const scripted_request *request, scripted_reply *reply) {
    seen *s = data;
    snprintf(s->head, sizeof s->head, "%s", request->head);
    scripted_say(reply, "200 OK", "", "x");
}

static void sent(const artrepo_driver *driver, const char *settings, const char *const *there,
                 const char *const *absent) {
    seen s;
    web_fixture f;
    ar_buffer data = AR_BUFFER_INIT;
    web_start(&f, keep_head, &s);
    f.driver = driver;
    web_secret(&f, "user", "user\n");
    web_secret(&f, "password", "p:ss w\r\n");
    web_secret(&f, "empty", "\n");
    web_open(&f, settings);
    if (web_get(&f, "/x", &data) != ARTREPO_OK) {
        fail_msg("%s", f.failure.message);
    }
    for (; *there != NULL; there++) {
        if (strstr(s.head, *there) == NULL) {
            fail_msg("'%s' is not in: %s", *there, s.head);
        }
    }
    for (; *absent != NULL; absent++) {
        if (strstr(s.head, *absent) != NULL) {
            fail_msg("'%s' is in: %s", *absent, s.head);
        }
    }
    web_stop(&f);
    ar_buffer_free(&data);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NONE ((const char *const[]){NULL})
#define USER "'usernameSecret': {'name': 's', 'key': 'user'}"
#define PASSWORD "'passwordSecret': {'name': 's', 'key': 'password'}"

static void headers(void **state) {
    (void)state;
    sent(&artrepo_driver_http,
         "{'url': 'http://@/x', 'headers': [{'name': 'X-A', 'value': '1'}, {'name': 'x-a', "
         "'value': '2'}, {'name': 'X-Empty', 'value': ''}, {'name': 'Content-Length', 'value': "
         "'7'}, {'name': 'Transfer-Encoding', 'value': 'chunked'}, {'name': 'Authorization', "
         "'value': 'Bearer t'}, {'name': 'Accept-Encoding', 'value': 'br'}]}",
         LIST("\r\nX-A: 1\r\nx-a: 2\r\nX-Empty:\r\n", "\r\nAuthorization: Bearer t\r\n",
              "\r\nAccept-Encoding: br\r\n"),
         LIST("Content-Length", "Transfer-Encoding", "identity"));
    sent(&artrepo_driver_http, "{'url': 'http://@/x'}",
         LIST("\r\nAccept-Encoding: identity\r\n", "\r\nUser-Agent: "), LIST("Authorization"));
}

static void basic(void **state) {
    (void)state;
    /* user:p:ss w */
    sent(&artrepo_driver_http,
         "{'url': 'http://@/x', 'auth': {'basicAuth': {" USER ", " PASSWORD "}}, 'headers': "
         "[{'name': 'authorization', 'value': 'mine'}]}",
         LIST("\r\nAuthorization: Basic dXNlcjpwOnNzIHc=\r\n"), LIST("mine"));
    sent(&artrepo_driver_artifactory, "{'url': 'http://@/x', " USER ", " PASSWORD "}",
         LIST("\r\nAuthorization: Basic dXNlcjpwOnNzIHc=\r\n"), NONE);
    sent(&artrepo_driver_artifactory, "{'url': 'http://@/x'}", NONE, LIST("Authorization"));
    /* a%3ab:c of the URL, before settings of their own take over */
    sent(&artrepo_driver_http, "{'url': 'http://a:c%40~@/x'}",
         LIST("\r\nAuthorization: Basic YTpjQA==\r\n"), LIST("c%40"));
    sent(&artrepo_driver_http,
         "{'url': 'http://a:c~@/x', 'auth': {'basicAuth': {" USER ", " PASSWORD "}}}",
         LIST("\r\nAuthorization: Basic dXNlcjpwOnNzIHc=\r\n"), NONE);
    sent(&artrepo_driver_http,
         "{'url': 'http://@/x', 'auth': {'basicAuth': {" USER
         ", 'passwordSecret': {'name': 's', 'key': 'empty'}}}}",
         LIST("\r\nAuthorization: Basic dXNlcjo=\r\n"), NONE);
}

#define OAUTH                                                                                      \
    "{'url': 'http://h/x', 'auth': {'oauth2': {'clientIDSecret': {'name': 's', 'key': 'user'}, "   \
    "'clientSecretSecret': {'name': 's', 'key': 'user'}, 'tokenURLSecret': {'name': 's', 'key': "  \
    "'token'}, "

static void what_makes_no_sense_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *settings, *says;
        artrepo_code code;
    } cases[] = {
        {"{}", "http.url is not set", ARTREPO_INVALID},
        {"{'url': ''}", "http.url is not set", ARTREPO_INVALID},
        {"{'url': 'ftp://h/x'}", "not one of http or https", ARTREPO_INVALID},
        {"{'url': 'http:///x'}", "names no host", ARTREPO_INVALID},
        {"{'url': 'http://h/x', 'auth': {'basicAuth': {" USER "}}}",
         "http.auth.basicAuth.passwordSecret is missing", ARTREPO_INVALID},
        {"{'url': 'http://h/x', 'auth': {'basicAuth': {" PASSWORD "}}}",
         "http.auth.basicAuth.usernameSecret is missing", ARTREPO_INVALID},
        {"{'url': 'http://h/x', 'auth': {'basicAuth': {'usernameSecret': {'name': 's', 'key': "
         "'no'}, " PASSWORD "}}}",
         "put it into that file", ARTREPO_NOT_FOUND},
        {"{'url': 'http://h/x', 'auth': {'basicAuth': {'usernameSecret': {'name': 's', 'key': "
         "'colon'}, " PASSWORD "}}}",
         "has a ':' in it", ARTREPO_INVALID},
        {"{'url': 'http://h/x', 'auth': {'oauth2': {'clientIDSecret': {'name': 's', 'key': "
         "'user'}}}}",
         "http.auth.oauth2.clientSecretSecret is missing", ARTREPO_INVALID},
        {"{'url': 'http://h/x', 'auth': {'oauth2': {'clientIDSecret': {'name': 's', 'key': "
         "'user'}, 'clientSecretSecret': {'name': 's', 'key': 'user'}, 'tokenURLSecret': {'name': "
         "'s', 'key': 'user'}}}}",
         "tokenURLSecret is no address", ARTREPO_INVALID},
        {"{'url': 'http://h/x', 'auth': {'oauth2': {'clientIDSecret': {'name': 's', 'key': "
         "'no'}, 'clientSecretSecret': {'name': 's', 'key': 'user'}, 'tokenURLSecret': {'name': "
         "'s', 'key': 'token'}}}}",
         "put it into that file", ARTREPO_NOT_FOUND},
        {OAUTH "'endpointParams': [{'value': 'x'}]}}}", "endpointParams: one has no key",
         ARTREPO_INVALID},
        {OAUTH "'scopes': ['a'], 'endpointParams': [{'key': 'scope', 'value': 'b'}]}}}",
         "has scopes, and scope as an endpointParam; keep one", ARTREPO_INVALID},
        {"{'url': 'http://h/x', 'auth': {'basicAuth': {" USER ", 'passwordSecret': {'name': 's', "
         "'key': 'zero'}}}}",
         "the secret of http.auth.basicAuth.passwordSecret has a zero byte in it", ARTREPO_INVALID},
        {"{'url': 'http://h/x', 'headers': [{'name': 'a b', 'value': 'x'}]}",
         "'a b' is no name of a header", ARTREPO_INVALID},
        {"{'url': 'http://h/x', 'headers': [{'value': 'x'}]}", "is no name of a header",
         ARTREPO_INVALID},
        {"{'url': 'http://h/x', 'headers': [{'name': 'A', 'value': 'x\\r\\nB: y'}]}",
         "a line's end", ARTREPO_INVALID},
        {"{'url': 'http://h/x', 'spoolLimitMiB': 'much'}", "'much' is no number of MiB",
         ARTREPO_INVALID},
        {"{'url': 'http://h/x', 'spoolLimitMiB': -1}", "'-1' is no number of MiB", ARTREPO_INVALID},
        {"{'url': 'http://h/x', 'caSecret': {'name': 's', 'key': 'no'}}", "put it into that file",
         ARTREPO_NOT_FOUND},
    };
    web_fixture f;
    seen s;
    web_start(&f, keep_head, &s);
    web_secret(&f, "user", "user");
    web_secret(&f, "password", "password");
    web_secret(&f, "colon", "a:b");
    web_secret(&f, "token", "https://h/token");
    web_secret(&f, "zero", "");
    char path[128];
    snprintf(path, sizeof path, "%s/s/zero", f.secrets);
    write_file(path, "a\0b", 3, 0600);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        artrepo_code code = web_try_open(&f, cases[i].settings);
        if (code != cases[i].code) {
            fail_msg("%s: %d, %s", cases[i].settings, (int)code, f.failure.message);
        }
        assert_says(&f, cases[i].says);
    }
    web_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),
        cmocka_unit_test(basic),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
