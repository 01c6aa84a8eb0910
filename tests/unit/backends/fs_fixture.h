/* An opened fs store in a directory of its own, and short ways to use it. */
#ifndef TESTS_FS_FIXTURE_H
#define TESTS_FS_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/settings.h"
#include "fs/driver.h"

typedef struct fs_fixture {
    char directory[512]; /* holds the root and whatever else a test needs */
    char root[520];
    void *store;
} fs_fixture;

static const artrepo_driver *const driver = &artrepo_driver_fs;
static const artrepo_put_options put_options = {NULL};

static inline artrepo_code open_store(const char *root, void **store, artrepo_error *error) {
    ar_value *value = ar_value_new(AR_VALUE_OBJECT, NULL);
    assert_true(root == NULL || ar_value_put_string(value, "root", root));
    const artrepo_driver_settings settings = {value, "fs", "/nowhere"};
    artrepo_code code = driver->open(&settings, NULL, store, error);
    ar_value_free(value);
    return code;
}

static inline int set_up(void **state) {
    fs_fixture *fixture = calloc(1, sizeof *fixture);
    const char *parent = getenv("TMPDIR");
    snprintf(fixture->directory, sizeof fixture->directory, "%s/artrepo-fs-test-XXXXXX",
             parent == NULL ? "/tmp" : parent);
    assert_non_null(mkdtemp(fixture->directory));
    snprintf(fixture->root, sizeof fixture->root, "%s/root", fixture->directory);
    assert_int_equal(open_store(fixture->root, &fixture->store, NULL), ARTREPO_OK);
    *state = fixture;
    return 0;
}

static inline int tear_down(void **state) {
    fs_fixture *fixture = *state;
    driver->close(fixture->store);
    assert_int_equal(ar_file_remove_tree(AT_FDCWD, fixture->directory, NULL), ARTREPO_OK);
    free(fixture);
    return 0;
}

static inline artrepo_code try_put(void *store, const char *key, const void *data, size_t size,
                                   artrepo_error *error) {
    artrepo_source *source = NULL;
    artrepo_object object;
    artrepo_code code = artrepo_source_open_memory(data, size, &source, error);
    if (code == ARTREPO_OK) {
        code = driver->put(store, key, source, &put_options, &object, NULL, error);
    }
    artrepo_source_close(source);
    return code;
}

static inline void put_text(const fs_fixture *fixture, const char *key, const char *text) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    if (try_put(fixture->store, key, text, strlen(text), &error) != ARTREPO_OK) {
        fail_msg("put '%s': %s", key, error.message);
    }
}

/* What a get brings, as text; "" with the code of the failure in *CODE. */
static inline char *try_get(void *store, const char *key, const artrepo_range *range,
                            artrepo_code *code, artrepo_error *error) {
    artrepo_sink *sink = NULL;
    artrepo_object object;
    ar_buffer text = AR_BUFFER_INIT;
    *code = artrepo_sink_open_memory((size_t)64 << 20, &sink, error);
    if (*code == ARTREPO_OK) {
        *code = driver->get(store, key, range, sink, &object, NULL, error);
    }
    if (*code == ARTREPO_OK) {
        size_t size;
        const void *data = artrepo_sink_memory(sink, &size);
        ar_buffer_append(&text, data, size);
    }
    artrepo_sink_close(sink);
    return ar_buffer_steal(&text);
}

static inline void expect_text(const fs_fixture *fixture, const char *key, const char *text) {
    const artrepo_range all = {0, -1, NULL};
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code;
    char *got = try_get(fixture->store, key, &all, &code, &error);
    if (code != ARTREPO_OK) {
        fail_msg("get '%s': %s", key, error.message);
    }
    assert_string_equal(got, text);
    free(got);
    artrepo_object object;
    assert_int_equal(driver->stat(fixture->store, key, &object, NULL, NULL), ARTREPO_OK);
    assert_int_equal(object.size, strlen(text));
    assert_string_equal(object.key, key);
}

static inline void expect_missing(const fs_fixture *fixture, const char *key) {
    artrepo_object object;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(driver->stat(fixture->store, key, &object, NULL, &error), ARTREPO_NOT_FOUND);
    assert_non_null(strstr(error.message, fixture->root));
}

static inline void remove_object(const fs_fixture *fixture, const char *key) {
    assert_int_equal(driver->remove(fixture->store, key, NULL, NULL), ARTREPO_OK);
}

static inline artrepo_code append_key(void *data, const artrepo_object *object,
                                      artrepo_error *error) {
    (void)error;
    return ar_buffer_append_text(data, object->key) && ar_buffer_append_char(data, '\n')
               ? ARTREPO_OK
               : ARTREPO_INTERNAL;
}

/* KEYS, each with a newline behind it, are what PREFIX lists. */
static inline void expect_list(const fs_fixture *fixture, const char *prefix, const char *keys) {
    ar_buffer listed = AR_BUFFER_INIT;
    artrepo_error error = ARTREPO_ERROR_INIT;
    if (driver->list(fixture->store, prefix, append_key, &listed, NULL, &error) != ARTREPO_OK) {
        fail_msg("list '%s': %s", prefix, error.message);
    }
    char *text = ar_buffer_steal(&listed);
    assert_string_equal(text, keys);
    free(text);
}

/* Whether PATH, below the fixture's directory, is there. */
static inline bool is_there(const fs_fixture *fixture, const char *path) {
    char whole[8192];
    struct stat status;
    snprintf(whole, sizeof whole, "%s/%s", fixture->directory, path);
    return lstat(whole, &status) == 0;
}

static inline size_t count_entries(const char *path) {
    DIR *stream = opendir(path);
    size_t count = 0;
    if (stream != NULL) {
        while (readdir(stream) != NULL) {
            count++;
        }
        closedir(stream);
    }
    return count < 2 ? 0 : count - 2;
}

#endif
