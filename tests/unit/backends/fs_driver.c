/* The fs driver, one thread: what it stores, lists, removes and refuses. */
#include "unit/backends/fs_fixture.h"

static void a_root_is_required(void **state) {
    (void)state;
    void *store = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(open_store(NULL, &store, &error), ARTREPO_INVALID);
    assert_non_null(strstr(error.message, "fs.root"));
}

static void reading_does_not_make_the_root(void **state) {
    fs_fixture *fixture = *state;
    expect_missing(fixture, "a");
    expect_list(fixture, "", "");
    remove_object(fixture, "a/b");
    assert_false(is_there(fixture, "root"));
}

static void ordinary_objects_are_plain_files(void **state) {
    fs_fixture *fixture = *state;
    put_text(fixture, "wf/pod/main.tgz", "one");
    expect_text(fixture, "wf/pod/main.tgz", "one");
    assert_true(is_there(fixture, "root/wf/pod/main.tgz"));
    put_text(fixture, "wf/pod/main.tgz", "second");
    expect_text(fixture, "wf/pod/main.tgz", "second");
    put_text(fixture, "empty", "");
    expect_text(fixture, "empty", "");
    expect_list(fixture, "", "empty\nwf/pod/main.tgz\n");
    char path[640];
    snprintf(path, sizeof path, "%s/wf/pod", fixture->root);
    assert_int_equal(count_entries(path), 1);
}

static void awkward_keys_work_and_do_not_collide(void **state) {
    fs_fixture *fixture = *state;
    char name[256], longer[257], longest[1025];
    memset(name, 'n', 255);
    memset(longer, 'n', 256);
    name[255] = longer[256] = '\0';
    memset(longest, 'n', 1024);
    longest[1024] = '\0';
    const char *const keys[] = {
        "a",
        "a/",
        "/a",
        "//a",
        "a//b",
        "a/b",
        ".",
        "..",
        "../a",
        "/",
        "a/.",
        "a/..",
        "./a",
        "%2e",
        "a b+c%20",
        "\xff\xfe",
        "日本",
        ".artrepo",
        name,
        longer,
        longest,
        "../../../../../../../../tmp/artrepo-fs-escaped",
        ".artrepo=",
        ".artrepo=.",
        ".artrepo-0011",
        ".artrepo+a",
        ".artrepo_a",
        "line\nbreak",
    };
    const size_t count = sizeof keys / sizeof keys[0];
    for (size_t i = 0; i < count; i++) {
        put_text(fixture, keys[i], keys[i]);
    }
    for (size_t i = 0; i < count; i++) {
        expect_text(fixture, keys[i], keys[i]);
        ar_buffer expected = AR_BUFFER_INIT;
        ar_buffer_printf(&expected, "%s\n", keys[i]);
        ar_buffer listed = AR_BUFFER_INIT;
        assert_int_equal(driver->list(fixture->store, keys[i], append_key, &listed, NULL, NULL),
                         ARTREPO_OK);
        assert_memory_equal(listed.data, expected.data, expected.size);
        ar_buffer_free(&listed);
        ar_buffer_free(&expected);
    }
    assert_int_equal(count_entries(fixture->directory), 1);
    assert_int_not_equal(access("/tmp/artrepo-fs-escaped", F_OK), 0);
    for (size_t i = 0; i < count; i++) {
        remove_object(fixture, keys[i]);
        expect_missing(fixture, keys[i]);
    }
    expect_list(fixture, "", "");
    assert_int_equal(count_entries(fixture->root), 0);
}

static void empty_and_endless_keys_are_errors(void **state) {
    fs_fixture *fixture = *state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(try_put(fixture->store, "", "x", 1, &error), ARTREPO_INVALID);
    char key[4098];
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    assert_int_equal(try_put(fixture->store, key, "x", 1, &error), ARTREPO_INVALID);
    assert_non_null(strstr(error.message, "4097 bytes"));
    key[4096] = '\0';
    put_text(fixture, key, "x");
    expect_text(fixture, key, "x");
    key[1023] = '\0';
    for (size_t i = 1; i < 1023; i += 2) { /* 512 directories deep */
        key[i] = '/';
    }
    put_text(fixture, key, "deep");
    expect_text(fixture, key, "deep");
    char line[4200];
    snprintf(line, sizeof line, "%s\n", key);
    expect_list(fixture, "k/", line);
    remove_object(fixture, key);
}

static void an_object_and_a_directory_share_a_name(void **state) {
    fs_fixture *fixture = *state;
    put_text(fixture, "a", "object first");
    put_text(fixture, "a/b", "below");
    put_text(fixture, "c/d", "below");
    put_text(fixture, "c", "object last");
    put_text(fixture, "c/d/e", "twice");
    expect_text(fixture, "a", "object first");
    expect_text(fixture, "a/b", "below");
    expect_text(fixture, "c", "object last");
    expect_text(fixture, "c/d", "below");
    expect_text(fixture, "c/d/e", "twice");
    expect_list(fixture, "", "a\na/b\nc\nc/d\nc/d/e\n");
    put_text(fixture, "a", "replaced");
    expect_text(fixture, "a", "replaced");
    expect_list(fixture, "a", "a\na/b\n");

    remove_object(fixture, "a/b");
    expect_text(fixture, "a", "replaced");
    put_text(fixture, "a", "again");
    expect_text(fixture, "a", "again");
    put_text(fixture, "a/b", "again");
    expect_text(fixture, "a", "again");
    remove_object(fixture, "a");
    expect_missing(fixture, "a");
    expect_text(fixture, "a/b", "again");
    remove_object(fixture, "a/b");
    remove_object(fixture, "c");
    remove_object(fixture, "c/d");
    expect_list(fixture, "", "c/d/e\n");
    remove_object(fixture, "c/d/e");
    assert_int_equal(count_entries(fixture->root), 0);
}

static void lists_are_in_the_order_of_the_keys(void **state) {
    fs_fixture *fixture = *state;
    static const char *const keys[] = {"a0", "a/b", "a.b", "a",   "a.b/c", "a/a/z", "\xff",
                                       "A",  "b/",  "b",   "a-b", "a/b/c", "ü",     "/x"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        put_text(fixture, keys[i], "x");
    }
    expect_list(fixture, "", "/x\nA\na\na-b\na.b\na.b/c\na/a/z\na/b\na/b/c\na0\nb\nb/\nü\n\xff\n");
    expect_list(fixture, "a/", "a/a/z\na/b\na/b/c\n");
    expect_list(fixture, "a.", "a.b\na.b/c\n");
    expect_list(fixture, "a/b", "a/b\na/b/c\n");
    expect_list(fixture, "b/", "b/\n");
    expect_list(fixture, "/", "/x\n");
    expect_list(fixture, "nothing", "");
    expect_list(fixture, "a/b/c/d", "");
    expect_list(fixture, "../", "");

    /* Long names are in several directories, and still among the others. */
    char longer[302], short_name[251];
    memset(longer, 'q', 300);
    strcpy(longer + 300, "m");
    memset(short_name, 'q', 250);
    short_name[250] = '\0';
    char expected[2048];
    put_text(fixture, longer, "long");
    put_text(fixture, short_name, "short");
    snprintf(expected, sizeof expected, "%s\n%s\n", short_name, longer);
    expect_list(fixture, "q", expected);
    snprintf(expected, sizeof expected, "%s\n", longer);
    expect_list(fixture, longer, expected);
}

static artrepo_code stop_at_second(void *data, const artrepo_object *object, artrepo_error *error) {
    int *count = data;
    assert_int_equal(object->size, 1);
    assert_true(object->modified_ms > INT64_C(1500000000000));
    assert_string_not_equal(object->version, "");
    return ++*count == 2 ? artrepo_error_set(error, ARTREPO_CANCELLED, "enough") : ARTREPO_OK;
}

static void a_callback_ends_a_list(void **state) {
    fs_fixture *fixture = *state;
    put_text(fixture, "a", "1");
    put_text(fixture, "b", "1");
    put_text(fixture, "c", "1");
    int count = 0;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(driver->list(fixture->store, "", stop_at_second, &count, NULL, &error),
                     ARTREPO_CANCELLED);
    assert_int_equal(count, 2);
    assert_string_equal(error.message, "enough");
}

static void temporaries_are_not_listed_and_do_no_harm(void **state) {
    fs_fixture *fixture = *state;
    put_text(fixture, "d/a", "x");
    char path[640];
    snprintf(path, sizeof path, "%s/d/.artrepo-00112233445566aa", fixture->root);
    int file = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(file >= 0);
    close(file);
    snprintf(path, sizeof path, "%s/d/.artrepo=wrong", fixture->root);
    assert_int_equal(mkdir(path, 0700), 0);
    expect_list(fixture, "", "d/a\n");
    remove_object(fixture, "d/a");
    expect_list(fixture, "", "");
    put_text(fixture, "d", "y");
    expect_text(fixture, "d", "y");
    expect_list(fixture, "", "d\n");
}

/* ---- ranges ---- */

static void expect_range(const fs_fixture *fixture, int64_t offset, int64_t length,
                         const char *text) {
    const artrepo_range range = {offset, length, NULL};
    artrepo_code code;
    char *got = try_get(fixture->store, "r", &range, &code, NULL);
    assert_int_equal(code, ARTREPO_OK);
    assert_string_equal(got, text);
    free(got);
}

static void ranges_are_cut_at_the_end(void **state) {
    fs_fixture *fixture = *state;
    put_text(fixture, "r", "0123456789");
    expect_range(fixture, 0, -1, "0123456789");
    expect_range(fixture, 3, 4, "3456");
    expect_range(fixture, 7, -1, "789");
    expect_range(fixture, 8, 100, "89");
    expect_range(fixture, 4, 0, "");
    expect_range(fixture, 10, -1, "");
    expect_range(fixture, 99, 5, "");
    const artrepo_range negative = {-1, -1, NULL};
    artrepo_code code;
    free(try_get(fixture->store, "r", &negative, &code, NULL));
    assert_int_equal(code, ARTREPO_INVALID);
}

static void a_version_pins_the_object(void **state) {
    fs_fixture *fixture = *state;
    artrepo_object object;
    artrepo_code code;
    artrepo_error error = ARTREPO_ERROR_INIT;
    put_text(fixture, "r", "same size 1");
    assert_int_equal(driver->stat(fixture->store, "r", &object, NULL, NULL), ARTREPO_OK);
    const artrepo_range range = {5, -1, object.version};
    free(try_get(fixture->store, "r", &range, &code, &error));
    assert_int_equal(code, ARTREPO_OK);
    put_text(fixture, "r", "same size 2");
    free(try_get(fixture->store, "r", &range, &code, &error));
    assert_int_equal(code, ARTREPO_IO);
    assert_non_null(strstr(error.message, "another object"));

    /* Making way for a directory does not change it. */
    assert_int_equal(driver->stat(fixture->store, "r", &object, NULL, NULL), ARTREPO_OK);
    put_text(fixture, "r/below", "x");
    free(try_get(fixture->store, "r", &range, &code, &error));
    assert_int_equal(code, ARTREPO_OK);
}

/* ---- files on both sides ---- */

static void files_are_copied_by_descriptor(void **state) {
    fs_fixture *fixture = *state;
    char in[640], out[640];
    snprintf(in, sizeof in, "%s/in", fixture->directory);
    snprintf(out, sizeof out, "%s/out", fixture->directory);
    const size_t size = ((size_t)20 << 20) + 12345;
    char *data = malloc(size);
    for (size_t i = 0; i < size; i++) {
        data[i] = (char)(i * 2654435761u >> 13);
    }
    int file = open(in, O_CREAT | O_WRONLY, 0600);
    assert_int_equal(ar_file_write_all(file, data, size, in, NULL), ARTREPO_OK);
    close(file);

    artrepo_operation *operation = artrepo_operation_new();
    artrepo_source *source;
    artrepo_sink *sink;
    artrepo_object object;
    assert_int_equal(artrepo_source_open_file(in, &source, NULL), ARTREPO_OK);
    assert_true(source->descriptor >= 0);
    assert_int_equal(
        driver->put(fixture->store, "f", source, &put_options, &object, operation, NULL),
        ARTREPO_OK);
    artrepo_source_close(source);
    assert_int_equal(object.size, size);
    assert_int_equal(artrepo_operation_progress(operation).bytes_done, size);

    const artrepo_range all = {0, -1, object.version};
    assert_int_equal(artrepo_sink_open_file(out, 0600, &sink, NULL), ARTREPO_OK);
    assert_int_equal(driver->get(fixture->store, "f", &all, sink, &object, operation, NULL),
                     ARTREPO_OK);
    /* What is written afterwards goes behind it. */
    assert_int_equal(artrepo_sink_write(sink, "!", 1, NULL), ARTREPO_OK);
    assert_int_equal(artrepo_sink_commit(sink, NULL), ARTREPO_OK);
    artrepo_sink_close(sink);
    char *got;
    size_t got_size;
    assert_int_equal(ar_file_read_whole(out, size + 1, &got, &got_size, NULL), ARTREPO_OK);
    assert_int_equal(got_size, size + 1);
    assert_memory_equal(got, data, size);
    assert_int_equal(got[size], '!');
    free(got);
    free(data);
    assert_int_equal(artrepo_operation_progress(operation).bytes_done, 2 * size);
    artrepo_operation_free(operation);
}

/* ---- failures ---- */

static artrepo_code fail_to_read(artrepo_source *source, void *buffer, size_t capacity, size_t *got,
                                 artrepo_error *error) {
    if (source->descriptor-- == -1) {
        memset(buffer, 'x', capacity);
        *got = capacity;
        return ARTREPO_OK;
    }
    return artrepo_error_set(error, ARTREPO_IO, "the disk caught fire");
}

static void a_failed_put_leaves_nothing(void **state) {
    fs_fixture *fixture = *state;
    const artrepo_source_functions functions = {fail_to_read, NULL, NULL};
    artrepo_source source = {&functions, -1, -1};
    artrepo_object object;
    artrepo_error error = ARTREPO_ERROR_INIT;
    put_text(fixture, "old", "old");
    assert_int_equal(
        driver->put(fixture->store, "new/x/y", &source, &put_options, &object, NULL, &error),
        ARTREPO_IO);
    assert_string_equal(error.message, "the disk caught fire");
    assert_false(is_there(fixture, "root/new"));
    source.descriptor = -1;
    assert_int_equal(
        driver->put(fixture->store, "old", &source, &put_options, &object, NULL, &error),
        ARTREPO_IO);
    expect_text(fixture, "old", "old");
    assert_int_equal(count_entries(fixture->root), 1);
}

static void a_source_that_shrinks_is_an_error(void **state) {
    fs_fixture *fixture = *state;
    artrepo_source *source;
    artrepo_object object;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(artrepo_source_open_memory("12345", 5, &source, NULL), ARTREPO_OK);
    source->size = 9;
    assert_int_equal(driver->put(fixture->store, "s", source, &put_options, &object, NULL, &error),
                     ARTREPO_IO);
    assert_non_null(strstr(error.message, "5 of 9 bytes"));
    artrepo_source_close(source);
    assert_int_equal(count_entries(fixture->root), 0);

    char path[640];
    snprintf(path, sizeof path, "%s/in", fixture->directory);
    int file = open(path, O_CREAT | O_RDWR, 0600);
    assert_int_equal(write(file, "12345", 5), 5);
    assert_int_equal(artrepo_source_open_file(path, &source, NULL), ARTREPO_OK);
    assert_int_equal(ftruncate(file, 2), 0);
    assert_int_equal(driver->put(fixture->store, "s", source, &put_options, &object, NULL, &error),
                     ARTREPO_IO);
    artrepo_source_close(source);
    close(file);
    expect_list(fixture, "", "");
}

static void a_cancelled_put_leaves_nothing(void **state) {
    fs_fixture *fixture = *state;
    artrepo_operation *operation = artrepo_operation_new();
    artrepo_operation_cancel(operation);
    artrepo_source *source;
    artrepo_object object;
    assert_int_equal(artrepo_source_open_memory("12345", 5, &source, NULL), ARTREPO_OK);
    assert_int_equal(
        driver->put(fixture->store, "s/t", source, &put_options, &object, operation, NULL),
        ARTREPO_CANCELLED);
    artrepo_source_close(source);
    artrepo_operation_free(operation);
    assert_int_equal(count_entries(fixture->root), 0);
}

static void symbolic_links_are_not_followed(void **state) {
    fs_fixture *fixture = *state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_object object;
    artrepo_code code;
    const artrepo_range all = {0, -1, NULL};
    char path[640], outside[640];
    put_text(fixture, "a", "x");
    snprintf(outside, sizeof outside, "%s/outside", fixture->directory);
    assert_int_equal(mkdir(outside, 0700), 0);
    snprintf(path, sizeof path, "%s/link", fixture->root);
    assert_int_equal(symlink("../outside", path), 0);
    snprintf(path, sizeof path, "%s/file", fixture->root);
    assert_int_equal(symlink("/etc/passwd", path), 0);

    assert_int_equal(try_put(fixture->store, "link/x", "x", 1, &error), ARTREPO_REFUSED_UNSAFE);
    assert_non_null(strstr(error.message, "symbolic link"));
    assert_int_equal(count_entries(outside), 0);
    free(try_get(fixture->store, "file", &all, &code, &error));
    assert_int_equal(code, ARTREPO_REFUSED_UNSAFE);
    assert_int_equal(driver->stat(fixture->store, "link/x", &object, NULL, &error),
                     ARTREPO_REFUSED_UNSAFE);
    assert_int_equal(driver->remove(fixture->store, "link/x", NULL, &error),
                     ARTREPO_REFUSED_UNSAFE);
    expect_list(fixture, "", "a\n");

    /* A put of that very name replaces the link, not what it points to. */
    put_text(fixture, "file", "mine");
    expect_text(fixture, "file", "mine");
}

static void devices_and_pipes_are_no_objects(void **state) {
    fs_fixture *fixture = *state;
    char path[640];
    put_text(fixture, "a", "x");
    snprintf(path, sizeof path, "%s/pipe", fixture->root);
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_missing(fixture, "pipe");
    expect_list(fixture, "", "a\n");
}

/* ---- the root "/" ---- */

static void the_whole_file_system_means_what_it_says(void **state) {
    fs_fixture *fixture = *state;
    void *store;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_object object;
    artrepo_code code;
    const artrepo_range all = {0, -1, NULL};
    char key[640], link[640];
    assert_int_equal(mkdir(fixture->root, 0700), 0);
    snprintf(link, sizeof link, "%s/link", fixture->directory);
    assert_int_equal(symlink("root", link), 0);
    assert_int_equal(open_store("/", &store, NULL), ARTREPO_OK);

    snprintf(key, sizeof key, "%s/link/.artrepo=x", fixture->directory + 1);
    assert_int_equal(try_put(store, key, "abc", 3, &error), ARTREPO_OK);
    assert_true(is_there(fixture, "root/.artrepo=x"));
    char *text = try_get(store, key, &all, &code, &error);
    assert_int_equal(code, ARTREPO_OK);
    assert_string_equal(text, "abc");
    free(text);

    snprintf(key, sizeof key, "%s/root/.artrepo=x/below", fixture->directory + 1);
    assert_int_equal(try_put(store, key, "abc", 3, &error), ARTREPO_INVALID);
    assert_non_null(strstr(error.message, "is not a directory"));
    snprintf(key, sizeof key, "%s/root", fixture->directory + 1);
    assert_int_equal(try_put(store, key, "abc", 3, &error), ARTREPO_INVALID);
    snprintf(key, sizeof key, "%s/root/../x", fixture->directory + 1);
    assert_int_equal(try_put(store, key, "abc", 3, &error), ARTREPO_INVALID);
    assert_int_equal(driver->stat(store, "", &object, NULL, &error), ARTREPO_INVALID);

    ar_buffer listed = AR_BUFFER_INIT;
    snprintf(key, sizeof key, "%s/ro", fixture->directory + 1);
    assert_int_equal(driver->list(store, key, append_key, &listed, NULL, &error), ARTREPO_OK);
    snprintf(key, sizeof key, "%s/root/.artrepo=x\n", fixture->directory + 1);
    assert_string_equal(listed.data, key);
    ar_buffer_free(&listed);

    snprintf(key, sizeof key, "%s/root/.artrepo=x", fixture->directory + 1);
    assert_int_equal(driver->remove(store, key, NULL, NULL), ARTREPO_OK);
    assert_int_equal(count_entries(fixture->root), 0);
    assert_true(is_there(fixture, "root")); /* directories are not tidied up */
    driver->close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_root_is_required),
        TEST(reading_does_not_make_the_root),
        TEST(ordinary_objects_are_plain_files),
        TEST(awkward_keys_work_and_do_not_collide),
        TEST(empty_and_endless_keys_are_errors),
        TEST(an_object_and_a_directory_share_a_name),
        TEST(lists_are_in_the_order_of_the_keys),
        TEST(a_callback_ends_a_list),
        TEST(temporaries_are_not_listed_and_do_no_harm),
        TEST(ranges_are_cut_at_the_end),
        TEST(a_version_pins_the_object),
        TEST(files_are_copied_by_descriptor),
        TEST(a_failed_put_leaves_nothing),
        TEST(a_source_that_shrinks_is_an_error),
        TEST(a_cancelled_put_leaves_nothing),
        TEST(symbolic_links_are_not_followed),
        TEST(devices_and_pipes_are_no_objects),
        TEST(the_whole_file_system_means_what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
