#include "unit/support.h"

#include "base/clock.h"
#include "http/response.h"

static void add(ar_http_response *response, const char *line) {
    assert_true(ar_http_response_add_line(response, line, strlen(line)));
}

static void headers(void **state) {
    (void)state;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    add(&response, "HTTP/1.1 100 Continue\r\n");
    add(&response, "ETag: \"old\"\r\n");
    add(&response, "\r\n");
    add(&response, "HTTP/1.1 206 Partial Content\r\n");
    add(&response, "ETAG:   \"new\" \r\n");
    add(&response, "Content-Length: 5368709120\r\n");
    add(&response, "Date: Tue, 10 Jun 2025 14:58:09 GMT\r\n");
    add(&response, "Retry-After: 3\r\n");
    add(&response, "Empty:\r\n");
    add(&response, "\r\n");
    assert_int_equal(response.status, 206);
    assert_string_equal(ar_http_response_header(&response, "etag"), "\"new\"");
    assert_string_equal(ar_http_response_header(&response, "Empty"), "");
    assert_null(ar_http_response_header(&response, "ETa"));
    assert_null(ar_http_response_header(&response, "x-amz-request-id"));
    assert_int_equal(response.content_length, 5368709120);
    assert_int_equal(response.date_ms, INT64_C(1749567489000));
    assert_int_equal(response.retry_after_ms, 3000);
    ar_http_response_clear(&response);
    assert_int_equal(response.content_length, -1);
    assert_null(ar_http_response_header(&response, "etag"));
}

static int64_t modified(const char *value) {
    char line[128];
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    snprintf(line, sizeof line, "Last-Modified: %s\r\n", value);
    add(&response, "HTTP/1.1 200 OK\r\n");
    add(&response, line);
    add(&response, "\r\n");
    int64_t ms = ar_http_response_modified_ms(&response);
    ar_http_response_clear(&response);
    return ms;
}

static void dates(void **state) {
    (void)state;
    assert_int_equal(modified("Tue, 10 Jun 2025 14:58:09 GMT"), INT64_C(1749567489000));
    assert_int_equal(modified("yesterday"), 0);
    assert_int_equal(modified("Tue, 10 Jun 1905 14:58:09 GMT"), 0);
    assert_int_equal(modified("10 Jun 999999999 14:58:09 GMT"), 0);
    /* Times are added to dates, and subtracted from them. */
    assert_int_equal(modified("31 Dec 9999 23:59:59 GMT"), INT64_C(253402300799000));
    assert_int_equal(modified("1 Jan 10000 00:00:00 GMT"), 0);
    assert_int_equal(modified("10 Jun 292277000 14:58:09 GMT"), 0);
    ar_http_response none = AR_HTTP_RESPONSE_INIT;
    assert_int_equal(ar_http_response_modified_ms(&none), 0);
}

static int64_t retry_after(const char *value) {
    char line[128];
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    snprintf(line, sizeof line, "Retry-After: %s\r\n", value);
    add(&response, "HTTP/1.1 503 Slow Down\r\n");
    add(&response, line);
    add(&response, "\r\n");
    int64_t ms = response.retry_after_ms;
    ar_http_response_clear(&response);
    return ms;
}

static void retry_after_forms(void **state) {
    (void)state;
    assert_int_equal(retry_after("0"), 0);
    assert_int_equal(retry_after("120"), 120000);
    assert_int_equal(retry_after("99999999999999999999"), 0);
    assert_int_equal(retry_after("9999999"), 3600000); /* nobody waits longer */
    assert_int_equal(retry_after("soon"), 0);
    assert_int_equal(retry_after("-5"), 0);
    assert_int_equal(retry_after("Tue, 10 Jun 2025 14:58:09 GMT"), 0); /* it has passed */
    char date[64];
    time_t later = (time_t)(ar_clock_wall_ms() / 1000) + 60;
    struct tm parts;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&later, &parts));
    assert_in_range(retry_after(date), 50000, 61000);
}

static void strange_headers(void **state) {
    (void)state;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    add(&response, "HTTP/1.1 200 OK\r\n");
    add(&response, "Content-Length: 12 monkeys\r\n");
    add(&response, "no colon at all\r\n");
    assert_true(ar_http_response_add_line(&response, "a\0b: c\r\n", 8));
    add(&response, "\r\n");
    assert_int_equal(response.content_length, -1);
    assert_null(ar_http_response_header(&response, "b"));
    char line[1000];
    memset(line, 'x', sizeof line);
    bool taken = true;
    for (int i = 0; taken && i < 1000; i++) {
        taken = ar_http_response_add_line(&response, line, sizeof line);
    }
    assert_false(taken); /* a megabyte of headers */
    ar_http_response_clear(&response);
}

static void lengths(void **state) {
    (void)state;
    static const struct {
        const char *lines[3];
        bool contradict;
    } cases[] = {
        {{NULL}, false},
        {{"Content-Length: 1\r\n"}, false},
        {{"Content-Length: 1\r\n", "X: 2\r\n", "content-length:1\r\n"}, false},
        {{"Content-Length: 1\r\n", "Content-Length: 2\r\n"}, true},
        {{"Content-Length: 2\r\n", "X: y\r\n", "CONTENT-LENGTH: 1\r\n"}, true},
        {{"Content-Length: 1\r\n", "Content-Length: 1\r\n", "Content-Length: 01\r\n"}, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ar_http_response response = AR_HTTP_RESPONSE_INIT;
        add(&response, "HTTP/1.1 200 OK\r\n");
        for (size_t k = 0; k < 3 && cases[i].lines[k] != NULL; k++) {
            add(&response, cases[i].lines[k]);
        }
        add(&response, "\r\n");
        assert_int_equal(ar_http_response_contradicts_itself(&response), cases[i].contradict);
        ar_http_response_clear(&response);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers),           cmocka_unit_test(dates),
        cmocka_unit_test(retry_after_forms), cmocka_unit_test(strange_headers),
        cmocka_unit_test(lengths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
