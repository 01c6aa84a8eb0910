/*
 * The three forms of a repository file: a repository alone, the controller's configuration, and a
 * ConfigMap with such texts as its data.
 */
#include "repository/configuration.h"

#include <string.h>

#include "base/buffer.h"
#include "repository/document.h"

#define DEFAULT_ANNOTATION "workflows.argoproj.io/default-artifact-repository"

static const ar_value *get_object(const ar_value *value, const char *name) {
    const ar_value *member = ar_value_get(value, name);
    return member != NULL && member->kind == AR_VALUE_OBJECT ? member : NULL;
}

/* ---- texts inside a document ---- */

/* The line of TEXT with that number (from 1); NULL when there is none. */
static const char *find_line(const char *text, const char *end, int line) {
    while (--line > 0) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        if (newline == NULL) {
            return NULL;
        }
        text = newline + 1;
    }
    return text;
}

/* The spaces before the first line that is not blank, from TEXT on. */
static int indentation(const char *text, const char *end) {
    int spaces = 0;
    for (; text < end && (*text == ' ' || *text == '\n' || *text == '\r'); text++) {
        spaces = *text == ' ' ? spaces + 1 : 0;
    }
    return spaces;
}

/*
 * Where the text of the scalar VALUE lies in the file. In a literal block ("|") each line of the
 * text is a line of the file; in any other scalar they do not match, and its own place has to do.
 */
static ar_origin origin_of(const ar_check *check, const char *text, size_t size,
                           const ar_value *value) {
    ar_origin origin = {check->file_name, value->line, value->column, true};
    const char *end = text + size;
    const char *line = find_line(text, end, value->line);
    if (line == NULL || value->column < 1 || end - line < value->column ||
        line[value->column - 1] != '|') {
        return origin;
    }
    const char *block = find_line(line, end, 2);
    if (block != NULL) {
        origin = (ar_origin){check->file_name, value->line, indentation(block, end), false};
    }
    return origin;
}

/* The repository in the text under NAME of a ConfigMap's data. */
static artrepo_code from_data(const ar_check *check, const char *text, size_t size,
                              const ar_value *value, const char *name,
                              artrepo_configuration **configuration) {
    if (value->kind != AR_VALUE_STRING) {
        return ar_document_error(check->error, check->file_name, value,
                                 "field 'data.%s' must be a text (write '%s: |')", name, name);
    }
    ar_origin origin = origin_of(check, text, size, value);
    ar_value *root = NULL;
    artrepo_code code =
        ar_document_parse(value->text, strlen(value->text), &origin, &root, check->error);
    if (code == ARTREPO_OK && (root == NULL || root->kind != AR_VALUE_OBJECT)) {
        code = ar_document_error(check->error, check->file_name, value,
                                 "no repository in 'data.%s'; write one such as 's3: {...}' there",
                                 name);
    }
    if (code == ARTREPO_OK) {
        const ar_value *inner = get_object(root, "artifactRepository");
        code = ar_configuration_from_repository(check, inner == NULL ? root : inner, configuration);
    }
    ar_value_free(root);
    return code;
}

/* ---- ConfigMaps ---- */

/* "a, b, c" */
static void list_names(const ar_value *object, ar_buffer *list) {
    for (size_t i = 0; i < object->count && list->size < 512; i++) {
        if (!ar_buffer_printf(list, "%s%s", i == 0 ? "" : ", ", object->members[i].name)) {
            return;
        }
    }
}

static artrepo_code no_such_entry(const ar_check *check, const ar_value *data, const char *name) {
    ar_buffer names = AR_BUFFER_INIT;
    list_names(data, &names);
    const char *list = names.size == 0 ? "none" : names.data;
    artrepo_code code =
        name == NULL
            ? ar_document_error(check->error, check->file_name, data,
                                "the ConfigMap has no annotation %s; name one of its repositories: "
                                "%s",
                                DEFAULT_ANNOTATION, list)
            : ar_document_error(check->error, check->file_name, data,
                                "the ConfigMap has no repository '%s'; it has: %s", name, list);
    ar_buffer_free(&names);
    return code;
}

static const char *default_of(const ar_value *root) {
    const ar_value *annotations = get_object(get_object(root, "metadata"), "annotations");
    const ar_value *value = ar_value_get(annotations, DEFAULT_ANNOTATION);
    return value == NULL ? NULL : value->text;
}

static artrepo_code from_config_map(const ar_check *check, const char *text, size_t size,
                                    const ar_value *root, const ar_value *data, const char *ref,
                                    artrepo_configuration **configuration) {
    const char *name = ref != NULL ? ref : default_of(root);
    if (name == NULL) { /* the controller's own ConfigMap has one under these names */
        name = ar_value_get(data, "artifactRepository") != NULL ? "artifactRepository"
               : ar_value_get(data, "config") != NULL           ? "config"
                                                                : NULL;
    }
    const ar_value *value = name == NULL ? NULL : ar_value_get(data, name);
    return value == NULL ? no_such_entry(check, data, name)
                         : from_data(check, text, size, value, name, configuration);
}

/* ---- the forms ---- */

artrepo_code ar_configuration_from_document(const ar_check *check, const char *text, size_t size,
                                            const ar_value *root, const char *ref,
                                            artrepo_configuration **configuration) {
    if (root == NULL || root->kind != AR_VALUE_OBJECT) {
        return ar_document_error(check->error, check->file_name, root,
                                 "no repository here; write one such as 's3: {endpoint: HOST, "
                                 "bucket: NAME}' or 'fs: {root: DIRECTORY}'");
    }
    const ar_value *data = get_object(root, "data");
    if (data != NULL) {
        return from_config_map(check, text, size, root, data, ref, configuration);
    }
    const char *object = ar_value_find_text(root, "kind");
    if (object != NULL && ar_value_get(root, "apiVersion") != NULL) {
        return ar_document_error(check->error, check->file_name, root,
                                 "a %s without 'data:'; a ConfigMap has its repositories there",
                                 object);
    }
    if (ref != NULL) {
        return ar_document_error(check->error, check->file_name, root,
                                 "no repository '%s' here: only a ConfigMap has several, as texts "
                                 "under 'data:'",
                                 ref);
    }
    const ar_value *inner = ar_value_get(root, "artifactRepository");
    if (inner != NULL && inner->kind != AR_VALUE_OBJECT) {
        return ar_schema_wrong_type(check, inner, "artifactRepository", "an object");
    }
    return ar_configuration_from_repository(check, inner == NULL ? root : inner, configuration);
}
