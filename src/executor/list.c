/* The executor's listing: what is below a key, or the object itself. */
#include <artrepo/executor.h>

#include <stdlib.h>
#include <string.h>

#include "base/path.h"

typedef struct listing {
    artrepo_list_callback *callback;
    void *data;
    int64_t count;
} listing;

static artrepo_code visit(void *data, const artrepo_object *object, artrepo_error *error) {
    listing *list = data;
    size_t length = strlen(object->key);
    if (length == 0 || object->key[length - 1] == '/') {
        return ARTREPO_OK; /* a folder marker */
    }
    list->count++;
    return list->callback(list->data, object, error);
}

/* Everything, below KEY or (for an empty one) in the whole repository. */
static artrepo_code list_below(artrepo_repository *repository, const char *key, listing *list,
                               artrepo_operation *operation, artrepo_error *error) {
    char *prefix = key[0] == '\0' ? strdup("") : ar_path_concatenate(key, "");
    if (prefix == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to list %s", key);
    }
    artrepo_code code = artrepo_repository_list(repository, prefix, visit, list, operation, error);
    free(prefix);
    return code;
}

artrepo_code artrepo_artifact_list(artrepo_repository *repository, const char *key,
                                   artrepo_list_callback *callback, void *data,
                                   artrepo_operation *operation, artrepo_error *error) {
    listing list = {callback, data, 0};
    artrepo_code code = list_below(repository, key, &list, operation, error);
    if (code != ARTREPO_OK || list.count > 0 || key[0] == '\0') {
        return code;
    }
    artrepo_object object;
    code = artrepo_repository_stat(repository, key, &object, operation, error);
    return code == ARTREPO_OK ? callback(data, &object, error) : code;
}
