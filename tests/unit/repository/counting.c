/* The streams that a driver gets are its caller's: it can neither commit nor close them. */
#include "unit/base/unit.h"

#include <artrepo/stream.h>

#include "repository/counting.h"

static void a_source_is_not_closed(void **state) {
    (void)state;
    artrepo_source *inner = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    ar_counting_source source;
    char text[8] = "";
    size_t got = 0;
    assert_ok(artrepo_source_open_memory("content", 7, &inner, &error), error);
    ar_counting_source_init(&source, inner, NULL);
    artrepo_source_close(&source.base);
    assert_ok(artrepo_source_read_full(inner, text, 7, &got, &error), error);
    assert_string_equal(text, "content");
    artrepo_source_close(inner);
}

static void a_sink_is_neither_committed_nor_closed(void **state) {
    artrepo_sink *inner = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_object current = {.size = 7};
    ar_counting_sink sink;
    const char *path = test_path(*state, "file");
    assert_ok(artrepo_sink_open_file(path, 0600, &inner, &error), error);
    ar_counting_sink_init(&sink, inner, NULL);
    sink.current = &current;
    assert_ok(artrepo_sink_write(&sink.base, "content", 7, &error), error);
    assert_code(artrepo_sink_commit(&sink.base, &error), ARTREPO_INTERNAL, error);
    assert_contains(error.message, "a driver must not commit the sink");
    assert_int_not_equal(access(path, F_OK), 0);
    artrepo_sink_close(&sink.base);
    assert_ok(artrepo_sink_commit(inner, &error), error);
    assert_int_equal(access(path, F_OK), 0);
    artrepo_sink_close(inner);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_is_not_closed),
        cmocka_unit_test_setup_teardown(a_sink_is_neither_committed_nor_closed, make_test_directory,
                                        remove_test_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
