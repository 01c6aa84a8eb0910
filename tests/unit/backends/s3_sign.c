/* Signature Version 4 against the examples of Amazon's documentation ("Authenticating Requests:
 * Using the Authorization Header"). */
#include "unit/support.h"

#include "s3/sign.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SCOPE                                                                                      \
    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "

static ar_s3_signed_request example(const char *method, const char *path, const char *query,
                                    const ar_s3_header *headers, size_t count,
                                    const char *payload) {
    return (ar_s3_signed_request){.method = method,
                                  .path = path,
                                  .query = query,
                                  .headers = headers,
                                  .header_count = count,
                                  .payload = payload,
                                  .time = "20130524T000000Z",
                                  .region = "us-east-1",
                                  .service = "s3",
                                  .access_key = "AKIAIOSFODNN7EXAMPLE",
                                  .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"};
}

static void assert_signed(const ar_s3_signed_request *request, const char *expected) {
    ar_s3_signer signer;
    ar_s3_signer_open(&signer);
    for (int i = 0; i < 2; i++) { /* the second time with the key that was kept */
        ar_buffer value = AR_BUFFER_INIT;
        assert_true(ar_s3_sign(&signer, request, &value));
        assert_string_equal(value.data, expected);
        ar_buffer_free(&value);
    }
    ar_s3_signer_close(&signer);
}

static void get_object(void **state) {
    (void)state;
    const ar_s3_header headers[] = {{"x-amz-date", "20130524T000000Z"},
                                    {"x-amz-content-sha256", EMPTY},
                                    {"range", "bytes=0-9"},
                                    {"host", "examplebucket.s3.amazonaws.com"}};
    ar_s3_signed_request request = example("GET", "/test.txt", "", headers, 4, EMPTY);
    assert_signed(&request,
                  SCOPE "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, Signature="
                        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    ar_buffer canonical = AR_BUFFER_INIT;
    assert_true(ar_s3_canonical_request(&request, &canonical));
    assert_string_equal(canonical.data, "GET\n/test.txt\n\n"
                                        "host:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\n"
                                        "x-amz-content-sha256:" EMPTY "\n"
                                        "x-amz-date:20130524T000000Z\n\n"
                                        "host;range;x-amz-content-sha256;x-amz-date\n" EMPTY);
    ar_buffer_free(&canonical);
}

static void put_object(void **state) {
    (void)state;
    char payload[AR_S3_SHA256_HEX];
    assert_true(ar_s3_sha256_hex("Welcome to Amazon S3.", 21, payload));
    const ar_s3_header headers[] = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                                    {"host", "examplebucket.s3.amazonaws.com"},
                                    {"x-amz-content-sha256", payload},
                                    {"x-amz-date", "20130524T000000Z"},
                                    {"x-amz-storage-class", "REDUCED_REDUNDANCY"}};
    ar_s3_signed_request request = example("PUT", "/test%24file.text", "", headers, 5, payload);
    assert_signed(&request,
                  SCOPE "SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;"
                        "x-amz-storage-class, Signature="
                        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

static void bucket_lifecycle_and_listing(void **state) {
    (void)state;
    const ar_s3_header headers[] = {{"host", "examplebucket.s3.amazonaws.com"},
                                    {"x-amz-content-sha256", EMPTY},
                                    {"x-amz-date", "20130524T000000Z"}};
    ar_s3_signed_request request = example("GET", "/", "lifecycle=", headers, 3, EMPTY);
    assert_signed(&request,
                  SCOPE "SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature="
                        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
    request = example("GET", "/", "max-keys=2&prefix=J", headers, 3, EMPTY);
    assert_signed(&request,
                  SCOPE "SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature="
                        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

static void values_are_folded(void **state) {
    (void)state;
    const ar_s3_header headers[] = {{"host", "h"}, {"content-type", "  a  b   c\t "}};
    ar_s3_signed_request request = example("GET", "/", "", headers, 2, EMPTY);
    ar_buffer canonical = AR_BUFFER_INIT;
    assert_true(ar_s3_canonical_request(&request, &canonical));
    assert_non_null(strstr(canonical.data, "\ncontent-type:a b c\nhost:h\n"));
    ar_buffer_free(&canonical);
}

/* The kept key must not outlive its day, region or secret. */
static void keys_change(void **state) {
    (void)state;
    const ar_s3_header headers[] = {{"host", "h"}};
    ar_s3_signed_request requests[4];
    for (int i = 0; i < 4; i++) {
        requests[i] = example("GET", "/", "", headers, 1, EMPTY);
    }
    requests[1].time = "20130525T000000Z";
    requests[2].region = "eu-west-1";
    requests[3].secret_key = "another";
    ar_s3_signer kept;
    ar_s3_signer_open(&kept);
    for (int i = 0; i < 8; i++) {
        ar_buffer value = AR_BUFFER_INIT, fresh_value = AR_BUFFER_INIT;
        ar_s3_signer fresh;
        ar_s3_signer_open(&fresh);
        assert_true(ar_s3_sign(&kept, &requests[i % 4], &value));
        assert_true(ar_s3_sign(&fresh, &requests[i % 4], &fresh_value));
        assert_string_equal(value.data, fresh_value.data);
        ar_s3_signer_close(&fresh);
        ar_buffer_free(&value);
        ar_buffer_free(&fresh_value);
    }
    ar_s3_signer_close(&kept);
}

static void times(void **state) {
    (void)state;
    char text[AR_S3_TIME_TEXT];
    ar_s3_time_text(1749567489, text);
    assert_string_equal(text, "20250610T145809Z");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(get_object),
        cmocka_unit_test(put_object),
        cmocka_unit_test(bucket_lifecycle_and_listing),
        cmocka_unit_test(values_are_folded),
        cmocka_unit_test(keys_change),
        cmocka_unit_test(times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
