#include "repository/settings_check.h"

#include <string.h>

#include "base/buffer.h"

static const ar_field text_field = {NULL, AR_FIELD_STRING, NULL, false};

static const ar_field *find_field(const ar_kind *kind, const char *name, bool repository,
                                  bool checked) {
    const ar_field *field = checked ? ar_schema_find(kind->fields, name) : NULL;
    if (field == NULL && repository) {
        field = ar_schema_find(kind->scheme_fields, name);
    }
    if (field == NULL && ((kind->key_field != NULL && strcmp(kind->key_field, name) == 0) ||
                          strcmp(name, "driver") == 0)) {
        field = &text_field;
    }
    return field;
}

artrepo_code ar_settings_check(const ar_check *check, const ar_kind *kind, const char *name,
                               const ar_value *settings, bool repository) {
    if (settings->kind != AR_VALUE_OBJECT) {
        return ar_schema_wrong_type(check, settings, name, "an object");
    }
    bool checked = kind->fields != NULL && ar_value_find_text(settings, "driver") == NULL;
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; code == ARTREPO_OK && i < settings->count; i++) {
        const ar_member *member = &settings->members[i];
        const ar_field *field = find_field(kind, member->name, repository, checked);
        if (field == NULL) {
            if (checked) {
                ar_schema_warn_unknown(check, member->value, name, member->name, kind->fields);
            }
            continue;
        }
        ar_buffer path = AR_BUFFER_INIT;
        code =
            ar_buffer_printf(&path, "%s.%s", name, member->name)
                ? ar_schema_check_field(check, member->value, path.data, field)
                : artrepo_error_set(check->error, ARTREPO_INTERNAL, "no memory to check %s", name);
        ar_buffer_free(&path);
    }
    return code;
}
