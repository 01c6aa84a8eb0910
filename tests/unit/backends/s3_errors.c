/* What the store's answers become. */
#include "unit/support.h"

#include "s3/request.h"

static artrepo_error error_of(int status, const char *method, const char *body) {
    char line[64];
    char bucket[] = "b", endpoint[] = "http://h";
    ar_s3 s3 = {.config = {.bucket = bucket}, .endpoint = endpoint};
    ar_s3_request request = {.verb = "get", .method = method, .key = "k"};
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    snprintf(line, sizeof line, "HTTP/1.1 %d X\r\n", status);
    assert_true(ar_http_response_add_line(&response, line, strlen(line)));
    assert_true(ar_http_response_add_line(&response, "Retry-After: 2\r\n", 16));
    assert_true(ar_http_response_add_line(&response, "x-amz-request-id: ID1\r\n", 23));
    assert_true(ar_http_response_add_line(&response, "\r\n", 2));
    assert_true(ar_buffer_append_text(&response.body, body));
    artrepo_code code = ar_s3_error_of_answer(&s3, &request, &response, &failure);
    assert_int_equal(code, failure.code);
    assert_int_equal(failure.http_status, status);
    assert_non_null(strstr(failure.message, "get 'k' in bucket 'b' at http://h"));
    ar_http_response_clear(&response);
    return failure;
}

static artrepo_error error_of_code(int status, const char *code) {
    char body[512];
    snprintf(body, sizeof body,
             "<?xml version=\"1.0\"?><Error><Code>%s</Code><Message>The &amp; words</Message>"
             "<RequestId>ID2</RequestId></Error>",
             code);
    artrepo_error failure = error_of(status, "GET", body);
    assert_string_equal(failure.store_code, code);
    assert_string_equal(failure.request_id, "ID2");
    assert_int_equal(failure.retry_after_ms, 2000);
    return failure;
}

static void codes(void **state) {
    (void)state;
    static const struct {
        int status;
        const char *code;
        artrepo_code expected;
        bool retryable;
        const char *words;
    } cases[] = {
        {404, "NoSuchKey", ARTREPO_NOT_FOUND, false, "no object 'k' in bucket 'b'"},
        {404, "NoSuchBucket", ARTREPO_INVALID, false,
         "bucket 'b' does not exist at http://h; create it or set createBucketIfNotPresent"},
        {403, "AccessDenied", ARTREPO_ACCESS_DENIED, false, "The & words"},
        {403, "InvalidAccessKeyId", ARTREPO_ACCESS_DENIED, false, "check the access key"},
        {404, "XAdminUserNotFound", ARTREPO_ACCESS_DENIED, false, "check the access key"},
        {403, "SignatureDoesNotMatch", ARTREPO_ACCESS_DENIED, false, "check the secret key"},
        {400, "ExpiredToken", ARTREPO_ACCESS_DENIED, false, "renew"},
        {403, "SomethingNew", ARTREPO_ACCESS_DENIED, false, "SomethingNew"},
        {400, "SomethingNew", ARTREPO_INVALID, false, "SomethingNew"},
        {400, "RequestError", ARTREPO_TRANSIENT, true, ""},
        {400, "RequestTimeout", ARTREPO_TRANSIENT, true, ""},
        {400, "Throttling", ARTREPO_TRANSIENT, true, ""},
        {400, "ThrottlingException", ARTREPO_TRANSIENT, true, ""},
        {400, "RequestLimitExceeded", ARTREPO_TRANSIENT, true, ""},
        {400, "RequestThrottled", ARTREPO_TRANSIENT, true, ""},
        {500, "InternalError", ARTREPO_TRANSIENT, true, ""},
        {200, "InternalError", ARTREPO_TRANSIENT, true, ""},
        {503, "SlowDown", ARTREPO_TRANSIENT, true, "HTTP 503"},
        {503, "ServiceUnavailable", ARTREPO_TRANSIENT, true, ""},
        {503, "SomethingNew", ARTREPO_TRANSIENT, true, ""},
        {429, "SomethingNew", ARTREPO_TRANSIENT, true, ""},
        {501, "NotImplemented", ARTREPO_UNSUPPORTED, false, ""},
        {405, "SomethingNew", ARTREPO_UNSUPPORTED, false, "HTTP 405"},
        {501, "SomethingNew", ARTREPO_UNSUPPORTED, false, "HTTP 501"},
        {412, "SomethingNew", ARTREPO_IO, false, "replaced while it was read"},
        {507, "SomethingNew", ARTREPO_IO, false, "free some space in the store"},
        {412, "PreconditionFailed", ARTREPO_IO, false, "replaced while it was read"},
        {400, "BadDigest", ARTREPO_IO, true, "damaged on the way"},
        {400, "KeyTooLongError", ARTREPO_INVALID, false, "shorter key"},
        {404, "kms:KeyNotFound", ARTREPO_INVALID, false, "check kmsKeyId"},
        {400, "KMS.NotFoundException", ARTREPO_INVALID, false, "check kmsKeyId"},
        {500, "KMS.InternalException", ARTREPO_TRANSIENT, true, ""},
        {301, "PermanentRedirect", ARTREPO_INVALID, false, "check the endpoint and the region"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        artrepo_error failure = error_of_code(cases[i].status, cases[i].code);
        if (failure.code != cases[i].expected || failure.retryable != cases[i].retryable ||
            strstr(failure.message, cases[i].words) == NULL) {
            fail_msg("%s: %s, %d: %s", cases[i].code, artrepo_code_name(failure.code),
                     failure.retryable, failure.message);
        }
    }
}

static void strangers(void **state) {
    (void)state;
    artrepo_error failure = error_of(404, "GET", "<html><body>nginx</body></html>");
    assert_int_equal(failure.code, ARTREPO_NOT_FOUND);
    assert_non_null(strstr(failure.message, "no answer of an S3 store: <html>"));
    assert_string_equal(failure.request_id, "ID1");
    failure = error_of(502, "GET", "Bad Gateway");
    assert_true(failure.retryable);
    failure = error_of(400, "GET", "Client sent an HTTP request to an HTTPS server.\n");
    assert_int_equal(failure.code, ARTREPO_INVALID);
    assert_non_null(strstr(failure.message, "remove insecure: true"));
    failure = error_of(404, "HEAD", "");
    assert_non_null(strstr(failure.message, "no object 'k' in bucket 'b'"));
    failure = error_of(500, "GET", "<!DOCTYPE x [<!ENTITY y 'z'>]><Error><Code>&y;</Code></Error>");
    assert_string_equal(failure.store_code, "");
    failure = error_of(403, "GET", "line one\nforged=\"line\"\x1b[31m");
    assert_null(strchr(failure.message, '\n'));
    assert_null(strchr(failure.message, '\x1b'));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(codes), cmocka_unit_test(strangers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
