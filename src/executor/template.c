#include "executor/template.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "repository/artifact.h"
#include "repository/configuration.h"
#include "repository/document.h"

/* What messages of the archive location put before its fields. */
#define ARCHIVE_LOCATION "archiveLocation"
#define MAIN_CONTAINER "main"

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a template");
}

/* ---- texts ---- */

static artrepo_code append_text(ar_template_texts *texts, const char *text, size_t length,
                                artrepo_error *error) {
    char **items = reallocarray(texts->items, texts->count + 1, sizeof *items);
    if (items != NULL) {
        texts->items = items;
        items[texts->count] = strndup(text, length);
    }
    if (items == NULL || items[texts->count] == NULL) {
        return no_memory(error);
    }
    texts->count++;
    return ARTREPO_OK;
}

static void free_texts(ar_template_texts *texts) {
    for (size_t i = 0; i < texts->count; i++) {
        free(texts->items[i]);
    }
    free(texts->items);
}

/* ---- members of the document ---- */

/* The object or array NAME of PARENT; *VALUE is NULL when there is none, or it is null. */
static artrepo_code get_member(const ar_check *check, const ar_value *parent, const char *name,
                               ar_value_kind kind, const ar_value **value) {
    const ar_value *found = ar_value_get(parent, name);
    *value = found == NULL || found->kind == AR_VALUE_NULL ? NULL : found;
    if (*value == NULL || found->kind == kind) {
        return ARTREPO_OK;
    }
    return ar_schema_wrong_type(check, found, name,
                                kind == AR_VALUE_OBJECT ? "an object" : "a list");
}

static artrepo_code get_text(const ar_check *check, const ar_value *parent, const char *name,
                             const char **text) {
    const ar_value *found = ar_value_get(parent, name);
    *text = "";
    if (found == NULL || found->kind == AR_VALUE_NULL) {
        return ARTREPO_OK;
    }
    if (found->kind != AR_VALUE_STRING) {
        return ar_schema_wrong_type(check, found, name, "a string");
    }
    *text = found->text;
    return ARTREPO_OK;
}

/* ---- artifacts ---- */

/* Names are looked for pair by pair, which the limit on their number allows. */
static artrepo_code check_name(const ar_check *check, const ar_template_artifacts *before,
                               const ar_value *value, const char *name) {
    if (strlen(name) > ARTREPO_TEMPLATE_MAX_NAME) {
        return ar_document_error(check->error, check->file_name, value,
                                 "an artifact's name of %zu bytes; at most %d are allowed",
                                 strlen(name), ARTREPO_TEMPLATE_MAX_NAME);
    }
    for (size_t i = 0; i < before->count; i++) {
        if (strcmp(before->items[i].artifact->name, name) == 0) {
            return ar_document_error(check->error, check->file_name, value,
                                     "two artifacts of the name '%s'", name);
        }
    }
    return ARTREPO_OK;
}

/* An artifact whose path is refused is read without it; REFUSAL says why. */
static artrepo_code without_bad_path(const ar_check *check, const ar_value *value, ar_value **copy,
                                     artrepo_error *refusal) {
    const char *name = ar_value_find_text(value, "name");
    const char *path = ar_value_find_text(value, "path");
    artrepo_artifact *probe = NULL;
    *copy = ar_value_copy(value);
    if (*copy == NULL) {
        return no_memory(check->error);
    }
    if (name != NULL && path != NULL &&
        artrepo_artifact_new(name, NULL, &probe, NULL) == ARTREPO_OK) {
        artrepo_artifact_free(probe);
        probe = NULL;
        if (artrepo_artifact_new(name, path, &probe, refusal) == ARTREPO_INVALID) {
            ar_value_remove(*copy, "path");
        } else {
            *refusal = (artrepo_error)ARTREPO_ERROR_INIT;
        }
    }
    artrepo_artifact_free(probe);
    return ARTREPO_OK;
}

static artrepo_code read_artifact(const ar_check *check, const ar_value *value,
                                  const ar_template_artifacts *before,
                                  ar_template_artifact *artifact) {
    if (value->kind != AR_VALUE_OBJECT) {
        return ar_schema_wrong_type(check, value, "artifacts", "a list of objects");
    }
    ar_value *copy = NULL;
    artifact->refusal = (artrepo_error)ARTREPO_ERROR_INIT;
    artrepo_code code = without_bad_path(check, value, &copy, &artifact->refusal);
    if (code == ARTREPO_OK) {
        code = ar_artifact_from_value(check, copy, &artifact->artifact);
    }
    ar_value_free(copy);
    return code == ARTREPO_OK ? check_name(check, before, value, artifact->artifact->name) : code;
}

/* The artifacts of `inputs:` or `outputs:`. */
static artrepo_code read_artifacts(const ar_check *check, const ar_value *root, const char *name,
                                   ar_template_artifacts *artifacts) {
    const ar_value *side = NULL, *list = NULL;
    artrepo_code code = get_member(check, root, name, AR_VALUE_OBJECT, &side);
    if (code == ARTREPO_OK) {
        code = get_member(check, side, "artifacts", AR_VALUE_ARRAY, &list);
    }
    if (code != ARTREPO_OK || list == NULL || list->count == 0) {
        return code;
    }
    if (list->count > ARTREPO_TEMPLATE_MAX_ARTIFACTS) {
        return ar_document_error(check->error, check->file_name, list,
                                 "%zu artifacts in %s; at most %d are allowed", list->count, name,
                                 ARTREPO_TEMPLATE_MAX_ARTIFACTS);
    }
    artifacts->items = calloc(list->count, sizeof *artifacts->items);
    if (artifacts->items == NULL) {
        return no_memory(check->error);
    }
    for (size_t i = 0; code == ARTREPO_OK && i < list->count; i++) {
        ar_template_artifact *artifact = &artifacts->items[i];
        code = read_artifact(check, list->members[i].value, artifacts, artifact);
        artifacts->count += artifact->artifact != NULL;
    }
    return code;
}

static void free_artifacts(ar_template_artifacts *artifacts) {
    for (size_t i = 0; i < artifacts->count; i++) {
        artrepo_artifact_free(artifacts->items[i].artifact);
    }
    free(artifacts->items);
}

/* ---- the archive location ---- */

static bool names_store(const ar_value *location) {
    for (size_t i = 0; i < location->count; i++) {
        const ar_member *member = &location->members[i];
        if (member->value->kind == AR_VALUE_OBJECT) {
            return true;
        }
    }
    return false;
}

static artrepo_code read_archive_location(const ar_check *check, const ar_value *root,
                                          artrepo_template *made) {
    const ar_value *location = NULL;
    artrepo_code code = get_member(check, root, ARCHIVE_LOCATION, AR_VALUE_OBJECT, &location);
    if (code != ARTREPO_OK || location == NULL) {
        return code;
    }
    const ar_value *logs = ar_value_get(location, "archiveLogs");
    if (logs != NULL && logs->kind != AR_VALUE_NULL && logs->kind != AR_VALUE_BOOL) {
        return ar_schema_wrong_type(check, logs, ARCHIVE_LOCATION ".archiveLogs", "true or false");
    }
    if (logs != NULL && logs->kind == AR_VALUE_BOOL) {
        made->archive_logs = logs->text[0] == 't' ? AR_TEMPLATE_ON : AR_TEMPLATE_OFF;
    }
    if (!names_store(location)) {
        return ARTREPO_OK;
    }
    return ar_configuration_from_repository(check, location, &made->archive_location);
}

/* ---- containers and their mounts ---- */

static int longest_first(const void *a, const void *b) {
    size_t first = strlen(*(char *const *)a), second = strlen(*(char *const *)b);
    return first < second ? 1 : first > second ? -1 : 0;
}

static artrepo_code read_mounts(const ar_check *check, const ar_value *container,
                                ar_template_texts *mounts) {
    const ar_value *list = NULL;
    artrepo_code code = get_member(check, container, "volumeMounts", AR_VALUE_ARRAY, &list);
    for (size_t i = 0; code == ARTREPO_OK && list != NULL && i < list->count; i++) {
        const char *path = NULL;
        code = get_text(check, list->members[i].value, "mountPath", &path);
        size_t length = code == ARTREPO_OK ? strlen(path) : 0;
        if (length == 0) { /* no mount path at all: Kubernetes refuses such pods */
            continue;
        }
        while (length > 0 && path[length - 1] == '/') {
            length--;
        }
        code = append_text(mounts, path, length, check->error);
    }
    if (mounts->count > 1) {
        qsort(mounts->items, mounts->count, sizeof *mounts->items, longest_first);
    }
    return code;
}

static artrepo_code read_container_names(const ar_check *check, const ar_value *container_set,
                                         ar_template_texts *names) {
    const ar_value *list = NULL;
    artrepo_code code = get_member(check, container_set, "containers", AR_VALUE_ARRAY, &list);
    for (size_t i = 0; code == ARTREPO_OK && list != NULL && i < list->count; i++) {
        const char *name = NULL;
        code = get_text(check, list->members[i].value, "name", &name);
        if (code == ARTREPO_OK) {
            code = append_text(names, name, strlen(name), check->error);
        }
    }
    return code;
}

/* The mounts that count are those of the first of these that the template has. */
static artrepo_code read_containers(const ar_check *check, const ar_value *root,
                                    artrepo_template *made) {
    static const char *const kinds[] = {"container", "script", "containerSet"};
    const ar_value *container = NULL, *container_set = NULL;
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; code == ARTREPO_OK && container == NULL && i < 3; i++) {
        code = get_member(check, root, kinds[i], AR_VALUE_OBJECT, &container);
    }
    if (code == ARTREPO_OK && container != NULL) {
        code = read_mounts(check, container, &made->mounts);
    }
    if (code == ARTREPO_OK) {
        code = get_member(check, root, "containerSet", AR_VALUE_OBJECT, &container_set);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    return container_set != NULL ? read_container_names(check, container_set, &made->containers)
                                 : append_text(&made->containers, MAIN_CONTAINER,
                                               strlen(MAIN_CONTAINER), check->error);
}

/* ---- the whole ---- */

static artrepo_code check_root(const ar_check *check, const ar_value *root) {
    if (root == NULL || root->kind != AR_VALUE_OBJECT) {
        return ar_document_error(
            check->error, check->file_name, root,
            "no template here; write {name: NAME, outputs: {artifacts: [...]}, "
            "...}");
    }
    const char *kind = ar_value_find_text(root, "kind");
    if (kind != NULL && ar_value_get(root, "spec") != NULL) {
        return ar_document_error(check->error, check->file_name, root,
                                 "this is a %s; give one of its templates alone", kind);
    }
    return ARTREPO_OK;
}

static artrepo_code fill(const ar_check *check, const ar_value *root, artrepo_template *made) {
    const char *name = NULL;
    artrepo_code code = check_root(check, root);
    if (code == ARTREPO_OK) {
        code = get_text(check, root, "name", &name);
    }
    if (code == ARTREPO_OK && (made->name = strdup(name)) == NULL) {
        code = no_memory(check->error);
    }
    if (code == ARTREPO_OK) {
        code = read_artifacts(check, root, "inputs", &made->inputs);
    }
    if (code == ARTREPO_OK) {
        code = read_artifacts(check, root, "outputs", &made->outputs);
    }
    if (code == ARTREPO_OK) {
        code = read_archive_location(check, root, made);
    }
    return code == ARTREPO_OK ? read_containers(check, root, made) : code;
}

artrepo_code artrepo_template_parse(const char *text, size_t size, const char *file_name,
                                    artrepo_operation *operation, artrepo_template **template_out,
                                    artrepo_error *error) {
    const ar_origin origin = {.file_name = file_name};
    const ar_check check = {file_name, operation, error};
    ar_value *root = NULL;
    artrepo_code code = ar_document_parse(text, size, &origin, &root, error);
    artrepo_template *made = code == ARTREPO_OK ? calloc(1, sizeof *made) : NULL;
    if (code == ARTREPO_OK) {
        code = made == NULL ? no_memory(error) : fill(&check, root, made);
    }
    ar_value_free(root);
    if (code != ARTREPO_OK) {
        artrepo_template_free(made);
        return code;
    }
    *template_out = made;
    return ARTREPO_OK;
}

artrepo_code artrepo_template_read(const char *path, artrepo_operation *operation,
                                   artrepo_template **template_out, artrepo_error *error) {
    char *text = NULL;
    size_t size = 0;
    artrepo_code code = ar_file_read_whole(path, ARTREPO_TEMPLATE_MAX_SIZE, &text, &size, error);
    if (code != ARTREPO_OK) {
        artrepo_error_prefix(error, "template");
        return code;
    }
    code = artrepo_template_parse(text, size, path, operation, template_out, error);
    free(text);
    return code;
}

void artrepo_template_free(artrepo_template *argo_template) {
    if (argo_template == NULL) {
        return;
    }
    free(argo_template->name);
    free_artifacts(&argo_template->inputs);
    free_artifacts(&argo_template->outputs);
    artrepo_configuration_free(argo_template->archive_location);
    free_texts(&argo_template->mounts);
    free_texts(&argo_template->containers);
    free(argo_template);
}
