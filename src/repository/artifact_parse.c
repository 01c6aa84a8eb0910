/* Artifacts from YAML and JSON. */
#include "repository/artifact.h"

#include <string.h>

#include "repository/document.h"
#include "repository/kind.h"
#include "repository/location.h"
#include "repository/registry.h"
#include "repository/scalar.h"
#include "repository/settings_check.h"

enum { MAX_MODE = 0777 };

/* An object under a name that is no field: the settings of a driver that is a plug-in, when there
 * is such a driver, or when they name a key and so may be meant for one. */
static bool is_driver_location(const char *name, const ar_value *value) {
    return value->kind == AR_VALUE_OBJECT && ar_kind_is_name(name) &&
           (ar_registry_has(name) || ar_value_find_text(value, "key") != NULL);
}

static artrepo_code check_member(const ar_check *check, const ar_member *member) {
    const ar_field *field = ar_schema_find(ar_fields_artifact, member->name);
    if (field != NULL) {
        return ar_schema_check_field(check, member->value, member->name, field);
    }
    const ar_kind *kind = ar_kind_find(member->name);
    if (member->value->kind == AR_VALUE_NULL && kind != NULL) {
        return ARTREPO_OK;
    }
    if (kind == NULL && !is_driver_location(member->name, member->value)) {
        ar_schema_warn_unknown(check, member->value, "", member->name, ar_fields_artifact);
        return ARTREPO_OK;
    }
    return ar_settings_check(check, kind == NULL ? ar_kind_of_driver() : kind, member->name,
                             member->value, false);
}

static artrepo_code check_artifact(const ar_check *check, const ar_value *root) {
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; code == ARTREPO_OK && i < root->count; i++) {
        code = check_member(check, &root->members[i]);
    }
    return code;
}

/* The settings that count, and their kind's name in *NAME; NULL when there are none. */
static const ar_value *choose_location(const ar_value *root, const char **name) {
    for (const char *const *kind = ar_kinds_of_locations; *kind != NULL; kind++) {
        const ar_value *settings = ar_value_get(root, *kind);
        if (settings != NULL && settings->kind == AR_VALUE_OBJECT) {
            *name = *kind;
            return settings;
        }
    }
    for (size_t i = 0; i < root->count; i++) {
        const ar_member *member = &root->members[i];
        if (ar_schema_find(ar_fields_artifact, member->name) == NULL &&
            is_driver_location(member->name, member->value)) {
            *name = member->name;
            return member->value;
        }
    }
    return NULL;
}

static artrepo_code read_mode(const ar_check *check, const ar_value *root, int *mode) {
    const ar_value *value = ar_value_get(root, "mode");
    if (value == NULL || value->kind == AR_VALUE_NULL) {
        return ARTREPO_OK;
    }
    int64_t number = -1;
    if (!ar_scalar_integer(value->text, &number) || number < 0 || number > MAX_MODE) {
        return ar_document_error(check->error, check->file_name, value,
                                 "field 'mode' must be from 0 to 0777 (decimal 511), not %s",
                                 value->text);
    }
    *mode = (int)number;
    return ARTREPO_OK;
}

static bool is_true(const ar_value *root, const char *name) {
    const char *text = ar_value_find_text(root, name);
    return text != NULL && strcmp(text, "true") == 0;
}

static artrepo_code fill(const ar_check *check, const ar_value *root, artrepo_artifact *artifact) {
    artifact->recurse_mode = is_true(root, "recurseMode");
    artifact->optional = is_true(root, "optional");
    artrepo_code code = read_mode(check, root, &artifact->mode);
    const ar_value *archive = ar_value_get(root, "archive");
    if (code == ARTREPO_OK && archive != NULL && archive->kind == AR_VALUE_OBJECT) {
        code = ar_artifact_read_strategy(check, archive, &artifact->strategy);
    }
    const char *name = NULL;
    const ar_value *settings = code == ARTREPO_OK ? choose_location(root, &name) : NULL;
    if (settings != NULL) {
        artifact->location = ar_location_new(name, ar_value_copy(settings));
        if (artifact->location == NULL) {
            return artrepo_error_set(check->error, ARTREPO_INTERNAL,
                                     "no memory for the location of artifact '%s'", artifact->name);
        }
    }
    return code;
}

artrepo_code ar_artifact_from_value(const ar_check *check, const ar_value *root,
                                    artrepo_artifact **artifact) {
    if (root == NULL || root->kind != AR_VALUE_OBJECT) {
        return ar_document_error(check->error, check->file_name, root,
                                 "no artifact here; write {name: NAME, path: PATH, ...}");
    }
    artrepo_code code = check_artifact(check, root);
    if (code != ARTREPO_OK) {
        return code;
    }
    const char *name = ar_value_find_text(root, "name");
    if (name == NULL) {
        return ar_document_error(check->error, check->file_name, root,
                                 "the artifact has no name; add 'name: NAME'");
    }
    artrepo_artifact *made = NULL;
    code = artrepo_artifact_new(name, ar_value_find_text(root, "path"), &made, check->error);
    if (code != ARTREPO_OK) {
        return code;
    }
    code = fill(check, root, made);
    made->source = ar_value_copy(root);
    if (code == ARTREPO_OK && made->source == NULL) {
        code = artrepo_error_set(check->error, ARTREPO_INTERNAL, "no memory for artifact '%s'",
                                 made->name);
    }
    if (code != ARTREPO_OK) {
        artrepo_artifact_free(made);
        return code;
    }
    *artifact = made;
    return ARTREPO_OK;
}

artrepo_code artrepo_artifact_parse(const char *text, size_t size, const char *file_name,
                                    artrepo_operation *operation, artrepo_artifact **artifact,
                                    artrepo_error *error) {
    const ar_origin origin = {.file_name = file_name};
    const ar_check check = {file_name, operation, error};
    ar_value *root = NULL;
    artrepo_code code = ar_document_parse(text, size, &origin, &root, error);
    if (code == ARTREPO_OK) {
        code = ar_artifact_from_value(&check, root, artifact);
    }
    ar_value_free(root);
    return code;
}
