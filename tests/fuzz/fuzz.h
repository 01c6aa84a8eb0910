/*
 * What all fuzz targets share. A target is one file with LLVMFuzzerTestOneInput(): libFuzzer calls
 * it with inputs that it makes up, and replay.c with those that are kept.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <artrepo/error.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever the input is. Sanitizers and libFuzzer report the abort with its stack.
 */
#define fuzz_check(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #condition);    \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* A failure says what it is, in one line, and anything else is none. */
static inline void fuzz_check_error(artrepo_code code, const artrepo_error *error) {
    fuzz_check(code == error->code);
    size_t length = strnlen(error->message, sizeof error->message);
    fuzz_check(length < sizeof error->message);
    fuzz_check((code == ARTREPO_OK) == (length == 0));
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)error->message[i];
        fuzz_check(c >= 0x20 && c != 0x7f);
    }
}

/* The input as a text, for functions that take one; free() it. */
static inline char *fuzz_text(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    fuzz_check(text != NULL);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    return text;
}

#endif
