/* Every case of tar.json: what the reference wrote for a tree. */
#include "unit/archive/stream_support.h"
#include "unit/vectors.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/time.h>

static void make_tree(const char *root, const json_t *tree) {
    size_t index;
    json_t *item;
    struct timeval times[2] = {{1700000000, 0}, {1700000000, 0}};
    json_array_foreach(tree, index, item) {
        char path[300];
        snprintf(path, sizeof path, "%s/%s", root, text_of(item, "name"));
        assert_ok(ar_file_make_parent(path, error));
        const char *type = text_of(item, "type");
        const char *points_to = text_of(item, "link");
        mode_t mode = (mode_t)json_integer_value(json_object_get(item, "mode"));
        if (strcmp(type, "dir") == 0) {
            assert_int_equal(mkdir(path, 0700), 0);
            assert_int_equal(chmod(path, mode), 0);
        } else if (strcmp(type, "symlink") == 0) {
            assert_int_equal(symlink(points_to, path), 0);
        } else if (strcmp(type, "hardlink") == 0) {
            char target[300];
            snprintf(target, sizeof target, "%s/%s", root, points_to);
            assert_int_equal(link(target, path), 0);
        } else {
            const char *data = text_of(item, "data");
            write_file(path, data == NULL ? "" : data, data == NULL ? 0 : strlen(data), mode);
            assert_int_equal(utimes(path, times), 0);
        }
    }
}

static void check_entry(struct archive *reader, struct archive_entry *entry,
                        const json_t *expected) {
    static const char types[] = "025";
    static const mode_t modes[] = {AE_IFREG, AE_IFLNK, AE_IFDIR};
    assert_string_equal(archive_entry_pathname(entry), text_of(expected, "name"));
    char type = text_of(expected, "typeflag")[0];
    assert_int_equal(archive_entry_filetype(entry), modes[strchr(types, type) - types]);
    assert_int_equal(archive_entry_perm(entry), strtol(text_of(expected, "mode"), NULL, 8));
    assert_int_equal(archive_entry_size(entry),
                     json_integer_value(json_object_get(expected, "size")));
    const json_t *modified = json_object_get(expected, "mtime");
    if (modified != NULL) {
        assert_int_equal(archive_entry_mtime(entry), json_integer_value(modified));
    }
    if (text_of(expected, "linkname") != NULL) {
        assert_string_equal(archive_entry_symlink(entry), text_of(expected, "linkname"));
    }
    const char *data = text_of(expected, "data");
    if (data != NULL) {
        char content[100] = "";
        assert_int_equal(archive_read_data(reader, content, sizeof content - 1), strlen(data));
        assert_string_equal(content, data);
    }
}

static void check_archive(const ar_buffer *archive, const json_t *entries) {
    struct archive *reader = archive_read_new();
    struct archive_entry *entry;
    archive_read_support_filter_gzip(reader);
    archive_read_support_format_tar(reader);
    assert_int_equal(archive_read_open_memory(reader, archive->data, archive->size), ARCHIVE_OK);
    size_t index;
    json_t *expected;
    json_array_foreach(entries, index, expected) {
        assert_int_equal(archive_read_next_header(reader, &entry), ARCHIVE_OK);
        check_entry(reader, entry, expected);
    }
    assert_int_equal(archive_read_next_header(reader, &entry), ARCHIVE_EOF);
    archive_read_free(reader);
}

static void run_case(const json_t *test) {
    print_message("case: %s\n", text_of(test, "name"));
    char *root = scratch_directory();
    make_tree(root, json_object_get(test, "tree"));
    char source[300];
    snprintf(source, sizeof source, "%s/%s", root, text_of(test, "source"));
    const json_t *expected = json_object_get(test, "expect");
    if (text_of(expected, "error") != NULL) {
        artrepo_archive_strategy strategy = ARTREPO_ARCHIVE_STRATEGY_INIT;
        artrepo_source *packed;
        artrepo_error error = ARTREPO_ERROR_INIT;
        assert_int_equal(artrepo_archive_pack(source, NULL, &strategy, NULL, &packed, &error),
                         ARTREPO_NOT_FOUND);
        assert_non_null(strstr(error.message, source));
    } else {
        ar_buffer archive = pack_path(source, "tar", NULL);
        check_archive(&archive, json_object_get(expected, "entries"));
        ar_buffer_free(&archive);
    }
    remove_scratch(root);
}

static void test_vectors(void **state) {
    (void)state;
    json_t *cases = read_vectors(TEST_DATA "/tar.json");
    assert_true(json_array_size(cases) >= 6);
    size_t index;
    json_t *test;
    json_array_foreach(cases, index, test) {
        run_case(test);
    }
    json_decref(cases);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
