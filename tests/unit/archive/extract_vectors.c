/* What the executor was seen to do with archives (tests/data/untar.json), on the level of tar: the
 * gzip around it is taken off by zlib, and whether one top entry becomes the path is not asked. */
#include "unit/archive/extract_fixture.h"
#include "unit/vectors.h"

#include <zlib.h>

#include "archive/place.h"

/* All members. False when it is no gzip; *COMPLETE whether it ends as a gzip does. */
static bool inflate_all(unsigned char *data, size_t size, ar_buffer *out, bool *complete) {
    z_stream stream = {.next_in = data, .avail_in = (unsigned)size};
    char block[65536];
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    int result = Z_OK;
    while (result == Z_OK) {
        stream.next_out = (unsigned char *)block;
        stream.avail_out = sizeof block;
        result = inflate(&stream, Z_NO_FLUSH);
        assert_true(ar_buffer_append(out, block, sizeof block - stream.avail_out));
        if (result == Z_STREAM_END && stream.avail_in > 0) {
            assert_int_equal(inflateReset(&stream), Z_OK);
            result = Z_OK;
        }
    }
    inflateEnd(&stream);
    *complete = result == Z_STREAM_END;
    return result != Z_DATA_ERROR;
}

static void check_tree(const sandbox *box, const char *path, json_t *tree) {
    size_t i;
    json_t *node;
    json_array_foreach(tree, i, node) {
        char name[4096];
        const char *relative = json_string_value(json_object_get(node, "path"));
        const char *type = json_string_value(json_object_get(node, "type"));
        snprintf(name, sizeof name, "%s%s%s", path, strcmp(relative, ".") == 0 ? "" : "/",
                 strcmp(relative, ".") == 0 ? "" : relative);
        struct stat status = status_of(box, name);
        json_t *mode = json_object_get(node, "mode");
        if (mode != NULL) {
            assert_int_equal(status.st_mode & 07777, strtoul(json_string_value(mode), NULL, 8));
        }
        if (strcmp(type, "dir") == 0) {
            assert_true(S_ISDIR(status.st_mode));
        } else if (strcmp(type, "symlink") == 0) {
            assert_link(box, name, json_string_value(json_object_get(node, "link")));
        } else if (json_is_string(json_object_get(node, "data"))) {
            assert_text(box, name, json_string_value(json_object_get(node, "data")));
        } else {
            assert_int_equal(status.st_size, json_integer_value(json_object_get(node, "size")));
        }
        json_t *same = json_object_get(node, "same_inode_as");
        if (same != NULL) {
            snprintf(name, sizeof name, "%s/%s", path, json_string_value(same));
            assert_int_equal(status_of(box, name).st_ino, status.st_ino);
        }
    }
}

/* Returns whether it was a matter of tar at all. */
static bool check_case(sandbox *box, json_t *item) {
    size_t size;
    unsigned char *archive = bytes_of(text_of(item, "archive_b64"), &size);
    ar_buffer tar = AR_BUFFER_INIT;
    bool complete = false;
    bool is_gzip = size > 0 && inflate_all(archive, size, &tar, &complete);
    free(archive);
    if (!is_gzip) {
        ar_buffer_free(&tar);
        return false;
    }
    json_t *expect = json_object_get(item, "expect");
    json_t *difference = json_object_get(item, "deliberate_difference");
    expect = difference != NULL ? json_object_get(difference, "expect") : expect;
    const char *message = json_string_value(json_object_get(expect, "error"));

    start_over(box);
    char path[96];
    snprintf(path, sizeof path, "%s/place/target", box->world);
    ar_place place;
    memory_reader reader = read_memory(tar.data, tar.size, box->block);
    box->error = (artrepo_error)ARTREPO_ERROR_INIT;
    assert_int_equal(ar_place_open(&place, path, NULL), ARTREPO_OK);
    artrepo_code code =
        ar_extract_tar(&reader.base, place.directory, NULL, NULL, NULL, &box->error);
    if (message == NULL) {
        assert_int_equal(code, ARTREPO_OK);
        assert_int_equal(ar_place_commit_archive(&place, NULL), ARTREPO_OK);
        check_tree(box, "target", json_object_get(expect, "tree"));
    } else if (!complete) {
        assert_int_equal(code, ARTREPO_IO);
        assert_non_null(strstr(box->error.message, "the archive ends early"));
    } else {
        assert_int_equal(code, ARTREPO_REFUSED_UNSAFE);
        assert_string_equal(box->error.message, message);
    }
    ar_place_close(&place);
    assert_int_equal(is_there(box, "target"), message == NULL);
    ar_buffer_free(&tar);
    return true;
}

static void test_vectors(void **state) {
    sandbox *box = *state;
    json_t *cases = read_vectors(TEST_DATA "/untar.json");
    size_t i;
    size_t checked = 0;
    json_t *item;
    json_array_foreach(cases, i, item) {
        print_message("    %s\n", json_string_value(json_object_get(item, "name")));
        checked += check_case(box, item);
    }
    assert_int_equal(checked, json_array_size(cases) - 3); /* three are no gzip */
    json_decref(cases);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_vectors, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
