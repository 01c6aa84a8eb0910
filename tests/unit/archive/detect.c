#include "unit/support.h"

#include <libdeflate.h>
#include <zstd.h>

#include "archive/detect.h"
#include "archive/tar_header.h"

static size_t make_tar(unsigned char *out) {
    ar_buffer tar = AR_BUFFER_INIT;
    ar_tar_entry entry = {.name = "file", .type = '0', .mode = 0644, .size = 0};
    assert_true(ar_tar_header_append(&tar, &entry));
    memcpy(out, tar.data, tar.size);
    size_t size = tar.size;
    ar_buffer_free(&tar);
    return size;
}

static size_t make_gzip(const unsigned char *data, size_t size, unsigned char *out) {
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    size_t result = libdeflate_gzip_compress(compressor, data, size, out, 4096);
    libdeflate_free_compressor(compressor);
    return result;
}

static void test_formats(void **state) {
    (void)state;
    unsigned char tar[AR_TAR_BLOCK];
    size_t size = make_tar(tar);
    assert_int_equal(ar_detect_format(tar, size), AR_STREAM_TAR);
    assert_int_equal(ar_detect_format(tar, size - 1), AR_STREAM_UNKNOWN);
    tar[0] ^= 1;
    assert_int_equal(ar_detect_format(tar, size), AR_STREAM_UNKNOWN);
    assert_int_equal(ar_detect_format((const unsigned char *)"\x1f\x8b\x08", 3), AR_STREAM_GZIP);
    assert_int_equal(ar_detect_format((const unsigned char *)"\x28\xb5\x2f\xfd", 4),
                     AR_STREAM_ZSTD);
    assert_int_equal(ar_detect_format((const unsigned char *)"\x5a\x2a\x4d\x18", 4),
                     AR_STREAM_ZSTD);
    assert_int_equal(ar_detect_format((const unsigned char *)"PK\x03\x04", 4), AR_STREAM_ZIP);
    assert_int_equal(ar_detect_format((const unsigned char *)"PK\x05\x06", 4), AR_STREAM_ZIP);
    assert_int_equal(ar_detect_format((const unsigned char *)"", 0), AR_STREAM_UNKNOWN);
    assert_int_equal(ar_detect_format((const unsigned char *)"\x1f", 1), AR_STREAM_UNKNOWN);
}

static void test_compressed_tar(void **state) {
    (void)state;
    unsigned char tar[AR_TAR_BLOCK];
    unsigned char zip[4096];
    make_tar(tar);
    size_t size = make_gzip(tar, sizeof tar, zip);
    assert_true(ar_detect_compressed_tar(AR_STREAM_GZIP, zip, size));
    assert_false(ar_detect_compressed_tar(AR_STREAM_GZIP, zip, size / 2));
    size = make_gzip(tar, sizeof tar - 1, zip); /* shorter than a block */
    assert_false(ar_detect_compressed_tar(AR_STREAM_GZIP, zip, size));
    memset(tar, 0, sizeof tar); /* the end of an archive is not an entry */
    size = make_gzip(tar, sizeof tar, zip);
    assert_false(ar_detect_compressed_tar(AR_STREAM_GZIP, zip, size));
    make_tar(tar);
    size = ZSTD_compress(zip, sizeof zip, tar, sizeof tar, 3);
    assert_true(ar_detect_compressed_tar(AR_STREAM_ZSTD, zip, size));
    memset(tar, 'x', sizeof tar);
    size = ZSTD_compress(zip, sizeof zip, tar, sizeof tar, 3);
    assert_false(ar_detect_compressed_tar(AR_STREAM_ZSTD, zip, size));
}

/* The reference reads all of a huge gzip that holds no tar; here the head decides. */
static void test_only_the_head_is_looked_at(void **state) {
    (void)state;
    unsigned char garbage[200] = {0x1f, 0x8b, 8, 0};
    for (uint64_t seed = 0; seed < 2000; seed++) {
        fill_random(garbage + 10, sizeof garbage - 10, seed);
        assert_false(ar_detect_compressed_tar(AR_STREAM_GZIP, garbage, sizeof garbage));
        assert_false(ar_detect_compressed_tar(AR_STREAM_ZSTD, garbage, sizeof garbage));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_compressed_tar),
        cmocka_unit_test(test_only_the_head_is_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
