#include "repository/remove_below.h"

#include <stdlib.h>
#include <string.h>

#include "base/group.h"

enum { BATCH = 8000 }; /* several of the requests that stores take */

/* Keys are collected before any is removed: a driver may not like its objects to go away while it
 * lists them. A batch at a time keeps memory bounded. */
typedef struct key_batch {
    char *keys[BATCH];
    size_t count;
    bool full; /* the listing was ended because there is no more room */
} key_batch;

static void clear(key_batch *batch) {
    for (size_t i = 0; i < batch->count; i++) {
        free(batch->keys[i]);
    }
    batch->count = 0;
    batch->full = false;
}

static artrepo_code collect(void *data, const artrepo_object *object, artrepo_error *error) {
    key_batch *batch = data;
    if (batch->count == BATCH) {
        batch->full = true;
        return artrepo_error_set(error, ARTREPO_CANCELLED, "enough for now");
    }
    batch->keys[batch->count] = strdup(object->key);
    if (batch->keys[batch->count] == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to remove '%s'", object->key);
    }
    batch->count++;
    return ARTREPO_OK;
}

typedef struct remove_context {
    const ar_opened *opened;
    artrepo_operation *operation;
} remove_context;

static artrepo_code remove_one(void *context, void *item, bool failed, artrepo_error *error) {
    const remove_context *remover = context;
    return failed ? ARTREPO_OK : ar_logged_remove(remover->opened, item, remover->operation, error);
}

static artrepo_code remove_by_ones(const ar_opened *opened, const key_batch *batch,
                                   artrepo_operation *operation, artrepo_error *error) {
    remove_context context = {opened, operation};
    bool local = (opened->driver->capabilities & ARTREPO_IS_LOCAL) != 0;
    unsigned threads = local ? 1 : artrepo_operation_transfers(operation);
    ar_group *group = NULL;
    artrepo_code code =
        ar_group_open(threads, threads, remove_one, &context, operation, &group, error);
    for (size_t i = 0; code == ARTREPO_OK && i < batch->count; i++) {
        code = ar_group_add(group, batch->keys[i], error);
    }
    artrepo_code end = ar_group_close(group, error);
    return code == ARTREPO_OK ? end : code;
}

static artrepo_code remove_batch(const ar_opened *opened, const key_batch *batch,
                                 artrepo_operation *operation, artrepo_error *error) {
    if (batch->count == 0) {
        return ARTREPO_OK;
    }
    return opened->driver->remove_many != NULL
               ? ar_logged_remove_many(opened, (const char *const *)batch->keys, batch->count,
                                       operation, error)
               : remove_by_ones(opened, batch, operation, error);
}

artrepo_code ar_remove_below(const ar_opened *opened, const char *prefix,
                             artrepo_operation *operation, artrepo_error *error) {
    key_batch *batch = calloc(1, sizeof *batch);
    char *first = NULL; /* of the batch before */
    artrepo_code code = batch == NULL ? artrepo_error_set(error, ARTREPO_INTERNAL,
                                                          "no memory to remove '%s'", prefix)
                                      : ARTREPO_OK;
    bool more = true;
    while (code == ARTREPO_OK && more) {
        clear(batch);
        code = ar_retry_list(opened, prefix, collect, batch, operation, error);
        more = batch->full;
        code = more ? ARTREPO_OK : code;
        if (code == ARTREPO_OK && first != NULL && batch->count > 0 &&
            strcmp(first, batch->keys[0]) == 0) {
            code = artrepo_error_set(error, ARTREPO_IO,
                                     "removed '%s', but the store still lists it; it may keep "
                                     "objects under a lock",
                                     first);
        }
        if (code == ARTREPO_OK) {
            code = remove_batch(opened, batch, operation, error);
        }
        free(first);
        first = batch->count == 0 ? NULL : strdup(batch->keys[0]);
    }
    if (batch != NULL) {
        clear(batch);
    }
    free(batch);
    free(first);
    return code;
}
