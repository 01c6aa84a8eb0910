#include "unit/base/unit.h"

#include <artrepo/stream.h>

static void a_memory_source_gives_its_bytes_again(void **state) {
    (void)state;
    artrepo_source *source = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_source_open_memory("hello", 5, &source, &error), error);
    assert_int_equal(source->size, 5);
    assert_int_equal(source->descriptor, -1);
    for (int round = 0; round < 2; round++) {
        char buffer[8];
        size_t got = 0;
        assert_ok(artrepo_source_read(source, buffer, 3, &got, &error), error);
        assert_int_equal(got, 3);
        assert_memory_equal(buffer, "hel", 3);
        assert_ok(artrepo_source_read_full(source, buffer, sizeof buffer, &got, &error), error);
        assert_int_equal(got, 2);
        assert_ok(artrepo_source_read(source, buffer, sizeof buffer, &got, &error), error);
        assert_int_equal(got, 0);
        assert_ok(artrepo_source_rewind(source, &error), error);
    }
    artrepo_source_close(source);
    artrepo_source_close(NULL);
}

static void an_empty_source_ends_at_once(void **state) {
    (void)state;
    artrepo_source *source = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_source_open_memory(NULL, 0, &source, &error), error);
    char byte;
    size_t got = 1;
    assert_ok(artrepo_source_read(source, &byte, 1, &got, &error), error);
    assert_int_equal(got, 0);
    artrepo_source_close(source);
}

static void a_memory_sink_has_a_limit(void **state) {
    (void)state;
    artrepo_sink *sink = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    size_t size = 0;
    assert_ok(artrepo_sink_open_memory(8, &sink, &error), error);
    assert_ok(artrepo_sink_write(sink, "hello", 5, &error), error);
    assert_ok(artrepo_sink_write(sink, NULL, 0, &error), error);
    assert_code(artrepo_sink_write(sink, "four", 4, &error), ARTREPO_REFUSED_UNSAFE, error);
    assert_contains(error.message, "8 bytes");
    assert_ok(artrepo_sink_write(sink, "two", 3, &error), error);
    assert_memory_equal(artrepo_sink_memory(sink, &size), "hellotwo", 8);
    assert_int_equal(size, 8);
    assert_ok(artrepo_sink_commit(sink, &error), error);
    artrepo_sink_close(sink);
    artrepo_sink_close(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_memory_source_gives_its_bytes_again),
        cmocka_unit_test(an_empty_source_ends_at_once),
        cmocka_unit_test(a_memory_sink_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
