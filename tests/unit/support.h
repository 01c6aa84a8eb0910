/* What several unit tests need: cmocka, scratch directories, trees. */
#ifndef TESTS_UNIT_SUPPORT_H
#define TESTS_UNIT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <artrepo/error.h>

#include "base/file.h"

/* Shows the message of an unexpected error. */
#define assert_ok(call)                                                                            \
    do {                                                                                           \
        artrepo_error assert_ok_error = ARTREPO_ERROR_INIT;                                        \
        artrepo_error *error = &assert_ok_error;                                                   \
        artrepo_code assert_ok_code = (call);                                                      \
        if (assert_ok_code != ARTREPO_OK) {                                                        \
            fail_msg("%s: %s: %s", #call, artrepo_code_name(assert_ok_code), error->message);      \
        }                                                                                          \
    } while (0)

static inline char *scratch_directory(void) {
    static char path[64];
    strcpy(path, "/tmp/artrepo-test-XXXXXX");
    assert_non_null(mkdtemp(path));
    return path;
}

static inline void remove_scratch(const char *path) {
    assert_int_equal(ar_file_remove_tree(AT_FDCWD, path, NULL), ARTREPO_OK);
}

static inline void write_file(const char *path, const void *data, size_t size, mode_t mode) {
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(ar_file_write_all(descriptor, data, size, path, NULL), ARTREPO_OK);
    assert_int_equal(fchmod(descriptor, mode), 0);
    close(descriptor);
}

/* Bytes that look random and are the same each time. */
static inline void fill_random(unsigned char *data, size_t size, uint64_t seed) {
    uint64_t state = seed * 2 + 1;
    for (size_t i = 0; i < size; i++) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        data[i] = (unsigned char)(state >> 56);
    }
}

/* Text-like bytes: they compress to about a fourth. */
static inline void fill_text(unsigned char *data, size_t size, uint64_t seed) {
    static const char *const words[] = {"artifact ", "repository ", "the ", "of ", "location\n",
                                        "key ",      "driver ",     "{{",   "}}",  "workflow.name"};
    uint64_t state = seed * 2 + 1;
    for (size_t i = 0; i < size;) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const char *word = words[(state >> 40) % 10];
        for (size_t j = 0; word[j] != '\0' && i < size; j++) {
            data[i++] = (unsigned char)word[j];
        }
        if (i < size && (state >> 60) < 4) {
            data[i++] = (unsigned char)(state >> 50);
        }
    }
}

#endif
