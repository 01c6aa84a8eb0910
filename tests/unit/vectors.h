/* What the tests of the reference's vectors need of their JSON. */
#ifndef TESTS_UNIT_VECTORS_H
#define TESTS_UNIT_VECTORS_H

#include "unit/support.h"

#include <jansson.h>
#include <openssl/evp.h>

static inline json_t *read_vectors(const char *path) {
    json_error_t problem;
    json_t *vectors = json_load_file(path, 0, &problem);
    if (vectors == NULL) {
        fail_msg("%s: %s", problem.source, problem.text);
    }
    return vectors;
}

/* NULL when there is none. */
static inline const char *text_of(const json_t *object, const char *name) {
    return json_string_value(json_object_get(object, name));
}

/* The bytes of TEXT in base64, for free(). */
static inline unsigned char *bytes_of(const char *text, size_t *size) {
    size_t length = strlen(text);
    unsigned char *data = malloc(length + 1);
    int decoded = EVP_DecodeBlock(data, (const unsigned char *)text, (int)length);
    assert_true(decoded >= 0);
    *size = (size_t)decoded;
    for (size_t i = length; i > 0 && text[i - 1] == '='; i--) {
        (*size)--;
    }
    return data;
}

#endif
