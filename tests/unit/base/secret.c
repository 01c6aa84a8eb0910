#include "unit/base/unit.h"

#include "base/secret.h"

static void assert_read(const char *path, size_t size, size_t limit) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_secret secret;
    if (size > limit) {
        assert_code(ar_secret_read(path, limit, &secret, &error), ARTREPO_INVALID, error);
        assert_contains(error.message, "is larger than");
        assert_null(secret.data);
        return;
    }
    assert_ok(ar_secret_read(path, limit, &secret, &error), error);
    assert_int_equal(secret.size, size);
    assert_int_equal(strlen(secret.data), size);
    artrepo_secret_clear(&secret);
    assert_null(secret.data);
}

static void secrets_of_all_sizes_are_read(void **state) {
    static const size_t sizes[] = {0, 1, 2, 4095, 4096, 4097, 10000, 70000};
    const char *path = test_path(*state, "secret");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *text = calloc(1, sizes[i] + 1);
        memset(text, 's', sizes[i]);
        write_test_file(path, text);
        free(text);
        assert_read(path, sizes[i], 1 << 20);
        assert_read(path, sizes[i], sizes[i]);
        assert_read(path, sizes[i], sizes[i] > 0 ? sizes[i] - 1 : 0);
    }
}

/* What tells no size: a pipe. */
static void secrets_come_from_pipes(void **state) {
    (void)state;
    int ends[2];
    char path[64], data[9000];
    assert_int_equal(pipe(ends), 0);
    memset(data, 'p', sizeof data);
    assert_int_equal(write(ends[1], data, sizeof data), sizeof data);
    close(ends[1]);
    snprintf(path, sizeof path, "/proc/self/fd/%d", ends[0]);
    assert_read(path, sizeof data, 1 << 20);
    close(ends[0]);
}

static void what_is_not_there_is_named(void **state) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_secret secret;
    const char *path = test_path(*state, "nothing");
    assert_code(ar_secret_read(path, 10, &secret, &error), ARTREPO_NOT_FOUND, error);
    assert_contains(error.message, path);
    assert_null(secret.data);
}

static void count_warning(void *data, const artrepo_log_record *record) {
    assert_int_equal(record->level, ARTREPO_LOG_WARNING);
    assert_int_equal(record->field_count, 2);
    ++*(int *)data;
}

/* On a disk only: where the test's directory is in memory, nothing is ever said. */
static void others_that_can_read_are_warned_of(void **state) {
    const char *path = test_path(*state, "secret");
    char command[300];
    int count = 0;
    artrepo_operation *operation = artrepo_operation_new();
    artrepo_operation_set_log(operation, ARTREPO_LOG_WARNING, count_warning, &count);
    write_test_file(path, "s");
    snprintf(command, sizeof command, "test \"$(stat -f -c %%T '%s')\" = tmpfs", path);
    bool on_disk = system(command) != 0;
    static const struct {
        mode_t mode;
        int warnings;
    } cases[] = {{0600, 0}, {0640, 0}, {0644, 1}, {0604, 1}, {0400, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        count = 0;
        assert_int_equal(chmod(path, cases[i].mode), 0);
        ar_secret_warn_readable(path, operation);
        assert_int_equal(count, on_disk ? cases[i].warnings : 0);
    }
    ar_secret_warn_readable(test_path(*state, "nothing"), operation);
    ar_secret_warn_readable(path, NULL);
    artrepo_operation_free(operation);
}

#define IN_DIRECTORY(test)                                                                         \
    cmocka_unit_test_setup_teardown(test, make_test_directory, remove_test_directory)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(secrets_of_all_sizes_are_read),
        cmocka_unit_test(secrets_come_from_pipes),
        IN_DIRECTORY(what_is_not_there_is_named),
        IN_DIRECTORY(others_that_can_read_are_warned_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
