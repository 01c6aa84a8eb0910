/* What S3 says of the checksum of an object. */
#include "unit/support.h"

#include "s3/object.h"

static void answer(ar_http_response *response, const char *first, const char *second) {
    ar_http_response_clear(response);
    assert_true(ar_http_response_add_line(response, "HTTP/1.1 200 OK", 15));
    assert_true(ar_http_response_add_line(response, first, strlen(first)));
    assert_true(ar_http_response_add_line(response, second, strlen(second)));
}

static void what_headers_say(void **state) {
    (void)state;
    char text[AR_CHECKSUM_TEXT];
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    answer(&response, "X-Amz-Checksum-Crc32c: 4waSgw==", "x: y");
    assert_int_equal(ar_s3_checksum_of_headers(&response, text), AR_CHECKSUM_CRC32C);
    assert_string_equal(text, "4waSgw==");
    answer(&response, "x-amz-checksum-crc64nvme: rosUhgp5mIg=", "x-amz-checksum-type: FULL_OBJECT");
    assert_int_equal(ar_s3_checksum_of_headers(&response, text), AR_CHECKSUM_CRC64NVME);
    answer(&response, "x-amz-checksum-crc32: y/Q5Jg==", "x-amz-checksum-type: COMPOSITE");
    assert_int_equal(ar_s3_checksum_of_headers(&response, text), AR_CHECKSUM_NONE);
    answer(&response, "x-amz-checksum-crc32c: 4waSgw==-3", "x: y");
    assert_int_equal(ar_s3_checksum_of_headers(&response, text), AR_CHECKSUM_NONE);
    answer(&response, "x-amz-checksum-sha256: abc", "x: y");
    assert_int_equal(ar_s3_checksum_of_headers(&response, text), AR_CHECKSUM_NONE);
    ar_http_response_clear(&response);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_headers_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
