/* Keys as paths: ordinary ones stay as they are, each key has its own path, all names fit. */
#include "unit/backends/fs_fixture.h"

#include "fs/key_path.h"

static char *path_of(const char *key, bool aside) {
    ar_buffer path = AR_BUFFER_INIT;
    assert_true(ar_fs_key_path(key, strlen(key), aside, &path));
    return ar_buffer_steal(&path);
}

static void expect_path(const char *key, bool aside, const char *path) {
    char *got = path_of(key, aside);
    assert_string_equal(got, path);
    free(got);
}

static void ordinary_keys_are_their_paths(void **state) {
    (void)state;
    static const char *const keys[] = {
        "a", "a/b/c.tgz", "with space/+/%2F", "ünïcode/日本", ".hidden", "...", "a\\b", "..a/b..",
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        expect_path(keys[i], false, keys[i]);
    }
}

static void awkward_components_are_escaped(void **state) {
    (void)state;
    expect_path("..", false, ".artrepo=..");
    expect_path("a/../b", false, "a/.artrepo=../b");
    expect_path("./a", false, ".artrepo=./a");
    expect_path("/a", false, ".artrepo=/a");
    expect_path("a//b", false, "a/.artrepo=/b");
    expect_path("a/", false, "a/.artrepo=");
    expect_path(".artrepo-00", false, ".artrepo=.artrepo-00");
    expect_path(".artrepo", false, ".artrepo=.artrepo");
    expect_path("a/b", true, "a/.artrepo+b");
    expect_path("a/..", true, "a/.artrepo+..");
}

static void all_names_fit(void **state) {
    (void)state;
    static const char fillers[] = {'x', '.', '\xff'};
    for (size_t length = 1; length <= 1024; length++) {
        for (size_t i = 0; i < sizeof fillers; i++) {
            char key[1025];
            memset(key, fillers[i], length);
            key[length] = '\0';
            for (int aside = 0; aside < 2; aside++) {
                char *path = path_of(key, aside == 1);
                assert_int_equal(ar_fs_key_length(key, path, strlen(path)), length);
                for (char *name = strtok(path, "/"); name != NULL; name = strtok(NULL, "/")) {
                    assert_in_range(strlen(name), 1, 255);
                }
                free(path);
            }
        }
    }
    char name[256];
    memset(name, 'n', 255);
    name[255] = '\0';
    expect_path(name, false, name);
}

/* Puts the names of PATH together again, as a listing does. */
static char *key_of(const char *path) {
    ar_buffer key = AR_BUFFER_INIT;
    char *copy = strdup(path);
    char *rest = copy;
    for (char *name; (name = strsep(&rest, "/")) != NULL;) {
        const char *decoded;
        ar_fs_name_kind kind = ar_fs_name_decode(name, &decoded);
        assert_int_not_equal(kind, AR_FS_NAME_FOREIGN);
        ar_buffer_append_text(&key, decoded);
        if (rest != NULL && kind != AR_FS_NAME_CONTINUED) {
            ar_buffer_append_char(&key, '/');
        }
    }
    free(copy);
    return ar_buffer_steal(&key);
}

static void paths_lead_back_to_their_keys(void **state) {
    (void)state;
    static const char *const pieces[] = {"",  ".", "..", ".artrepo", ".artrepo=", ".artrepo_x",
                                         "a", "/", "//", "%",        "=+_-"};
    const size_t count = sizeof pieces / sizeof pieces[0];
    for (size_t i = 0; i < count * count * count; i++) {
        char key[128];
        snprintf(key, sizeof key, "%s%s%s", pieces[i % count], pieces[i / count % count],
                 pieces[i / count / count]);
        for (int aside = 0; aside < 2; aside++) {
            char *path = path_of(key, aside == 1);
            char *back = key_of(path);
            assert_string_equal(back, key);
            free(back);
            free(path);
        }
    }
    char key[1025];
    for (size_t i = 0; i < 1024; i++) {
        key[i] = i % 400 == 399 ? '/' : (char)('a' + i % 26);
    }
    key[1024] = '\0';
    char *path = path_of(key, true);
    char *back = key_of(path);
    assert_string_equal(back, key);
    free(back);
    free(path);
}

static void foreign_names_are_known(void **state) {
    (void)state;
    static const char *const names[] = {".artrepo", ".artrepo-0123456789abcdef", ".artrepo=plain",
                                        ".artrepo_short", ".artrepoX"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *decoded;
        assert_int_equal(ar_fs_name_decode(names[i], &decoded), AR_FS_NAME_FOREIGN);
    }
    char *temporary = ar_file_temporary_sibling("x");
    assert_true(ar_fs_name_is_temporary(strrchr(temporary, '/') + 1));
    free(temporary);
    assert_false(ar_fs_name_is_temporary(".artrepo-of-mine"));
    assert_false(ar_fs_name_is_temporary("a"));
}

static void key_lengths_follow_paths(void **state) {
    (void)state;
    assert_int_equal(ar_fs_key_length("a/b/c", "a/b/c", 1), 1);
    assert_int_equal(ar_fs_key_length("a/b/c", "a/b/c", 3), 3);
    assert_int_equal(ar_fs_key_length("/b", ".artrepo=/b", strlen(".artrepo=")), 0);
    assert_int_equal(ar_fs_key_length("a//b", "a/.artrepo=/b", strlen("a/.artrepo=")), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_keys_are_their_paths),
        cmocka_unit_test(awkward_components_are_escaped),
        cmocka_unit_test(all_names_fit),
        cmocka_unit_test(paths_lead_back_to_their_keys),
        cmocka_unit_test(foreign_names_are_known),
        cmocka_unit_test(key_lengths_follow_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
