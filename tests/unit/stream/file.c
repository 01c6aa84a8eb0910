#include "unit/base/unit.h"

#include <artrepo/stream.h>
#include <dirent.h>

static void expect(artrepo_source *source, const char *text) {
    char buffer[64];
    size_t got = 0;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_source_read_full(source, buffer, sizeof buffer, &got, &error), error);
    assert_int_equal(got, strlen(text));
    assert_memory_equal(buffer, text, got);
}

static int count_entries(const char *directory) {
    DIR *stream = opendir(directory);
    assert_non_null(stream);
    int count = -2; /* "." and ".." */
    while (readdir(stream) != NULL) {
        count++;
    }
    closedir(stream);
    return count;
}

static void a_file_is_read_and_read_again(void **state) {
    const char *path = test_path(*state, "f");
    artrepo_source *source = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    write_test_file(path, "content");
    assert_ok(artrepo_source_open_file(path, &source, &error), error);
    assert_int_equal(source->size, 7);
    assert_true(source->descriptor >= 0);
    expect(source, "content");
    assert_ok(artrepo_source_rewind(source, &error), error);
    expect(source, "content");
    artrepo_source_close(source);
}

static void what_cannot_be_read_is_named(void **state) {
    artrepo_source *source = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_code(artrepo_source_open_file(test_path(*state, "none"), &source, &error),
                ARTREPO_NOT_FOUND, error);
    assert_contains(error.message, test_path(*state, "none"));
    assert_code(artrepo_source_open_file(*state, &source, &error), ARTREPO_IO, error);
    assert_contains(error.message, "Is a directory");
    char buffer[8];
    size_t got = 1;
    assert_ok(artrepo_source_open_file("/proc/self/mem", &source, &error), error);
    assert_code(artrepo_source_read(source, buffer, sizeof buffer, &got, &error), ARTREPO_IO,
                error); /* nothing is at address 0 */
    assert_contains(error.message, "cannot read /proc/self/mem: Input/output error");
    artrepo_source_close(source);
}

static void a_pipe_is_read_once(void **state) {
    (void)state;
    int ends[2];
    artrepo_source *source = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "piped", 5), 5);
    close(ends[1]);
    assert_ok(artrepo_source_open_descriptor(ends[0], "stdin", &source, &error), error);
    assert_true(source->size == -1);
    assert_int_equal(source->descriptor, -1);
    expect(source, "piped");
    assert_code(artrepo_source_rewind(source, &error), ARTREPO_UNSUPPORTED, error);
    assert_contains(error.message, "stdin");
    artrepo_source_close(source);
    assert_int_equal(close(ends[0]), 0); /* it stayed ours */
}

static void a_descriptor_is_read_from_where_it_stands(void **state) {
    const char *path = test_path(*state, "f");
    artrepo_source *source = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    write_test_file(path, "content");
    int file = open(path, O_RDONLY);
    assert_int_equal(lseek(file, 3, SEEK_SET), 3);
    assert_ok(artrepo_source_open_descriptor(file, path, &source, &error), error);
    assert_int_equal(source->size, 4);
    assert_int_equal(source->descriptor, -1); /* its bytes are not those from offset 0 */
    expect(source, "tent");
    assert_ok(artrepo_source_rewind(source, &error), error);
    expect(source, "tent");
    artrepo_source_close(source);
    close(file);
}

static void a_file_appears_on_commit(void **state) {
    const char *path = test_path(*state, "f");
    artrepo_sink *sink = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    write_test_file(path, "old");
    umask(022);
    assert_ok(artrepo_sink_open_file(path, 0666, &sink, &error), error);
    assert_ok(artrepo_sink_write(sink, "new", 3, &error), error);
    char *text = read_test_file(path);
    assert_string_equal(text, "old");
    free(text);
    assert_int_equal(count_entries(*state), 2);
    assert_ok(artrepo_sink_commit(sink, &error), error);
    artrepo_sink_close(sink);
    text = read_test_file(path);
    assert_string_equal(text, "new");
    free(text);
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0644);
    assert_int_equal(count_entries(*state), 1);
}

static void without_commit_nothing_stays(void **state) {
    const char *path = test_path(*state, "f");
    artrepo_sink *sink = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_sink_open_file(path, 0600, &sink, &error), error);
    assert_ok(artrepo_sink_write(sink, "new", 3, &error), error);
    assert_true(sink->descriptor >= 0);
    artrepo_sink_close(sink);
    assert_int_equal(count_entries(*state), 0);
}

static void a_commit_that_fails_leaves_nothing(void **state) {
    const char *path = test_path(*state, "f");
    artrepo_sink *sink = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_sink_open_file(path, 0600, &sink, &error), error);
    assert_ok(artrepo_sink_write(sink, "new", 3, &error), error);
    assert_int_equal(mkdir(path, 0700), 0); /* it came in between */
    assert_code(artrepo_sink_commit(sink, &error), ARTREPO_IO, error);
    assert_contains(error.message, path);
    artrepo_sink_close(sink);
    assert_int_equal(count_entries(*state), 1);
}

static void where_no_file_can_be_is_said(void **state) {
    artrepo_sink *sink = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_code(artrepo_sink_open_file(*state, 0600, &sink, &error), ARTREPO_IO, error);
    assert_contains(error.message, "it is a directory");
    assert_code(artrepo_sink_open_file(test_path(*state, "none/f"), 0600, &sink, &error),
                ARTREPO_NOT_FOUND, error);
    assert_contains(error.message, test_path(*state, "none/f"));
}

static void a_descriptor_sink_writes_through(void **state) {
    const char *path = test_path(*state, "f");
    artrepo_sink *sink = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    int file = open(path, O_RDWR | O_CREAT, 0600);
    assert_ok(artrepo_sink_open_descriptor(file, "stdout", &sink, &error), error);
    assert_ok(artrepo_sink_write(sink, "now", 3, &error), error);
    assert_int_equal(sink->descriptor, -1);
    char *text = read_test_file(path);
    assert_string_equal(text, "now");
    free(text);
    assert_ok(artrepo_sink_commit(sink, &error), error);
    artrepo_sink_close(sink);
    assert_int_equal(close(file), 0);
}

#define IN_DIRECTORY(test)                                                                         \
    cmocka_unit_test_setup_teardown(test, make_test_directory, remove_test_directory)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(a_file_is_read_and_read_again),
        IN_DIRECTORY(what_cannot_be_read_is_named),
        cmocka_unit_test(a_pipe_is_read_once),
        IN_DIRECTORY(a_descriptor_is_read_from_where_it_stands),
        IN_DIRECTORY(a_file_appears_on_commit),
        IN_DIRECTORY(without_commit_nothing_stays),
        IN_DIRECTORY(a_commit_that_fails_leaves_nothing),
        IN_DIRECTORY(where_no_file_can_be_is_said),
        IN_DIRECTORY(a_descriptor_sink_writes_through),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
