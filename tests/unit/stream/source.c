/* Sources of the application's own, which may do as little as the interface allows. */
#include "unit/base/unit.h"

#include <artrepo/stream.h>

typedef struct dripping {
    artrepo_source base;
    int left;
    int fail_at; /* bytes left; -1: never */
} dripping;

static artrepo_code drip(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                         artrepo_error *error) {
    dripping *source = (dripping *)base;
    assert_true(capacity > 0); /* promised by artrepo_source_read */
    if (source->left == source->fail_at) {
        return artrepo_error_set(error, ARTREPO_IO, "dried out");
    }
    *got = source->left > 0 ? 1 : 0;
    if (*got == 1) {
        *(char *)buffer = (char)('a' + source->left--);
    }
    return ARTREPO_OK;
}

static void stop(artrepo_source *base) {
    (void)base;
}

static const artrepo_source_functions functions = {drip, NULL, stop};

static void read_full_gathers_single_bytes(void **state) {
    (void)state;
    dripping source = {{&functions, -1, -1}, 5, -1};
    char buffer[8] = "";
    size_t got = 0;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_source_read_full(&source.base, buffer, 3, &got, &error), error);
    assert_int_equal(got, 3);
    assert_memory_equal(buffer, "fed", 3);
    assert_ok(artrepo_source_read_full(&source.base, buffer, 8, &got, &error), error);
    assert_int_equal(got, 2);
    assert_ok(artrepo_source_read(&source.base, buffer, 0, &got, &error), error);
    assert_int_equal(got, 0);
}

static void read_full_tells_what_it_got_before_an_error(void **state) {
    (void)state;
    dripping source = {{&functions, -1, -1}, 5, 3};
    char buffer[8] = "";
    size_t got = 0;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_code(artrepo_source_read_full(&source.base, buffer, 8, &got, &error), ARTREPO_IO, error);
    assert_int_equal(got, 2);
}

static void not_every_source_goes_back(void **state) {
    (void)state;
    dripping source = {{&functions, -1, -1}, 5, -1};
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_code(artrepo_source_rewind(&source.base, &error), ARTREPO_UNSUPPORTED, error);
    artrepo_source_close(&source.base);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(read_full_gathers_single_bytes),
        cmocka_unit_test(read_full_tells_what_it_got_before_an_error),
        cmocka_unit_test(not_every_source_goes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
