/*
 * A tree of settings, as a YAML or JSON document gives it, with the place of each value in its
 * file. It is what the model is made of and what drivers are opened with.
 */
#ifndef AR_BASE_VALUE_H
#define AR_BASE_VALUE_H

#include <stdbool.h>
#include <stddef.h>

typedef enum ar_value_kind {
    AR_VALUE_NULL,
    AR_VALUE_BOOL,   /* text is "true" or "false" */
    AR_VALUE_NUMBER, /* text as written */
    AR_VALUE_STRING,
    AR_VALUE_ARRAY,
    AR_VALUE_OBJECT
} ar_value_kind;

typedef struct ar_value ar_value;

typedef struct ar_member {
    char *name; /* NULL in arrays */
    ar_value *value;
} ar_member;

struct ar_value {
    ar_value_kind kind;
    int line, column;   /* from 1; 0 when it comes from no file */
    char *text;         /* of scalars; zero-terminated, never NULL for them */
    ar_member *members; /* of arrays and objects, in the order of the file */
    size_t count;
};

/* NULL when there is no memory. TEXT is copied, and may be NULL for arrays, objects and null. */
ar_value *ar_value_new(ar_value_kind kind, const char *text);
ar_value *ar_value_copy(const ar_value *value);
void ar_value_free(ar_value *value);

/* Puts MEMBER into an object (replacing one of that name) or at the end of an array (NAME NULL),
 * and takes it over, also when it returns false because there is no memory or MEMBER is NULL. */
bool ar_value_put(ar_value *value, const char *name, ar_value *member);
bool ar_value_put_string(ar_value *value, const char *name, const char *text);
void ar_value_remove(ar_value *value, const char *name);

/* The member of an object; NULL when VALUE is NULL, no object, or has none of that name. */
const ar_value *ar_value_get(const ar_value *value, const char *name);
/* By a path with dots: "encryptionOptions.kmsKeyId". */
const ar_value *ar_value_find(const ar_value *value, const char *path);
/* The text of the scalar there; NULL when there is none or it is null. */
const char *ar_value_find_text(const ar_value *value, const char *path);

#endif
