#include "unit/support.h"

#include <libdeflate.h>
#include <zlib.h>

#include "archive/deflate_join.h"

enum { SIZE = 300000 };

/* Inflates a raw deflate stream with zlib, which shares no code with what wrote it. */
static size_t inflate_raw(const unsigned char *data, size_t size, unsigned char *out,
                          size_t capacity) {
    z_stream stream = {.next_in = (unsigned char *)data,
                       .avail_in = (uInt)size,
                       .next_out = out,
                       .avail_out = (uInt)capacity};
    assert_int_equal(inflateInit2(&stream, -15), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    size_t written = stream.total_out;
    inflateEnd(&stream);
    return written;
}

/* Two pieces and the end make one stream of both contents. */
static void join_and_check(const unsigned char *first, size_t first_size, int first_level,
                           const unsigned char *second, size_t second_size, int second_level) {
    size_t capacity = 2 * SIZE + 1000;
    unsigned char *joined = malloc(capacity);
    unsigned char *plain = malloc(first_size + second_size + 1);
    const unsigned char *parts[] = {first, second};
    const size_t sizes[] = {first_size, second_size};
    const int levels[] = {first_level, second_level};
    size_t total = 0;
    for (int i = 0; i < 2; i++) {
        struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(levels[i]);
        size_t size = libdeflate_deflate_compress(compressor, parts[i], sizes[i], joined + total,
                                                  capacity - total - AR_DEFLATE_JOIN_ROOM);
        libdeflate_free_compressor(compressor);
        assert_true(size > 0);
        assert_true(ar_deflate_open_end(joined + total, &size));
        total += size;
    }
    memcpy(joined + total, ar_deflate_end, AR_DEFLATE_END_SIZE);
    total += AR_DEFLATE_END_SIZE;
    assert_int_equal(inflate_raw(joined, total, plain, first_size + second_size + 1),
                     first_size + second_size);
    assert_memory_equal(plain, first, first_size);
    assert_memory_equal(plain + first_size, second, second_size);
    free(joined);
    free(plain);
}

static void test_joins_what_any_level_wrote(void **state) {
    (void)state;
    unsigned char *text = malloc(SIZE);
    unsigned char *noise = malloc(SIZE);
    fill_text(text, SIZE, 1);
    fill_random(noise, SIZE, 2);
    for (int level = 0; level <= 12; level++) {
        join_and_check(text, SIZE, level, noise, SIZE, 12 - level);
        join_and_check(noise, SIZE, level, text, SIZE, level);
    }
    free(text);
    free(noise);
}

/* Every position of the end within a byte, and blocks of every type. */
static void test_joins_all_small_sizes(void **state) {
    (void)state;
    unsigned char data[600];
    for (size_t size = 0; size < sizeof data; size++) {
        fill_text(data, sizeof data, size);
        join_and_check(data, size, 6, data, sizeof data - size, 9);
        memset(data, (int)size, sizeof data);
        join_and_check(data, size, 1, data, sizeof data - size, 6);
    }
}

static void test_refuses_what_is_no_complete_stream(void **state) {
    (void)state;
    unsigned char data[SIZE / 100 + 64];
    unsigned char text[SIZE / 100];
    fill_text(text, sizeof text, 3);
    struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
    size_t whole = libdeflate_deflate_compress(compressor, text, sizeof text, data, sizeof text);
    libdeflate_free_compressor(compressor);
    for (size_t cut = 0; cut < whole; cut++) {
        unsigned char copy[sizeof data];
        memcpy(copy, data, cut);
        size_t size = cut;
        assert_false(ar_deflate_open_end(copy, &size));
        assert_int_equal(size, cut);
    }
}

static void test_does_not_trust_its_input(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 20000; seed++) {
        unsigned char data[64 + AR_DEFLATE_JOIN_ROOM];
        fill_random(data, sizeof data, seed);
        size_t size = seed % 64;
        (void)ar_deflate_open_end(data, &size); /* whatever it says, it stays in its bounds */
        assert_true(size <= 64 + 5);
    }
}

static void test_stores(void **state) {
    (void)state;
    const size_t sizes[] = {0, 1, 65534, 65535, 65536, 131070, SIZE};
    unsigned char *data = malloc(SIZE);
    unsigned char *out = malloc(AR_DEFLATE_STORED_BOUND(SIZE) + AR_DEFLATE_END_SIZE);
    unsigned char *plain = malloc(SIZE + 1);
    fill_random(data, SIZE, 4);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t size = ar_deflate_store(data, sizes[i], out);
        assert_true(size <= AR_DEFLATE_STORED_BOUND(sizes[i]));
        memcpy(out + size, ar_deflate_end, AR_DEFLATE_END_SIZE);
        assert_int_equal(inflate_raw(out, size + AR_DEFLATE_END_SIZE, plain, SIZE + 1), sizes[i]);
        assert_memory_equal(plain, data, sizes[i]);
    }
    free(data);
    free(out);
    free(plain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_joins_what_any_level_wrote),
        cmocka_unit_test(test_joins_all_small_sizes),
        cmocka_unit_test(test_refuses_what_is_no_complete_stream),
        cmocka_unit_test(test_does_not_trust_its_input),
        cmocka_unit_test(test_stores),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
