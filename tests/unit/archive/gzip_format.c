#include "unit/support.h"

#include "archive/gzip_format.h"

static void test_markers_carry_any_size(void **state) {
    (void)state;
    const uint32_t sizes[] = {0, 1, 31, 32, 524288, 0x7fffffff, 0xffffffff};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char marker[AR_GZIP_MARKER_SIZE];
        uint32_t size;
        ar_gzip_write_marker(marker, sizes[i]);
        assert_true(ar_gzip_read_marker(marker, &size));
        assert_int_equal(size, sizes[i]);
    }
}

static void test_a_changed_marker_is_none(void **state) {
    (void)state;
    uint32_t size;
    for (size_t i = 0; i < AR_GZIP_MARKER_SIZE; i++) {
        unsigned char marker[AR_GZIP_MARKER_SIZE];
        ar_gzip_write_marker(marker, 12345);
        marker[i] ^= 1;
        assert_false(ar_gzip_read_marker(marker, &size));
    }
    unsigned char marker[AR_GZIP_MARKER_SIZE];
    ar_gzip_write_marker(marker, 0xffffffff);
    marker[30] = 31 << 3; /* 35 bits are more than a size */
    assert_false(ar_gzip_read_marker(marker, &size));
}

static void test_headers_are_told_from_others(void **state) {
    (void)state;
    unsigned char header[AR_GZIP_HEADER_SIZE];
    unsigned log2;
    ar_gzip_write_header(header, 19);
    assert_true(ar_gzip_read_header(header, sizeof header, &log2));
    assert_int_equal(log2, 19);
    assert_false(ar_gzip_read_header(header, sizeof header - 1, &log2));
    header[12] = 'B';
    assert_false(ar_gzip_read_header(header, sizeof header, &log2));
    ar_gzip_write_header(header, 63);
    assert_false(ar_gzip_read_header(header, sizeof header, &log2));
}

static void test_trailers_are_checked(void **state) {
    (void)state;
    unsigned char trailer[AR_GZIP_TRAILER_SIZE];
    ar_gzip_write_trailer(trailer, 0x12345678, 0x100000002);
    assert_true(ar_gzip_check_trailer(trailer, 0x12345678, 2)); /* sizes are kept modulo 2^32 */
    assert_false(ar_gzip_check_trailer(trailer, 0x12345679, 2));
    assert_false(ar_gzip_check_trailer(trailer, 0x12345678, 3));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_markers_carry_any_size),
        cmocka_unit_test(test_a_changed_marker_is_none),
        cmocka_unit_test(test_headers_are_told_from_others),
        cmocka_unit_test(test_trailers_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
