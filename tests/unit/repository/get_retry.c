/* A get that breaks goes on where it broke, as long as the object is the same. */
#include "unit/repository/scripted_driver.h"

static const artrepo_range all = {0, -1, NULL};

static artrepo_code get(const artrepo_range *range, artrepo_sink *sink, artrepo_error *error) {
    artrepo_operation *operation = new_operation(NULL, ARTREPO_LOG_DEBUG);
    artrepo_object object;
    artrepo_code code = ar_retry_get(&scripted, "k", range, sink, &object, operation, error);
    artrepo_operation_free(operation);
    return code;
}

/* Gets into memory, and expects CONTENT there whether it succeeds or not. */
static artrepo_code get_text(const artrepo_range *range, const char *content,
                             artrepo_error *error) {
    artrepo_sink *sink = NULL;
    size_t size = 0;
    artrepo_sink_open_memory(100, &sink, NULL);
    artrepo_code code = get(range, sink, error);
    const char *data = artrepo_sink_memory(sink, &size);
    assert_int_equal(size, strlen(content));
    assert_memory_equal(size == 0 ? "" : data, content, size);
    artrepo_sink_close(sink);
    return code;
}

static void start(script wanted, unsigned capabilities) {
    the_script = wanted;
    scripted_driver.capabilities = capabilities;
}

static void it_goes_on_where_it_broke(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    start((script){.content = "0123456789", .has_versions = true, .failures = 3, .bytes_before = 2},
          ALL_CAPABILITIES);
    assert_ok(get_text(&all, "0123456789", &error), error);
    assert_string_equal(the_script.asked, "get 0 -1 -;get 2 -1 v1;get 4 -1 v1;get 6 -1 v1;");
}

static void a_range_goes_on_in_the_range(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    start((script){.content = "0123456789", .has_versions = true, .failures = 2, .bytes_before = 2},
          ALL_CAPABILITIES);
    assert_ok(get_text(&(artrepo_range){3, 5, "v1"}, "34567", &error), error);
    assert_string_equal(the_script.asked, "get 3 5 v1;get 5 3 v1;get 7 1 v1;");
}

static void before_the_first_byte_it_starts_over(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    start(
        (script){
            .content = "old", .replaced_content = "newer", .has_versions = true, .failures = 1},
        ALL_CAPABILITIES);
    assert_ok(get_text(&all, "newer", &error), error); /* no byte of the old one was delivered */
    assert_string_equal(the_script.asked, "get 0 -1 -;get 0 -1 -;");
}

static void another_object_is_not_mixed_in(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    start((script){.content = "0123456789",
                   .replaced_content = "abcdefghij",
                   .has_versions = true,
                   .failures = 1,
                   .bytes_before = 4},
          ALL_CAPABILITIES);
    assert_code(get_text(&all, "0123", &error), ARTREPO_IO, error);
    assert_contains(error.message, "another version");
    /* without versions the size tells */
    start((script){.content = "0123456789",
                   .replaced_content = "abcdefghijk",
                   .failures = 1,
                   .bytes_before = 4},
          ALL_CAPABILITIES);
    assert_code(get_text(&all, "0123", &error), ARTREPO_IO, error);
    assert_contains(error.message, "changed while it was read");
}

static void it_gives_up_in_the_end(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    start(
        (script){.content = "0123456789", .has_versions = true, .failures = 99, .bytes_before = 1},
        ALL_CAPABILITIES);
    assert_code(get_text(&all, "0123", &error), ARTREPO_TRANSIENT, error);
    assert_contains(error.message, "connection reset (gave up after 4 attempts)");
}

static void final_errors_are_final(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    start((script){.content = "x", .failures = 99, .code = ARTREPO_NOT_FOUND}, ALL_CAPABILITIES);
    assert_code(get_text(&all, "", &error), ARTREPO_NOT_FOUND, error);
    assert_int_equal(the_script.attempts, 1);
}

static void behind_the_last_byte_nothing_is_left_to_ask(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    const script broken = {
        .content = "0123", .has_versions = true, .failures = 1, .breaks_at_end = true};
    start(broken, ALL_CAPABILITIES);
    assert_ok(get_text(&all, "0123", &error), error);
    assert_int_equal(the_script.attempts, 1);
    start(broken, ALL_CAPABILITIES);
    assert_ok(get_text(&(artrepo_range){1, 2, NULL}, "12", &error), error);
    assert_int_equal(the_script.attempts, 1);
}

static void without_ranges_the_beginning_is_passed_over(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    start((script){.content = "0123456789", .has_versions = true, .failures = 2, .bytes_before = 5},
          0);
    assert_ok(get_text(&all, "0123456789", &error), error);
    assert_string_equal(the_script.asked, "get 0 -1 -;get 0 -1 v1;get 0 -1 v1;");
    /* but only when it is known to be the same */
    start((script){.content = "0123456789", .failures = 1, .bytes_before = 5}, 0);
    assert_code(get_text(&all, "01234", &error), ARTREPO_TRANSIENT, error);
    assert_int_equal(the_script.attempts, 1);
}

/* ---- sinks ---- */

typedef struct full_sink {
    artrepo_sink base;
    int room;
} full_sink;

static artrepo_code write_while_room(artrepo_sink *base, const void *data, size_t size,
                                     artrepo_error *error) {
    (void)data;
    full_sink *sink = (full_sink *)base;
    sink->room -= (int)size;
    return sink->room >= 0 ? ARTREPO_OK
                           : artrepo_error_set(error, ARTREPO_TRANSIENT, "the sink is full");
}

static void errors_of_the_sink_are_no_reason_to_ask_again(void **state) {
    (void)state;
    static const artrepo_sink_functions functions = {write_while_room, NULL, NULL};
    full_sink sink = {{&functions, -1}, 3};
    artrepo_error error = ARTREPO_ERROR_INIT;
    start((script){.content = "0123456789", .has_versions = true}, ALL_CAPABILITIES);
    assert_code(get(&all, &sink.base, &error), ARTREPO_TRANSIENT, error);
    assert_string_equal(error.message, "the sink is full");
    assert_int_equal(the_script.attempts, 1);
}

static void expect_file(void **state, const char *content, const char *asked) {
    const char *path = test_path(*state, "f");
    artrepo_sink *sink = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_sink_open_file(path, 0600, &sink, &error), error);
    assert_ok(get(&all, sink, &error), error);
    assert_ok(artrepo_sink_commit(sink, &error), error);
    artrepo_sink_close(sink);
    char *text = read_test_file(path);
    assert_string_equal(text, content);
    free(text);
    assert_string_equal(the_script.asked, asked);
}

static void what_went_by_the_descriptor_is_done_again(void **state) {
    start((script){.content = "0123456789",
                   .replaced_content = "new",
                   .by_descriptor = true,
                   .failures = 2,
                   .bytes_before = 3},
          ALL_CAPABILITIES);
    expect_file(state, "new", "get 0 -1 - descriptor;get 0 -1 - descriptor;get 0 -1 - descriptor;");
}

static void after_written_bytes_the_descriptor_is_withheld(void **state) {
    start((script){.content = "0123456789", .has_versions = true, .failures = 1, .bytes_before = 3},
          ALL_CAPABILITIES);
    expect_file(state, "0123456789", "get 0 -1 - descriptor;get 3 -1 v1;");
}

static void a_sink_with_content_keeps_its_descriptor(void **state) {
    const char *path = test_path(*state, "f");
    artrepo_sink *sink = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    start((script){.content = "0123", .by_descriptor = true}, ALL_CAPABILITIES);
    assert_ok(artrepo_sink_open_file(path, 0600, &sink, &error), error);
    assert_ok(artrepo_sink_write(sink, "head:", 5, &error), error);
    assert_ok(get(&all, sink, &error), error);
    assert_ok(artrepo_sink_commit(sink, &error), error);
    artrepo_sink_close(sink);
    char *text = read_test_file(path);
    assert_string_equal(text, "head:0123");
    free(text);
    assert_string_equal(the_script.asked, "get 0 -1 -;");
}

#define IN_DIRECTORY(test)                                                                         \
    cmocka_unit_test_setup_teardown(test, make_test_directory, remove_test_directory)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_goes_on_where_it_broke),
        cmocka_unit_test(a_range_goes_on_in_the_range),
        cmocka_unit_test(before_the_first_byte_it_starts_over),
        cmocka_unit_test(another_object_is_not_mixed_in),
        cmocka_unit_test(it_gives_up_in_the_end),
        cmocka_unit_test(final_errors_are_final),
        cmocka_unit_test(behind_the_last_byte_nothing_is_left_to_ask),
        cmocka_unit_test(without_ranges_the_beginning_is_passed_over),
        cmocka_unit_test(errors_of_the_sink_are_no_reason_to_ask_again),
        IN_DIRECTORY(what_went_by_the_descriptor_is_done_again),
        IN_DIRECTORY(after_written_bytes_the_descriptor_is_withheld),
        IN_DIRECTORY(a_sink_with_content_keeps_its_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
