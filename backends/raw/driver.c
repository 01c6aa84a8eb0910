#include "raw/driver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/operation.h"

typedef struct raw_store {
    char *data;
    int64_t size;
} raw_store;

static void close_store(void *state) {
    raw_store *store = state;
    free(store->data);
    free(store);
}

static artrepo_code open_store(const artrepo_driver_settings *settings,
                               artrepo_operation *operation, void **state, artrepo_error *error) {
    (void)operation;
    const char *data = artrepo_driver_settings_get(settings, "data");
    raw_store *store = calloc(1, sizeof *store);
    if (store != NULL) {
        store->data = strdup(data == NULL ? "" : data);
    }
    if (store == NULL || store->data == NULL) {
        free(store);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a raw artifact");
    }
    store->size = (int64_t)strlen(store->data);
    *state = store;
    return ARTREPO_OK;
}

static void describe(const raw_store *store, const char *key, artrepo_object *object) {
    *object = (artrepo_object){.key = key, .size = store->size};
}

static artrepo_code stat_object(void *state, const char *key, artrepo_object *object,
                                artrepo_operation *operation, artrepo_error *error) {
    (void)operation;
    (void)error;
    describe(state, key, object);
    return ARTREPO_OK;
}

static artrepo_code get_object(void *state, const char *key, const artrepo_range *range,
                               artrepo_sink *sink, artrepo_object *object,
                               artrepo_operation *operation, artrepo_error *error) {
    const raw_store *store = state;
    if (range->offset < 0 || (range->version != NULL && range->version[0] != '\0')) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "raw data has no version, and no byte before the first");
    }
    if (object != NULL) {
        describe(store, key, object);
    }
    int64_t there = range->offset < store->size ? store->size - range->offset : 0;
    int64_t wanted = range->length < 0 || range->length > there ? there : range->length;
    artrepo_code code = artrepo_operation_check(operation, error);
    if (code == ARTREPO_OK && wanted > 0) {
        code = artrepo_sink_write(sink, store->data + range->offset, (size_t)wanted, error);
    }
    if (code == ARTREPO_OK) {
        ar_progress_add_bytes(operation, wanted);
    }
    return code;
}

/* The data is part of the workflow: there is nowhere to put, list or remove anything. */
const artrepo_driver artrepo_driver_raw = {
    .abi = ARTREPO_DRIVER_ABI,
    .size = sizeof(artrepo_driver),
    .name = "raw",
    .capabilities = ARTREPO_CAN_RANGE | ARTREPO_IS_LOCAL,
    .open = open_store,
    .close = close_store,
    .stat = stat_object,
    .get = get_object,
};
