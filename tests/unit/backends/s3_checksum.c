#include "unit/support.h"

#include "s3/checksum.h"

static const ar_s3_checksum_kind kinds[] = {AR_S3_CHECKSUM_CRC32, AR_S3_CHECKSUM_CRC32C,
                                            AR_S3_CHECKSUM_CRC64NVME};

/* The check values of the catalogue of parametrised CRC algorithms. */
static void known_values(void **state) {
    (void)state;
    static const uint64_t expected[] = {0xcbf43926, 0xe3069283, 0xae8b14860a799888};
    static const char *const texts[] = {"y/Q5Jg==", "4waSgw==", "rosUhgp5mIg="};
    for (int i = 0; i < 3; i++) {
        char text[AR_S3_CHECKSUM_TEXT];
        uint64_t crc = ar_s3_checksum_update(kinds[i], 0, "123456789", 9);
        assert_int_equal(crc, expected[i]);
        ar_s3_checksum_text(kinds[i], crc, text);
        assert_string_equal(text, texts[i]);
    }
}

/* Any cut into parts, in any order, gives what one pass gives. */
static void parts_make_the_whole(void **state) {
    (void)state;
    enum { SIZE = 300001 };
    static const size_t cuts[] = {0, 1, 8, 9, 73, 200, 264, 4096, 131072, 131079, 300000, SIZE};
    unsigned char *data = malloc(SIZE);
    fill_random(data, SIZE, 5);
    for (int i = 0; i < 3; i++) {
        uint64_t whole = ar_s3_checksum_update(kinds[i], 0, data, SIZE);
        uint64_t combined = 0;
        uint64_t chained = 0;
        for (size_t cut = sizeof cuts / sizeof *cuts - 1; cut > 0; cut--) {
            size_t size = cuts[cut] - cuts[cut - 1];
            uint64_t part = ar_s3_checksum_update(kinds[i], 0, data + cuts[cut - 1], size);
            combined ^= ar_s3_checksum_shift(kinds[i], part, (int64_t)(SIZE - cuts[cut]));
        }
        for (size_t cut = 1; cut < sizeof cuts / sizeof *cuts; cut++) {
            chained = ar_s3_checksum_update(kinds[i], chained, data + cuts[cut - 1],
                                            cuts[cut] - cuts[cut - 1]);
        }
        assert_int_equal(combined, whole);
        assert_int_equal(chained, whole);
    }
    free(data);
}

/* Bit by bit, against whatever way is taken for lengths up to several blocks. */
static void every_short_length(void **state) {
    (void)state;
    unsigned char data[400];
    fill_random(data, sizeof data, 7);
    uint64_t crc = UINT64_MAX;
    for (size_t size = 0; size <= sizeof data; size++) {
        assert_int_equal(ar_s3_checksum_update(AR_S3_CHECKSUM_CRC64NVME, 0, data, size), ~crc);
        crc ^= size < sizeof data ? data[size] : 0;
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? (crc >> 1) ^ UINT64_C(0x9a6c9329ac4bc9b5) : crc >> 1;
        }
    }
}

static void answer(ar_http_response *response, const char *first, const char *second) {
    ar_http_response_clear(response);
    assert_true(ar_http_response_add_line(response, "HTTP/1.1 200 OK", 15));
    assert_true(ar_http_response_add_line(response, first, strlen(first)));
    assert_true(ar_http_response_add_line(response, second, strlen(second)));
}

static void what_headers_say(void **state) {
    (void)state;
    char text[AR_S3_CHECKSUM_TEXT];
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    answer(&response, "X-Amz-Checksum-Crc32c: 4waSgw==", "x: y");
    assert_int_equal(ar_s3_checksum_of_headers(&response, text), AR_S3_CHECKSUM_CRC32C);
    assert_string_equal(text, "4waSgw==");
    answer(&response, "x-amz-checksum-crc64nvme: rosUhgp5mIg=", "x-amz-checksum-type: FULL_OBJECT");
    assert_int_equal(ar_s3_checksum_of_headers(&response, text), AR_S3_CHECKSUM_CRC64NVME);
    answer(&response, "x-amz-checksum-crc32: y/Q5Jg==", "x-amz-checksum-type: COMPOSITE");
    assert_int_equal(ar_s3_checksum_of_headers(&response, text), AR_S3_CHECKSUM_NONE);
    answer(&response, "x-amz-checksum-crc32c: 4waSgw==-3", "x: y");
    assert_int_equal(ar_s3_checksum_of_headers(&response, text), AR_S3_CHECKSUM_NONE);
    answer(&response, "x-amz-checksum-sha256: abc", "x: y");
    assert_int_equal(ar_s3_checksum_of_headers(&response, text), AR_S3_CHECKSUM_NONE);
    ar_http_response_clear(&response);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_values),
        cmocka_unit_test(parts_make_the_whole),
        cmocka_unit_test(every_short_length),
        cmocka_unit_test(what_headers_say),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
