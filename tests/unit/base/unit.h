/* What every unit test includes, in the order that cmocka needs, and a few things that many use. */
#ifndef TEST_UNIT_H
#define TEST_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <artrepo/error.h>

/* Fails with the error's own text. */
#define assert_ok(call, error)                                                                     \
    do {                                                                                           \
        artrepo_code got_code = (call);                                                            \
        if (got_code != ARTREPO_OK) {                                                              \
            fail_msg("%s: %s: %s", #call, artrepo_code_name(got_code), (error).message);           \
        }                                                                                          \
    } while (0)

/* Fails unless the call ends with CODE, in what it returns and in ERROR. */
#define assert_code(call, wanted, error)                                                           \
    do {                                                                                           \
        artrepo_code got_code = (call);                                                            \
        if (got_code != (wanted) || (error).code != (wanted)) {                                    \
            fail_msg("%s: %s, error says %s: %s", #call, artrepo_code_name(got_code),              \
                     artrepo_code_name((error).code), (error).message);                            \
        }                                                                                          \
    } while (0)

#define assert_contains(text, part)                                                                \
    do {                                                                                           \
        const char *whole_text = (text);                                                           \
        if (strstr(whole_text, (part)) == NULL) {                                                  \
            fail_msg("'%s' is not in: %s", (part), whole_text);                                    \
        }                                                                                          \
    } while (0)

/* A fresh directory in *STATE, for setup functions; and its end, whatever is in it. */
static inline int make_test_directory(void **state) {
    const char *parent = getenv("TMPDIR");
    char *path = NULL;
    if (asprintf(&path, "%s/artrepo-test-XXXXXX", parent == NULL ? "/tmp" : parent) < 0 ||
        mkdtemp(path) == NULL) {
        free(path);
        return -1;
    }
    *state = path;
    return 0;
}

static inline int remove_test_directory(void **state) {
    char *command = NULL;
    int result =
        asprintf(&command, "chmod -R u+rwx '%s'; rm -rf '%s'", (char *)*state, (char *)*state) < 0
            ? -1
            : system(command);
    free(command);
    free(*state);
    return result == 0 ? 0 : -1;
}

/* DIRECTORY "/" NAME in static storage that the next call but seven reuses. */
static inline const char *test_path(const char *directory, const char *name) {
    static char paths[8][4096];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", directory, name);
    return path;
}

static inline void write_test_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
}

/* The file's content; the caller frees it. */
static inline char *read_test_file(const char *path) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    size_t size = fread(text, 1, (1 << 20) - 1, file);
    text[size] = '\0';
    fclose(file);
    return text;
}

#endif
