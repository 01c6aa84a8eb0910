#include "repository/schema.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "base/operation.h"
#include "repository/document.h"
#include "repository/scalar.h"

static const ar_field secret_fields[] = {
    {"name", AR_FIELD_STRING, NULL, false},
    {"key", AR_FIELD_STRING, NULL, false},
    {"optional", AR_FIELD_BOOL, NULL, false},
    {NULL, AR_FIELD_ANY, NULL, false},
};

static const ar_field tar_fields[] = {
    {"compressionLevel", AR_FIELD_INTEGER, NULL, false},
    {"compression", AR_FIELD_STRING, NULL, false},
    {"longDistance", AR_FIELD_BOOL, NULL, false},
    {NULL, AR_FIELD_ANY, NULL, false},
};

static const ar_field no_fields[] = {{NULL, AR_FIELD_ANY, NULL, false}};

static const ar_field archive_fields[] = {
    {"none", AR_FIELD_OBJECT, no_fields, false},
    {"tar", AR_FIELD_OBJECT, tar_fields, false},
    {"zip", AR_FIELD_OBJECT, no_fields, false},
    {NULL, AR_FIELD_ANY, NULL, false},
};

static const ar_field metadata_fields[] = {
    {"annotations", AR_FIELD_MAP, NULL, false},
    {"labels", AR_FIELD_MAP, NULL, false},
    {NULL, AR_FIELD_ANY, NULL, false},
};

static const ar_field artifact_gc_fields[] = {
    {"strategy", AR_FIELD_STRING, NULL, false},
    {"podMetadata", AR_FIELD_OBJECT, metadata_fields, false},
    {"serviceAccountName", AR_FIELD_STRING, NULL, false},
    {NULL, AR_FIELD_ANY, NULL, false},
};

const ar_field ar_fields_artifact[] = {
    {"name", AR_FIELD_STRING, NULL, false},
    {"path", AR_FIELD_STRING, NULL, false},
    {"mode", AR_FIELD_INTEGER, NULL, false},
    {"from", AR_FIELD_STRING, NULL, false},
    {"fromExpression", AR_FIELD_STRING, NULL, false},
    {"archiveLogs", AR_FIELD_BOOL, NULL, false},
    {"globalName", AR_FIELD_STRING, NULL, false},
    {"archive", AR_FIELD_OBJECT, archive_fields, false},
    {"optional", AR_FIELD_BOOL, NULL, false},
    {"subPath", AR_FIELD_STRING, NULL, false},
    {"recurseMode", AR_FIELD_BOOL, NULL, false},
    {"artifactGC", AR_FIELD_OBJECT, artifact_gc_fields, false},
    {"deleted", AR_FIELD_BOOL, NULL, false},
    {NULL, AR_FIELD_ANY, NULL, false},
};

const ar_field *ar_schema_find(const ar_field *fields, const char *name) {
    for (; fields != NULL && fields->name != NULL; fields++) {
        if (strcmp(fields->name, name) == 0) {
            return fields;
        }
    }
    return NULL;
}

static const char *kind_in_words(const ar_value *value) {
    switch (value->kind) {
    case AR_VALUE_NULL:
        return "nothing";
    case AR_VALUE_BOOL:
        return "a boolean (quote it)";
    case AR_VALUE_NUMBER:
        return "a number (quote it)";
    case AR_VALUE_STRING:
        return "a string";
    case AR_VALUE_ARRAY:
        return "a list";
    case AR_VALUE_OBJECT:
        return "an object";
    }
    return "something else";
}

artrepo_code ar_schema_wrong_type(const ar_check *check, const ar_value *value, const char *path,
                                  const char *wanted) {
    const char *is = kind_in_words(value);
    /* The advice to quote is for those who want a string. */
    const char *advice = strstr(is, " (");
    int length = (int)(advice != NULL && strcmp(wanted, "a string") != 0 ? (size_t)(advice - is)
                                                                         : strlen(is));
    return ar_document_error(check->error, check->file_name, value,
                             "field '%s' must be %s, not %.*s", path, wanted, length, is);
}

void ar_schema_warn_unknown(const ar_check *check, const ar_value *value, const char *path,
                            const char *name, const ar_field *fields) {
    const char *meant = NULL;
    for (; meant == NULL && fields != NULL && fields->name != NULL; fields++) {
        meant = strcasecmp(fields->name, name) == 0 ? fields->name : NULL;
    }
    char line[16];
    snprintf(line, sizeof line, "%d", value->line);
    ar_buffer field = AR_BUFFER_INIT;
    if (ar_buffer_printf(&field, "%s%s%s", path, path[0] == '\0' ? "" : ".", name)) {
        ar_log(check->operation, ARTREPO_LOG_WARNING, "unknown field", "field", field.data, "file",
               check->file_name, "line", value->line > 0 ? line : NULL, "did you mean", meant,
               NULL);
    }
    ar_buffer_free(&field);
}

static artrepo_code check_scalar(const ar_check *check, const ar_value *value, const char *path,
                                 ar_field_type type) {
    int64_t integer;
    switch (type) {
    case AR_FIELD_STRING:
        return value->kind == AR_VALUE_STRING
                   ? ARTREPO_OK
                   : ar_schema_wrong_type(check, value, path, "a string");
    case AR_FIELD_BOOL:
        return value->kind == AR_VALUE_BOOL
                   ? ARTREPO_OK
                   : ar_schema_wrong_type(check, value, path, "true or false");
    case AR_FIELD_INTEGER:
        if (value->kind != AR_VALUE_NUMBER) {
            return ar_schema_wrong_type(check, value, path, "a whole number");
        }
        return ar_scalar_integer(value->text, &integer)
                   ? ARTREPO_OK
                   : ar_document_error(check->error, check->file_name, value,
                                       "field '%s' must be a whole number, not %s", path,
                                       value->text);
    default:
        return ARTREPO_OK;
    }
}

/* An array of strings, an array of objects, or an object of strings. */
static artrepo_code check_members(const ar_check *check, const ar_value *value, const char *path,
                                  const ar_field *field) {
    const ar_field member = {NULL,
                             field->type == AR_FIELD_OBJECTS ? AR_FIELD_OBJECT : AR_FIELD_STRING,
                             field->fields, false};
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; code == ARTREPO_OK && i < value->count; i++) {
        ar_buffer name = AR_BUFFER_INIT;
        bool made = value->kind == AR_VALUE_ARRAY
                        ? ar_buffer_printf(&name, "%s[%zu]", path, i)
                        : ar_buffer_printf(&name, "%s.%s", path, value->members[i].name);
        code =
            made ? ar_schema_check_field(check, value->members[i].value, name.data, &member)
                 : artrepo_error_set(check->error, ARTREPO_INTERNAL, "no memory to check %s", path);
        ar_buffer_free(&name);
    }
    return code;
}

artrepo_code ar_schema_check_field(const ar_check *check, const ar_value *value, const char *path,
                                   const ar_field *field) {
    if (value->kind == AR_VALUE_NULL) { /* as if it were not there */
        return ARTREPO_OK;
    }
    switch (field->type) {
    case AR_FIELD_SECRET:
        if (value->kind != AR_VALUE_OBJECT) {
            return ar_schema_wrong_type(check, value, path, "a selector {name: SECRET, key: KEY}");
        }
        return ar_schema_check(check, value, path, secret_fields);
    case AR_FIELD_OBJECT:
        if (value->kind != AR_VALUE_OBJECT) {
            return ar_schema_wrong_type(check, value, path, "an object");
        }
        return ar_schema_check(check, value, path, field->fields);
    case AR_FIELD_STRINGS:
    case AR_FIELD_OBJECTS:
        if (value->kind != AR_VALUE_ARRAY) {
            return ar_schema_wrong_type(check, value, path, "a list");
        }
        return check_members(check, value, path, field);
    case AR_FIELD_MAP:
        if (value->kind != AR_VALUE_OBJECT) {
            return ar_schema_wrong_type(check, value, path, "an object");
        }
        return check_members(check, value, path, field);
    default:
        return check_scalar(check, value, path, field->type);
    }
}

artrepo_code ar_schema_check(const ar_check *check, const ar_value *value, const char *path,
                             const ar_field *fields) {
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; code == ARTREPO_OK && i < value->count; i++) {
        const ar_member *member = &value->members[i];
        const ar_field *field = ar_schema_find(fields, member->name);
        if (field == NULL) {
            ar_schema_warn_unknown(check, member->value, path, member->name, fields);
            continue;
        }
        ar_buffer name = AR_BUFFER_INIT;
        code =
            ar_buffer_printf(&name, "%s%s%s", path, path[0] == '\0' ? "" : ".", member->name)
                ? ar_schema_check_field(check, member->value, name.data, field)
                : artrepo_error_set(check->error, ARTREPO_INTERNAL, "no memory to check %s", path);
        ar_buffer_free(&name);
    }
    return code;
}
