/* Every case of untar.json, through the whole of an unpack: what the reference made of an archive,
 * or, where it loses or mixes data, what we make of it. */
#include "unit/archive/stream_support.h"
#include "unit/vectors.h"

static void check_file(const char *path, const struct stat *status, const json_t *expected) {
    assert_true(S_ISREG(status->st_mode));
    const json_t *size = json_object_get(expected, "size");
    if (size != NULL) {
        assert_int_equal(status->st_size, json_integer_value(size));
    }
    const char *data = text_of(expected, "data");
    if (data != NULL) {
        char *content;
        size_t got;
        assert_ok(ar_file_read_whole(path, 1 << 20, &content, &got, error));
        assert_int_equal(got, strlen(data));
        assert_memory_equal(content, data, got);
        free(content);
    }
}

static void check_node(const char *out, const json_t *expected) {
    char path[600];
    struct stat status;
    const char *name = text_of(expected, "path");
    snprintf(path, sizeof path, "%s%s%s", out, strcmp(name, ".") == 0 ? "" : "/",
             strcmp(name, ".") == 0 ? "" : name);
    assert_int_equal(lstat(path, &status), 0);
    const char *type = text_of(expected, "type");
    if (strcmp(type, "symlink") == 0) {
        char target[300] = "";
        assert_true(readlink(path, target, sizeof target - 1) > 0);
        assert_string_equal(target, text_of(expected, "link"));
        return;
    }
    assert_int_equal(status.st_mode & 07777, strtol(text_of(expected, "mode"), NULL, 8));
    if (strcmp(type, "dir") == 0) {
        assert_true(S_ISDIR(status.st_mode));
    } else {
        check_file(path, &status, expected);
    }
    if (text_of(expected, "same_inode_as") != NULL) {
        struct stat other;
        snprintf(path, sizeof path, "%s/%s", out, text_of(expected, "same_inode_as"));
        assert_int_equal(lstat(path, &other), 0);
        assert_int_equal(other.st_ino, status.st_ino);
    }
}

static void check_tree(const char *out, const json_t *tree) {
    size_t index;
    json_t *node;
    json_array_foreach(tree, index, node) {
        check_node(out, node);
    }
    /* And nothing else. */
    char command[300];
    snprintf(command, sizeof command, "test $(find '%s' | wc -l) -eq %zu", out,
             json_array_size(tree));
    assert_int_equal(system(command), 0);
}

/* The reference says that a plain tar is no gzip; we untar it (docs/argo-parity.md). */
static bool reads_better_than_reference(const char *name) {
    return strcmp(name, "plain tar without gzip") == 0;
}

static void run_with_strategy(const json_t *test, const unsigned char *data, size_t size,
                              const char *root, const char *out) {
    const json_t *difference = json_object_get(test, "deliberate_difference");
    const json_t *expected = json_object_get(difference == NULL ? test : difference, "expect");
    const char *refusal = text_of(expected, "error");
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code = unpack_bytes(data, size, 1000, "tar", out, NULL, &error);
    if (reads_better_than_reference(text_of(test, "name"))) {
        assert_int_equal(code, ARTREPO_OK);
    } else if (refusal != NULL) {
        assert_int_not_equal(code, ARTREPO_OK);
        bool unsafe = strncmp(refusal, "illegal", 7) == 0;
        assert_int_equal(code == ARTREPO_REFUSED_UNSAFE, unsafe);
        if (unsafe) {
            assert_non_null(strstr(error.message, refusal));
        }
        assert_only(root, NULL);
    } else {
        if (code != ARTREPO_OK) {
            fail_msg("%s", error.message);
        }
        check_tree(out, json_object_get(expected, "tree"));
    }
    assert_int_equal(ar_file_remove_tree(AT_FDCWD, out, NULL), ARTREPO_OK);
}

/* Detection must decide as the reference does: what is not untarred is kept as it is. */
static void run_with_detection(const json_t *test, const unsigned char *data, size_t size,
                               const char *root, const char *out) {
    artrepo_code code = unpack_bytes(data, size, 7, NULL, out, NULL, NULL);
    if (json_is_true(json_object_get(test, "detected_as_tar"))) {
        const json_t *difference = json_object_get(test, "deliberate_difference");
        const json_t *expected = json_object_get(difference == NULL ? test : difference, "expect");
        assert_int_equal(code != ARTREPO_OK, text_of(expected, "error") != NULL);
        if (code == ARTREPO_OK) {
            check_tree(out, json_object_get(expected, "tree"));
        }
    } else {
        assert_int_equal(code, ARTREPO_OK);
        char *content;
        size_t got;
        assert_ok(ar_file_read_whole(out, 1 << 20, &content, &got, error));
        assert_int_equal(got, size);
        assert_memory_equal(content, data, size);
        free(content);
    }
    assert_int_equal(ar_file_remove_tree(AT_FDCWD, out, NULL), ARTREPO_OK);
    assert_only(root, NULL);
}

static void test_vectors(void **state) {
    (void)state;
    json_t *cases = read_vectors(TEST_DATA "/untar.json");
    assert_true(json_array_size(cases) >= 19);
    size_t index;
    json_t *test;
    json_array_foreach(cases, index, test) {
        print_message("case: %s\n", text_of(test, "name"));
        size_t size;
        unsigned char *data = bytes_of(text_of(test, "archive_b64"), &size);
        char *root = scratch_directory();
        char out[100];
        snprintf(out, sizeof out, "%s/out", root);
        run_with_strategy(test, data, size, root, out);
        run_with_detection(test, data, size, root, out);
        remove_scratch(root);
        free(data);
    }
    json_decref(cases);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
