#include "executor/stores.h"

#include <stdlib.h>
#include <string.h>

#include "repository/location.h"

struct ar_store {
    char *identity; /* the location as JSON, without its key */
    artrepo_repository *repository;
};

void ar_stores_init(ar_stores *stores, const artrepo_repository_options *options) {
    *stores = (ar_stores){.options = *options};
    pthread_mutex_init(&stores->mutex, NULL);
}

void ar_stores_close(ar_stores *stores) {
    for (size_t i = 0; i < stores->count; i++) {
        artrepo_repository_close(stores->items[i].repository);
        free(stores->items[i].identity);
    }
    free(stores->items);
    pthread_mutex_destroy(&stores->mutex);
}

/* Locations that only differ in their keys have the same. */
static artrepo_code identify(const artrepo_location *location, char **identity,
                             artrepo_error *error) {
    artrepo_location *bare = ar_location_copy(location);
    if (bare == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to open a repository");
    }
    artrepo_code code =
        bare->kind->key_field == NULL ? ARTREPO_OK : ar_location_set_key(bare, "", error);
    if (code == ARTREPO_OK) {
        code = artrepo_location_to_json(bare, identity, error);
    }
    artrepo_location_free(bare);
    return code;
}

static artrepo_code add(ar_stores *stores, const artrepo_location *location, const char *identity,
                        artrepo_operation *operation, artrepo_repository **repository,
                        artrepo_error *error) {
    ar_store *items = reallocarray(stores->items, stores->count + 1, sizeof *items);
    char *copy = strdup(identity);
    if (items != NULL) {
        stores->items = items;
    }
    artrepo_code code =
        items == NULL || copy == NULL
            ? artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to open a repository")
            : artrepo_repository_open(location, &stores->options, operation, repository, error);
    if (code != ARTREPO_OK) {
        free(copy);
        return code;
    }
    items[stores->count++] = (ar_store){copy, *repository};
    return ARTREPO_OK;
}

artrepo_code ar_stores_get(ar_stores *stores, const artrepo_location *location,
                           artrepo_operation *operation, artrepo_repository **repository,
                           artrepo_error *error) {
    char *identity = NULL;
    artrepo_code code = identify(location, &identity, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    *repository = NULL;
    pthread_mutex_lock(&stores->mutex);
    for (size_t i = 0; *repository == NULL && i < stores->count; i++) {
        if (strcmp(stores->items[i].identity, identity) == 0) {
            *repository = stores->items[i].repository;
        }
    }
    if (*repository == NULL) {
        code = add(stores, location, identity, operation, repository, error);
    }
    pthread_mutex_unlock(&stores->mutex);
    free(identity);
    return code;
}
