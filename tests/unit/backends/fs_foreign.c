/* Trees into which others have put things: what stands for no key is neither listed nor read. */
#include "unit/backends/fs_fixture.h"

static void make_file(const fs_fixture *fixture, const char *path, const char *text) {
    char whole[2048];
    snprintf(whole, sizeof whole, "%s/%s", fixture->directory, path);
    int descriptor = open(whole, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, strlen(text)), strlen(text));
    close(descriptor);
}

/* The directory of a long name's beginning has the ends of long names in it, and of no others. */
static void short_names_have_one_form(void **state) {
    fs_fixture *fixture = *state;
    char key[301], expected[310], beginning[300], path[600];
    memset(key, 'n', 300);
    key[300] = '\0';
    put_text(fixture, key, "long");
    DIR *root = opendir(fixture->root);
    const struct dirent *entry;
    while ((entry = readdir(root)) != NULL && strncmp(entry->d_name, ".artrepo_", 9) != 0) {
    }
    assert_non_null(entry);
    snprintf(beginning, sizeof beginning, "%s", entry->d_name);
    closedir(root);
    snprintf(path, sizeof path, "root/%s/y",
             beginning); /* fits into one name with what is before */
    make_file(fixture, path, "nobody's");
    snprintf(expected, sizeof expected, "%s\n", key);
    expect_list(fixture, "", expected);
    snprintf(path, sizeof path, "%sy", beginning + 9);
    expect_missing(fixture, path);
    expect_text(fixture, key, "long");
}

/* The plain name counts, and the key is listed once. */
static void an_object_in_both_places_is_one(void **state) {
    fs_fixture *fixture = *state;
    put_text(fixture, "a", "plain");
    make_file(fixture, "root/.artrepo+a", "older");
    expect_list(fixture, "", "a\n");
    expect_text(fixture, "a", "plain");
    remove_object(fixture, "a");
    expect_missing(fixture, "a");
    expect_list(fixture, "", "");
}

static void what_is_no_directory_is_in_the_way(void **state) {
    fs_fixture *fixture = *state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    char path[640];
    put_text(fixture, "other", "x");
    snprintf(path, sizeof path, "%s/pipe", fixture->root);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(try_put(fixture->store, "pipe/x", "x", 1, &error), ARTREPO_IO);
    assert_non_null(strstr(error.message, "cannot write 'pipe/x' in"));
    assert_non_null(strstr(error.message, "'pipe' there is neither an object nor a directory"));
    assert_true(is_there(fixture, "root/pipe"));
}

/* ---- the root "/" ---- */

/* Links to files are followed; links to directories may go in circles. */
static void links_of_the_whole_file_system(void **state) {
    fs_fixture *fixture = *state;
    void *store;
    artrepo_error error = ARTREPO_ERROR_INIT;
    char path[640], expected[2100], prefix[640];
    const char *directory = fixture->directory + 1;
    make_file(fixture, "file", "text");
    char *temporary = ar_file_temporary_sibling("x");
    make_file(fixture, strrchr(temporary, '/') + 1, "unfinished");
    free(temporary);
    static const char *const links[][2] = {
        {"to-circle", "."}, {"to-file", "file"}, {"to-nothing", "none"}};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "%s/%s", fixture->directory, links[i][0]);
        assert_int_equal(symlink(links[i][1], path), 0);
    }
    assert_int_equal(open_store("/", &store, NULL), ARTREPO_OK);
    ar_buffer listed = AR_BUFFER_INIT;
    snprintf(prefix, sizeof prefix, "%s/", directory);
    assert_int_equal(driver->list(store, prefix, append_key, &listed, NULL, &error), ARTREPO_OK);
    snprintf(expected, sizeof expected, "%s/file\n%s/to-file\n", directory, directory);
    assert_string_equal(listed.data, expected);
    ar_buffer_free(&listed);
    driver->close(store);
}

static void names_that_no_file_can_have(void **state) {
    fs_fixture *fixture = *state;
    void *store;
    artrepo_error error = ARTREPO_ERROR_INIT;
    char name[301], key[1000];
    memset(name, 'n', 300);
    name[300] = '\0';
    assert_int_equal(open_store("/", &store, NULL), ARTREPO_OK);
    for (int below = 0; below < 2; below++) {
        snprintf(key, sizeof key, "%s/%s%s", fixture->directory + 1, name, below ? "/x" : "");
        assert_int_equal(try_put(store, key, "x", 1, &error), ARTREPO_INVALID);
        assert_non_null(strstr(error.message, "is longer than the file system takes; choose a"));
    }
    assert_int_equal(count_entries(fixture->directory), 0);
    driver->close(store);
    char prefix[5001];
    memset(prefix, 'n', 5000);
    prefix[5000] = '\0';
    put_text(fixture, "n", "x");
    expect_list(fixture, prefix, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(short_names_have_one_form),          TEST(an_object_in_both_places_is_one),
        TEST(what_is_no_directory_is_in_the_way), TEST(links_of_the_whole_file_system),
        TEST(names_that_no_file_can_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
