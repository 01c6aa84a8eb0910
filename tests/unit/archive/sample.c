#include "unit/support.h"

#include "archive/sample.h"

enum { SIZE = 512 << 10 };

static void test_random_bytes_are_stored(void **state) {
    (void)state;
    unsigned char *data = malloc(SIZE);
    for (uint64_t seed = 1; seed <= 50; seed++) {
        fill_random(data, SIZE, seed);
        assert_true(ar_sample_is_incompressible(data, SIZE));
    }
    free(data);
}

static void test_what_compresses_is_compressed(void **state) {
    (void)state;
    unsigned char *data = malloc(SIZE);
    fill_text(data, SIZE, 1);
    assert_false(ar_sample_is_incompressible(data, SIZE));
    memset(data, 0, SIZE);
    assert_false(ar_sample_is_incompressible(data, SIZE));
    /* Evenly spread bytes that repeat at a distance of 10,000. */
    fill_random(data, 10000, 2);
    for (size_t i = 10000; i < SIZE; i++) {
        data[i] = data[i - 10000];
    }
    assert_false(ar_sample_is_incompressible(data, SIZE));
    /* Base64-like: 6 bits in each byte. */
    fill_random(data, SIZE, 3);
    for (size_t i = 0; i < SIZE; i++) {
        data[i] = (unsigned char)(' ' + data[i] % 64);
    }
    assert_false(ar_sample_is_incompressible(data, SIZE));
    free(data);
}

static void test_little_is_always_tried(void **state) {
    (void)state;
    unsigned char data[4096];
    fill_random(data, sizeof data, 1);
    assert_false(ar_sample_is_incompressible(data, sizeof data));
    assert_false(ar_sample_is_incompressible(data, 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_bytes_are_stored),
        cmocka_unit_test(test_what_compresses_is_compressed),
        cmocka_unit_test(test_little_is_always_tried),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
