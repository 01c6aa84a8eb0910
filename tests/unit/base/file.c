#include "unit/base/unit.h"

#include "base/file.h"

#include <errno.h>
#include <grp.h>
#include <sys/wait.h>

static void writes_and_reads_are_whole(void **state) {
    const char *path = test_path(*state, "f");
    artrepo_error error = ARTREPO_ERROR_INIT;
    int file = open(path, O_RDWR | O_CREAT, 0600);
    assert_true(file >= 0);
    assert_ok(ar_file_write_all(file, "hello", 5, "f", &error), error);
    assert_ok(ar_file_pwrite_all(file, "J", 1, 0, "f", &error), error);
    char buffer[16] = "";
    size_t got = 0;
    assert_ok(ar_file_pread_full(file, buffer, sizeof buffer, 1, &got, "f", &error), error);
    assert_int_equal(got, 4);
    assert_memory_equal(buffer, "ello", 4);
    assert_ok(ar_file_read_full(file, buffer, sizeof buffer, &got, "f", &error), error);
    assert_int_equal(got, 0); /* where the first write ended */
    close(file);
    assert_code(ar_file_write_all(file, "x", 1, "f", &error), ARTREPO_IO, error);
    assert_contains(error.message, "cannot write f");
}

static void a_pipe_is_read_to_its_end(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "ab", 2), 2);
    assert_int_equal(write(ends[1], "cd", 2), 2);
    close(ends[1]);
    char buffer[8];
    size_t got = 0;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(ar_file_read_full(ends[0], buffer, 3, &got, "pipe", &error), error);
    assert_int_equal(got, 3);
    assert_ok(ar_file_read_full(ends[0], buffer, 8, &got, "pipe", &error), error);
    assert_int_equal(got, 1);
    assert_memory_equal(buffer, "d", 1);
    close(ends[0]);
}

static void a_full_disk_says_so(void **state) {
    (void)state;
    int file = open("/dev/full", O_WRONLY);
    if (file < 0) {
        skip();
    }
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_code(ar_file_write_all(file, "x", 1, "the file", &error), ARTREPO_IO, error);
    assert_contains(error.message, "no space left");
    assert_int_equal(ar_file_write_all(file, "x", 1, "the file", NULL), ARTREPO_IO);
    close(file);
}

static void whole_files_have_a_limit(void **state) {
    const char *path = test_path(*state, "f");
    write_test_file(path, "0123456789");
    char *data = NULL;
    size_t size = 0;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(ar_file_read_whole(path, 10, &data, &size, &error), error);
    assert_int_equal(size, 10);
    assert_string_equal(data, "0123456789");
    free(data);
    assert_code(ar_file_read_whole(path, 9, &data, &size, &error), ARTREPO_INVALID, error);
    assert_contains(error.message, "larger than 9 bytes");
    assert_code(ar_file_read_whole("/dev/zero", 100000, &data, &size, &error), ARTREPO_INVALID,
                error);
    assert_code(ar_file_read_whole(test_path(*state, "none"), 9, &data, &size, &error),
                ARTREPO_NOT_FOUND, error);
    assert_contains(error.message, "/none");
    assert_code(ar_file_read_whole(*state, 9, &data, &size, &error), ARTREPO_IO, error);
}

static void empty_and_large_files_are_read_whole(void **state) {
    const char *path = test_path(*state, "f");
    char *data = NULL;
    size_t size = 1;
    artrepo_error error = ARTREPO_ERROR_INIT;
    write_test_file(path, "");
    assert_ok(ar_file_read_whole(path, 10, &data, &size, &error), error);
    assert_int_equal(size, 0);
    assert_string_equal(data, "");
    free(data);
    FILE *file = fopen(path, "w");
    for (int i = 0; i < 100000; i++) {
        fputc('a' + i % 26, file);
    }
    fclose(file);
    assert_ok(ar_file_read_whole(path, 100000, &data, &size, &error), error);
    assert_int_equal(size, 100000);
    assert_int_equal(data[99999], 'a' + 99999 % 26);
    free(data);
}

static void temporary_siblings_are_beside_and_differ(void **state) {
    (void)state;
    char *first = ar_file_temporary_sibling("/a/b/c");
    char *second = ar_file_temporary_sibling("/a/b/c");
    char *here = ar_file_temporary_sibling("c");
    assert_int_equal(strncmp(first, "/a/b/.artrepo-", 14), 0);
    assert_int_equal(strncmp(here, "./.artrepo-", 11), 0);
    assert_string_not_equal(first, second);
    free(first);
    free(second);
    free(here);
}

static void directories_are_made_all_the_way(void **state) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    const char *deep = test_path(*state, "a/b//c/");
    struct stat status;
    assert_ok(ar_file_make_directories(deep, &error), error);
    assert_ok(ar_file_make_directories(deep, &error), error);
    assert_int_equal(stat(deep, &status), 0);
    assert_ok(ar_file_make_parent(test_path(*state, "x/y/file"), &error), error);
    assert_int_equal(stat(test_path(*state, "x/y"), &status), 0);
    assert_int_equal(stat(test_path(*state, "x/y/file"), &status), -1);
    write_test_file(test_path(*state, "file"), "");
    assert_code(ar_file_make_directories(test_path(*state, "file/below"), &error), ARTREPO_IO,
                error);
    assert_contains(error.message, "Not a directory");
}

static void trees_are_removed_without_following_links(void **state) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    struct stat status;
    assert_ok(ar_file_make_directories(test_path(*state, "t/a/b"), &error), error);
    assert_ok(ar_file_make_directories(test_path(*state, "kept"), &error), error);
    write_test_file(test_path(*state, "kept/file"), "x");
    write_test_file(test_path(*state, "t/a/b/file"), "x");
    assert_int_equal(symlink(test_path(*state, "kept"), test_path(*state, "t/a/link")), 0);
    assert_int_equal(symlink("nowhere", test_path(*state, "t/broken")), 0);
    assert_int_equal(chmod(test_path(*state, "t/a/b"), 0), 0);
    assert_ok(ar_file_remove_tree(AT_FDCWD, test_path(*state, "t"), &error), error);
    assert_int_equal(lstat(test_path(*state, "t"), &status), -1);
    assert_int_equal(stat(test_path(*state, "kept/file"), &status), 0);
    assert_ok(ar_file_remove_tree(AT_FDCWD, test_path(*state, "t"), &error), error);
    assert_ok(ar_file_remove_tree(AT_FDCWD, test_path(*state, "kept/file"), &error), error);
    assert_int_equal(stat(test_path(*state, "kept/file"), &status), -1);
}

/* ---- as a user whom permissions hold ---- */

/* In a process of its own, which is not root's even where the tests are; it says what is wrong by
 * printing it. */
static void assert_as_a_user(const char *directory, bool (*run)(const char *directory)) {
    enum { USER = 65534 };
    if (geteuid() == 0) {
        assert_int_equal(chown(directory, USER, USER), 0);
    }
    pid_t child = fork();
    if (child == 0) {
        bool held =
            geteuid() != 0 || (setgroups(0, NULL) == 0 && setresgid(USER, USER, USER) == 0 &&
                               setresuid(USER, USER, USER) == 0);
        _exit(held && run(directory) ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static bool make_file(const char *path) {
    return close(open(path, O_WRONLY | O_CREAT | O_EXCL, 0600)) == 0;
}

/* MODE is that of the directory in the middle. */
static bool removes_tree_of_mode(const char *directory, mode_t mode) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    const char *top = test_path(directory, "t"), *middle = test_path(directory, "t/a");
    bool made = mkdir(top, 0700) == 0 && mkdir(middle, 0700) == 0 &&
                mkdir(test_path(directory, "t/a/b"), 0700) == 0 &&
                make_file(test_path(directory, "t/a/f")) &&
                make_file(test_path(directory, "t/a/b/f")) && chmod(middle, mode) == 0 &&
                chmod(top, mode) == 0;
    if (!made || ar_file_remove_tree(AT_FDCWD, top, &error) != ARTREPO_OK ||
        access(top, F_OK) == 0) {
        printf("mode %04o: made %d, %s\n", (unsigned)mode, made, error.message);
        fflush(stdout);
        return false;
    }
    return true;
}

static bool removes_trees(const char *directory) {
    static const mode_t modes[] = {0700, 0500, 0300, 0600, 0400, 0200, 0100, 0};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        if (!removes_tree_of_mode(directory, modes[i])) {
            return false;
        }
    }
    return true;
}

static void trees_of_few_permissions_are_removed(void **state) {
    assert_as_a_user(*state, removes_trees);
}

static mode_t mode_of(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 ? status.st_mode & 07777 : 07777;
}

static bool leaves_others_alone(const char *directory) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    const char *parent = test_path(directory, "parent"), *work = test_path(directory, "work");
    const char *file = test_path(directory, "parent/f");
    bool made = mkdir(parent, 0755) == 0 && mkdir(work, 0755) == 0 && make_file(file) &&
                chmod(parent, 0555) == 0 && chdir(work) == 0;
    artrepo_code code = ar_file_remove_tree(AT_FDCWD, file, &error);
    bool right = made && code == ARTREPO_ACCESS_DENIED && error.system_errno == EACCES &&
                 strstr(error.message, file) != NULL && access(file, F_OK) == 0 &&
                 mode_of(parent) == 0555 && mode_of(work) == 0755;
    if (!right) {
        printf("made %d, %s: %s; parent %04o, working directory %04o\n", made,
               artrepo_code_name(code), error.message, (unsigned)mode_of(parent),
               (unsigned)mode_of(work));
        fflush(stdout);
    }
    return right;
}

/* Neither the directory that something is to be removed from, nor the one where the program is. */
static void modes_above_a_tree_are_not_changed(void **state) {
    assert_as_a_user(*state, leaves_others_alone);
}

#define IN_DIRECTORY(test)                                                                         \
    cmocka_unit_test_setup_teardown(test, make_test_directory, remove_test_directory)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(writes_and_reads_are_whole),
        cmocka_unit_test(a_pipe_is_read_to_its_end),
        cmocka_unit_test(a_full_disk_says_so),
        IN_DIRECTORY(whole_files_have_a_limit),
        IN_DIRECTORY(empty_and_large_files_are_read_whole),
        cmocka_unit_test(temporary_siblings_are_beside_and_differ),
        IN_DIRECTORY(directories_are_made_all_the_way),
        IN_DIRECTORY(trees_are_removed_without_following_links),
        IN_DIRECTORY(trees_of_few_permissions_are_removed),
        IN_DIRECTORY(modes_above_a_tree_are_not_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
