/* What comes of it when libcurl has no memory. The linker sends these calls here (--wrap); which of
 * them fails is up to each test. */
#include "unit/http/scripted_server.h"

#include <curl/curl.h>

#include "http/client.h"

static CURLoption failing; /* 0: none */
static int failing_action; /* which call from now on, from 1 */
static int cleanups;

/* All values have one size here. */
#undef curl_easy_setopt
CURLcode __real_curl_easy_setopt(CURL *curl, CURLoption option, ...);
CURLcode __wrap_curl_easy_setopt(CURL *curl, CURLoption option, ...);
CURLcode __wrap_curl_easy_setopt(CURL *curl, CURLoption option, ...) {
    va_list values;
    va_start(values, option);
    void *value = va_arg(values, void *);
    va_end(values);
    return option == failing && value != NULL ? CURLE_OUT_OF_MEMORY
                                              : __real_curl_easy_setopt(curl, option, value);
}

CURLMcode __real_curl_multi_socket_action(CURLM *multi, curl_socket_t socket, int bits, int *left);
CURLMcode __wrap_curl_multi_socket_action(CURLM *multi, curl_socket_t socket, int bits, int *left);
CURLMcode __wrap_curl_multi_socket_action(CURLM *multi, curl_socket_t socket, int bits, int *left) {
    bool fails = failing_action > 0 && --failing_action == 0;
    return fails ? CURLM_OUT_OF_MEMORY : __real_curl_multi_socket_action(multi, socket, bits, left);
}

CURLMcode __real_curl_multi_cleanup(CURLM *multi);
CURLMcode __wrap_curl_multi_cleanup(CURLM *multi);
CURLMcode __wrap_curl_multi_cleanup(CURLM *multi) {
    cleanups++;
    return __real_curl_multi_cleanup(multi);
}

static void answer(void *data, const scripted_request *request, scripted_reply *reply) {
    (void)data;
    (void)request;
    scripted_say(reply, "200 OK", "", "as you like");
}

/* ---- options ---- */

/* With OPTION refused, nothing must reach the server; without that, the request does. */
static void assert_held_back(const ar_http_options *options, const char *method,
                             CURLoption option) {
    scripted_server server;
    ar_http_client *client = NULL;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_error error = ARTREPO_ERROR_INIT;
    char url[64];
    scripted_start(&server, answer, NULL);
    snprintf(url, sizeof url, "http://%s/k", server.address);
    const ar_http_request request = {.method = method, .url = url};
    assert_int_equal(ar_http_client_open(options, &client, &error), ARTREPO_OK);

    failing = option;
    assert_int_equal(ar_http_client_send(client, &request, &response, NULL, &error),
                     ARTREPO_INTERNAL);
    failing = 0;
    assert_non_null(strstr(error.message, "no memory for a request"));
    assert_int_equal(response.failure, AR_HTTP_LOCAL);
    assert_int_equal(server.requests, 0);

    assert_int_equal(ar_http_client_send(client, &request, &response, NULL, &error), ARTREPO_OK);
    assert_int_equal(response.status, 200);
    assert_int_equal(server.requests, 1);
    ar_http_response_clear(&response);
    ar_http_client_close(client);
    scripted_stop(&server);
}

/* It would be a GET, and to whoever asked to remove an object that would go well. */
static void no_request_without_its_method(void **state) {
    (void)state;
    const ar_http_options options = {.stall_timeout_s = 2};
    assert_held_back(&options, "DELETE", CURLOPT_CUSTOMREQUEST);
}

static void no_request_past_its_server(void **state) {
    (void)state;
    const ar_http_options direct = {.stall_timeout_s = 2, .direct = true};
    assert_held_back(&direct, "GET", CURLOPT_PROXY);
    assert_held_back(&direct, "GET", CURLOPT_USERAGENT);
    assert_held_back(&direct, "GET", CURLOPT_URL);
}

static void no_request_without_its_certificates(void **state) {
    (void)state;
    static const char pem[] = "-----BEGIN CERTIFICATE-----\n"; /* is not looked at in plain HTTP */
    const ar_http_options options = {.stall_timeout_s = 2,
                                     .ca_pem = pem,
                                     .ca_pem_size = sizeof pem - 1,
                                     .certificate_pem = pem,
                                     .certificate_pem_size = sizeof pem - 1,
                                     .key_pem = pem,
                                     .key_pem_size = sizeof pem - 1};
    assert_held_back(&options, "GET", CURLOPT_CAINFO_BLOB);
    assert_held_back(&options, "GET", CURLOPT_SSLCERT_BLOB);
    assert_held_back(&options, "GET", CURLOPT_SSLKEY_BLOB);
}

/* ---- running ---- */

/* Libcurl 7.88 divides by zero when it runs anything after that. */
static void nothing_runs_on_after_a_failure(void **state) {
    (void)state;
    scripted_server server;
    const ar_http_options options = {.stall_timeout_s = 2};
    ar_http_client *client = NULL;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    char url[64];
    scripted_start(&server, answer, NULL);
    snprintf(url, sizeof url, "http://%s/k", server.address);
    const ar_http_request request = {.method = "GET", .url = url};
    assert_ok(ar_http_client_open(&options, &client, error));
    for (int call = 1; call <= 3; call++) {
        cleanups = 0;
        failing_action = call;
        artrepo_code code = ar_http_client_send(client, &request, &response, NULL, &failure);
        if (failing_action > 0) { /* there were not so many calls */
            failing_action = 0;
            continue;
        }
        assert_int_equal(code, ARTREPO_INTERNAL);
        assert_non_null(strstr(failure.message, "no memory for a request to 127.0.0.1"));
        assert_int_equal(cleanups, 1);
        assert_ok(ar_http_client_send(client, &request, &response, NULL, error));
        assert_int_equal(cleanups, 1);
    }
    ar_http_response_clear(&response);
    ar_http_client_close(client);
    scripted_stop(&server);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_request_without_its_method),
        cmocka_unit_test(no_request_past_its_server),
        cmocka_unit_test(no_request_without_its_certificates),
        cmocka_unit_test(nothing_runs_on_after_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
