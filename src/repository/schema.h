/* The fields that Argo's objects have, as tables, and the check of a document against them. */
#ifndef AR_REPOSITORY_SCHEMA_H
#define AR_REPOSITORY_SCHEMA_H

#include <stdbool.h>

#include <artrepo/error.h>
#include <artrepo/operation.h>

#include "base/value.h"

typedef enum ar_field_type {
    AR_FIELD_STRING,
    AR_FIELD_BOOL,
    AR_FIELD_INTEGER,
    AR_FIELD_SECRET,  /* a selector {name, key, optional} */
    AR_FIELD_OBJECT,  /* of FIELDS */
    AR_FIELD_STRINGS, /* an array */
    AR_FIELD_OBJECTS, /* an array of objects of FIELDS */
    AR_FIELD_MAP,     /* an object of strings under names of the user's */
    AR_FIELD_ANY
} ar_field_type;

/* Tables end with a field without a name. */
typedef struct ar_field ar_field;
struct ar_field {
    const char *name;
    ar_field_type type;
    const ar_field *fields;
    bool sensitive; /* a secret in plain sight: not to be shown */
};

/* What a check needs to know to report. */
typedef struct ar_check {
    const char *file_name;
    artrepo_operation *operation; /* unknown fields go to its log */
    artrepo_error *error;
} ar_check;

/* Checks the object VALUE, which messages call PATH ("s3", "" for the document). Unknown fields
 * are logged as warnings. ARTREPO_INVALID for a wrong type. */
artrepo_code ar_schema_check(const ar_check *check, const ar_value *value, const char *path,
                             const ar_field *fields);
/* One field alone. */
artrepo_code ar_schema_check_field(const ar_check *check, const ar_value *value, const char *path,
                                   const ar_field *field);
/* "FILE:LINE:COLUMN: field 'PATH' must be WANTED, not a number" */
artrepo_code ar_schema_wrong_type(const ar_check *check, const ar_value *value, const char *path,
                                  const char *wanted);
void ar_schema_warn_unknown(const ar_check *check, const ar_value *value, const char *path,
                            const char *name, const ar_field *fields);

/* NULL when the table (may be NULL) has none of that name. */
const ar_field *ar_schema_find(const ar_field *fields, const char *name);

/* The artifact's own fields, without those of its location. */
extern const ar_field ar_fields_artifact[];

#endif
