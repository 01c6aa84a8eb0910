/* A repository on the memory plug-in: the verbs, as an application uses them. */
#include "unit/repository/support.h"

static int open_memory(void **state) {
    artrepo_configuration *configuration = parse_configuration("memory: {}");
    artrepo_repository_options options = {.plugin_directory = TEST_PLUGINS};
    artrepo_repository *repository = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_repository_open(artrepo_configuration_location(configuration), &options, NULL,
                                      &repository, &error),
              error);
    artrepo_configuration_free(configuration);
    *state = repository;
    return 0;
}

static int close_memory(void **state) {
    artrepo_repository_close(*state);
    return 0;
}

static void put(artrepo_repository *repository, const char *key, const char *text) {
    artrepo_source *source = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_source_open_memory(text, strlen(text), &source, &error), error);
    assert_ok(artrepo_repository_put(repository, key, source, NULL, NULL, NULL, &error), error);
    artrepo_source_close(source);
}

static void expect_content(artrepo_repository *repository, const char *key,
                           const artrepo_range *range, const char *text) {
    artrepo_sink *sink = NULL;
    artrepo_object object;
    artrepo_error error = ARTREPO_ERROR_INIT;
    size_t size = 0;
    assert_ok(artrepo_sink_open_memory(1000, &sink, &error), error);
    assert_ok(artrepo_repository_get(repository, key, range, sink, &object, NULL, &error), error);
    assert_string_equal(object.key, key);
    const void *data = artrepo_sink_memory(sink, &size);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(size == 0 ? "" : data, text, size);
    artrepo_sink_close(sink);
}

static artrepo_code add_key(void *data, const artrepo_object *object, artrepo_error *error) {
    (void)error;
    char *list = data;
    snprintf(list + strlen(list), 4096 - strlen(list), "%s ", object->key);
    return ARTREPO_OK;
}

static void expect_list(artrepo_repository *repository, const char *prefix, const char *keys) {
    char list[4096] = "";
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_repository_list(repository, prefix, add_key, list, NULL, &error), error);
    assert_string_equal(list, keys);
}

static void what_is_put_can_be_got(void **state) {
    put(*state, "a/b.txt", "hello");
    expect_content(*state, "a/b.txt", NULL, "hello");
    expect_content(*state, "a/b.txt", &(artrepo_range){1, 3, NULL}, "ell");
    expect_content(*state, "a/b.txt", &(artrepo_range){3, -1, NULL}, "lo");
    expect_content(*state, "a/b.txt", &(artrepo_range){9, -1, NULL}, "");
    put(*state, "a/b.txt", "");
    expect_content(*state, "a/b.txt", NULL, "");
    artrepo_object object;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_sink *sink = NULL;
    assert_ok(artrepo_sink_open_memory(9, &sink, &error), error);
    assert_code(artrepo_repository_get(*state, "a/b.txt", &(artrepo_range){-1, 3, NULL}, sink,
                                       &object, NULL, &error),
                ARTREPO_INVALID, error);
    assert_contains(error.message, "cannot get 'a/b.txt' from byte -1 on");
    artrepo_sink_close(sink);
    assert_code(artrepo_repository_stat(*state, "none", &object, NULL, &error), ARTREPO_NOT_FOUND,
                error);
    assert_contains(error.message, "'none'");
}

static void a_content_type_can_be_given(void **state) {
    artrepo_source *source = NULL;
    artrepo_object object;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_put_options options = {.content_type = "application/x-mine"};
    assert_ok(artrepo_source_open_memory("x", 1, &source, &error), error);
    assert_ok(artrepo_repository_put(*state, "a.txt", source, &options, &object, NULL, &error),
              error);
    assert_string_equal(object.content_type, "application/x-mine");
    options.content_type = NULL;
    assert_ok(artrepo_source_rewind(source, &error), error);
    assert_ok(artrepo_repository_put(*state, "a.html", source, &options, &object, NULL, &error),
              error);
    assert_string_equal(object.content_type, "text/html; charset=utf-8");
    artrepo_source_close(source);
}

static void empty_keys_are_refused(void **state) {
    artrepo_source *source = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_source_open_memory("x", 1, &source, &error), error);
    assert_code(artrepo_repository_put(*state, "", source, NULL, NULL, NULL, &error),
                ARTREPO_INVALID, error);
    assert_contains(error.message, "empty key");
    assert_code(artrepo_repository_stat(*state, "", NULL, NULL, &error), ARTREPO_INVALID, error);
    assert_code(artrepo_repository_remove(*state, "", NULL, &error), ARTREPO_INVALID, error);
    artrepo_source_close(source);
}

static void directories_are_prefixes(void **state) {
    static const struct {
        const char *key;
        bool is;
    } cases[] = {{"dir", true},   {"dir/", true},  {"dir/file", false}, {"di", false},
                 {"both", false}, {"none", false}, {"none/", false},    {"", true}};
    put(*state, "dir/file", "");
    put(*state, "both", "");
    put(*state, "both/below", "");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool is = !cases[i].is;
        artrepo_error error = ARTREPO_ERROR_INIT;
        print_message("'%s'\n", cases[i].key);
        assert_ok(artrepo_repository_is_directory(*state, cases[i].key, &is, NULL, &error), error);
        assert_int_equal(is, cases[i].is);
    }
}

static void remove_takes_one_or_all_below(void **state) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    put(*state, "a", "");
    put(*state, "a/", "");
    put(*state, "a/b", "");
    put(*state, "a/c/d", "");
    put(*state, "ab", "");
    assert_ok(artrepo_repository_remove(*state, "a", NULL, &error), error);
    expect_list(*state, "", "a/ a/b a/c/d ab ");
    assert_ok(artrepo_repository_remove(*state, "a", NULL, &error), error);
    assert_ok(artrepo_repository_remove(*state, "a/", NULL, &error), error);
    expect_list(*state, "", "ab ");
    assert_ok(artrepo_repository_remove(*state, "a/", NULL, &error), error);
    expect_list(*state, "", "ab ");
}

static void more_than_a_batch_is_removed(void **state) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    for (int i = 0; i < 2500; i++) {
        char key[32];
        snprintf(key, sizeof key, "many/%d", i);
        put(*state, key, "");
    }
    put(*state, "manyother", "");
    assert_ok(artrepo_repository_remove(*state, "many/", NULL, &error), error);
    expect_list(*state, "", "manyother ");
}

static artrepo_code stop_at_b(void *data, const artrepo_object *object, artrepo_error *error) {
    ++*(int *)data;
    return strcmp(object->key, "b") == 0 ? artrepo_error_set(error, ARTREPO_IO, "no more, please")
                                         : ARTREPO_OK;
}

static void a_callback_can_end_a_listing(void **state) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    int calls = 0;
    put(*state, "a", "");
    put(*state, "b", "");
    put(*state, "c", "");
    assert_code(artrepo_repository_list(*state, "", stop_at_b, &calls, NULL, &error), ARTREPO_IO,
                error);
    assert_string_equal(error.message, "no more, please");
    assert_int_equal(calls, 2);
}

static void operations_are_logged_and_counted(void **state) {
    kept_log log;
    artrepo_operation *operation = new_operation(&log, ARTREPO_LOG_DEBUG);
    artrepo_source *source = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_source_open_memory("hello", 5, &source, &error), error);
    assert_ok(artrepo_repository_put(*state, "k", source, NULL, NULL, operation, &error), error);
    artrepo_repository_stat(*state, "none", NULL, operation, &error);
    assert_contains(log.text, "store operation driver=memory verb=put key=k duration=");
    assert_contains(log.text, "store operation driver=memory verb=stat key=none duration=");
    assert_contains(log.text, "error=cannot stat 'none' in memory: no such object");
    assert_int_equal(artrepo_operation_progress(operation).bytes_done, 5);
    artrepo_source_close(source);
    artrepo_operation_free(operation);
}

static void cancelled_operations_do_nothing(void **state) {
    artrepo_operation *operation = new_operation(NULL, ARTREPO_LOG_DEBUG);
    artrepo_error error = ARTREPO_ERROR_INIT;
    put(*state, "k", "x");
    artrepo_operation_cancel(operation);
    assert_code(artrepo_repository_remove(*state, "k", operation, &error), ARTREPO_CANCELLED,
                error);
    assert_code(artrepo_repository_stat(*state, "k", NULL, operation, &error), ARTREPO_CANCELLED,
                error);
    expect_list(*state, "", "k ");
    artrepo_operation_free(operation);
}

static void sinks_with_a_descriptor_get_files(void **state) {
    char path[] = "/tmp/artrepo-test-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    artrepo_sink *sink = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    put(*state, "k", "content");
    assert_ok(artrepo_sink_open_file(path, 0600, &sink, &error), error);
    assert_ok(artrepo_repository_get(*state, "k", NULL, sink, NULL, NULL, &error), error);
    assert_ok(artrepo_sink_commit(sink, &error), error);
    artrepo_sink_close(sink);
    char *text = read_test_file(path);
    assert_string_equal(text, "content");
    free(text);
    unlink(path);
}

#define ON_MEMORY(test) cmocka_unit_test_setup_teardown(test, open_memory, close_memory)

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_MEMORY(what_is_put_can_be_got),          ON_MEMORY(a_content_type_can_be_given),
        ON_MEMORY(empty_keys_are_refused),          ON_MEMORY(directories_are_prefixes),
        ON_MEMORY(remove_takes_one_or_all_below),   ON_MEMORY(more_than_a_batch_is_removed),
        ON_MEMORY(a_callback_can_end_a_listing),    ON_MEMORY(operations_are_logged_and_counted),
        ON_MEMORY(cancelled_operations_do_nothing), ON_MEMORY(sinks_with_a_descriptor_get_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
