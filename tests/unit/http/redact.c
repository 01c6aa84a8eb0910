/* What a server sends back of a request's secrets is covered before anybody reads it. */
#include "unit/support.h"

#include "http/redact.h"

static const char *redacted_answer(const ar_http_request *request, const char *body) {
    static char text[600];
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    assert_true(ar_buffer_append_text(&response.body, body));
    ar_http_redact(request, &response);
    snprintf(text, sizeof text, "%s", response.body.data);
    ar_http_response_clear(&response);
    return text;
}

static const char *redacted(const char *const *headers, size_t count, const char *body) {
    return redacted_answer(&(ar_http_request){.headers = headers, .header_count = count}, body);
}

static void test_secrets_are_covered_and_the_rest_is_not(void **state) {
    (void)state;
    static const char signature[] =
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIA1234/20250101/r/s3/aws4_request, "
        "SignedHeaders=host, Signature=0123456789abcdef";
    const char *const headers[] = {
        signature,
        "X-Amz-Security-Token: token-of-a-session",
        "x-amz-server-side-encryption-customer-key: a2V5LWtleS1rZXk=",
        "X-Api-Key: my-own-header",
        "Content-Type: application/octet-stream",
        "x-amz-date: 20250101T000000Z",
    };
    assert_string_equal(redacted(headers, 6,
                                 "sig 0123456789abcdef, token-of-a-session, a2V5LWtleS1rZXk=, "
                                 "my-own-header, application/octet-stream, 20250101T000000Z"),
                        "sig ****************, ******************, ****************, "
                        "*************, application/octet-stream, 20250101T000000Z");
}

static void test_what_a_store_says_of_headers_can_be_read(void **state) {
    (void)state;
    static const char *const headers[] = {
        "Authorization: AWS4-HMAC-SHA256 Credential=AKIA1234/20250101/r/s3/aws4_request, "
        "SignedHeaders=host;x-amz-checksum-mode, Signature=0123456789abcdef"};
    static const char words[] = "unknown header x-amz-checksum-mode; use AWS4-HMAC-SHA256";
    assert_string_equal(redacted(headers, 1, words), words);
}

static void test_each_scheme(void **state) {
    (void)state;
    static const char *const bearer[] = {"authorization: Bearer abc.def.ghi"};
    static const char *const basic[] = {"Authorization: Basic bWU6cGFzc3dvcmQ="};
    assert_string_equal(redacted(bearer, 1, "Bearer abc.def.ghi abc.def.ghi"),
                        "Bearer *********** ***********");
    assert_string_equal(redacted(basic, 1, "you sent Basic bWU6cGFzc3dvcmQ=."),
                        "you sent Basic ****************.");
}

static void test_nothing_to_cover(void **state) {
    (void)state;
    static const char *const headers[] = {"Authorization: Bearer short", "X-Empty:", "no colon"};
    assert_string_equal(redacted(headers, 3, "short, no colon"), "short, no colon");
}

static const char *redacted_form(const char *url, const char *form, const char *body) {
    static const char *const headers[] = {"content-type: application/x-www-form-urlencoded"};
    ar_http_body sent = {form, -1, 0, (int64_t)strlen(form)};
    ar_http_request request = {.url = url, .headers = headers, .header_count = 1, .body = &sent};
    return redacted_answer(&request, body);
}

/* As it was sent, decoded, and as JSON may write slashes. */
static void test_forms(void **state) {
    (void)state;
    static const char form[] =
        "grant_type=client_credentials&client_id=my-client-id&scope=read-and-write&"
        "client_secret=s3cr%2FT%20with%3Dodd&refresh_token=1%2f%2frefresh&assertion=aaaa.bbbb.cc";
    assert_string_equal(
        redacted_form("http://host/token", form,
                      "client_credentials my-client-id read-and-write s3cr%2FT%20with%3Dodd "
                      "s3cr/T with=odd s3cr\\/T with=odd 1//refresh, aaaa.bbbb.cc"),
        "client_credentials my-client-id read-and-write ********************* "
        "*************** **************** **********, ************");
    assert_string_equal(redacted_form("http://host/", "x=short&no-equals&=&y", "short no-equals"),
                        "short no-equals");
    assert_string_equal(redacted_form("http://host/", "x=%zz%2", "%zz%2"), "%zz%2");
    assert_string_equal(redacted_form("http://host/", "x=123456%zz%2", "123456%zz%2"),
                        "***********");
}

static void test_addresses(void **state) {
    (void)state;
    assert_string_equal(
        redacted_form("http://host/a?prefix=some%2Fprefix&X-Amz-Signature=0123456789abcdef&"
                      "access_token=ya29.secret%2B&sig=abc%2Fdefghi#fragment-of-it",
                      "", "some/prefix 0123456789abcdef ya29.secret+ abc/defghi fragment-of-it"),
        "some/prefix **************** ************ ********** fragment-of-it");
}

static void test_a_body_that_is_no_form(void **state) {
    (void)state;
    static const char *const headers[] = {"Content-Type: text/plain"};
    ar_http_body sent = {"x=long-enough-a-value", -1, 0, 21};
    ar_http_request request = {.headers = headers, .header_count = 1, .body = &sent};
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    assert_true(ar_buffer_append_text(&response.body, "long-enough-a-value"));
    ar_http_redact(&request, &response);
    assert_string_equal(response.body.data, "long-enough-a-value");
    ar_http_response_clear(&response);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets_are_covered_and_the_rest_is_not),
        cmocka_unit_test(test_what_a_store_says_of_headers_can_be_read),
        cmocka_unit_test(test_each_scheme),
        cmocka_unit_test(test_nothing_to_cover),
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_a_body_that_is_no_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
