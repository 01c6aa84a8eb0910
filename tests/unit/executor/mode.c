#include "unit/support.h"

#include <fcntl.h>

#include "base/file.h"
#include "executor/mode.h"

static mode_t mode_of(const char *root, const char *name) {
    char path[300];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", root, name);
    assert_int_equal(lstat(path, &status), 0);
    return status.st_mode & 07777;
}

static void test_modes(void **state) {
    (void)state;
    char *root = scratch_directory();
    char command[300];
    snprintf(command, sizeof command,
             "cd '%s' && mkdir -p a/b && echo x > a/f && echo x > a/b/g && echo x > outside && "
             "ln -s ../outside a/link && chmod 600 outside a/f a/b/g",
             root);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "%s/a", root);
    assert_ok(ar_apply_mode(command, 0711, false, error));
    assert_int_equal(mode_of(root, "a"), 0711);
    assert_int_equal(mode_of(root, "a/f"), 0600);
    assert_ok(ar_apply_mode(command, 0500, true, error)); /* also takes the write permission away */
    assert_int_equal(mode_of(root, "a"), 0500);
    assert_int_equal(mode_of(root, "a/f"), 0500);
    assert_int_equal(mode_of(root, "a/b"), 0500);
    assert_int_equal(mode_of(root, "a/b/g"), 0500);
    assert_int_equal(mode_of(root, "outside"), 0600); /* a link is not followed */
    assert_ok(ar_apply_mode(command, 0700, true, error));
    remove_scratch(root);
}

/* A single link in an archive becomes the path. */
static void test_a_link(void **state) {
    (void)state;
    char *root = scratch_directory();
    char path[300];
    snprintf(path, sizeof path,
             "cd '%s' && echo x > outside && chmod 600 outside && ln -s outside a", root);
    assert_int_equal(system(path), 0);
    snprintf(path, sizeof path, "%s/a", root);
    assert_ok(ar_apply_mode(path, 0711, false, error));
    assert_ok(ar_apply_mode(path, 0711, true, error));
    assert_int_equal(mode_of(root, "outside"), 0600);
    remove_scratch(root);
}

/* Deeper than any path may be. */
static void test_a_deep_tree(void **state) {
    (void)state;
    enum { LEVELS = 300 };
    char *root = scratch_directory();
    char name[] = "a-name-of-some-length-so-that-the-path-becomes-too-long-for-any-call";
    int directory = open(root, O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < LEVELS; i++) {
        assert_int_equal(mkdirat(directory, name, 0300), 0);
        int below = openat(directory, name, O_PATH | O_DIRECTORY);
        assert_true(below >= 0);
        close(directory);
        directory = below;
    }
    assert_ok(ar_apply_mode(root, 0755, true, error));
    struct stat status;
    assert_int_equal(fstat(directory, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0755);
    close(directory);
    assert_ok(ar_file_remove_tree(AT_FDCWD, root, error));
}

static void test_a_path_that_is_not_there(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(ar_apply_mode("/nonexistent/x", 0600, false, &error), ARTREPO_NOT_FOUND);
    assert_int_equal(ar_apply_mode("/nonexistent/x", 0600, true, &error), ARTREPO_NOT_FOUND);
    assert_non_null(strstr(error.message, "/nonexistent/x"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_a_link),
        cmocka_unit_test(test_a_deep_tree),
        cmocka_unit_test(test_a_path_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
