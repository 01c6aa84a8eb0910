#include "fs/store.h"

#include <stdlib.h>
#include <string.h>

artrepo_code ar_fs_open(const artrepo_driver_settings *settings, artrepo_operation *operation,
                        void **state, artrepo_error *error) {
    (void)operation;
    const char *root = artrepo_driver_settings_get(settings, "root");
    if (root == NULL || root[0] == '\0') {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "fs.root is not set: name the directory that holds the objects");
    }
    ar_fs_store *store = calloc(1, sizeof *store);
    if (store == NULL || (store->root = strdup(root)) == NULL) {
        free(store);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to open %s", root);
    }
    store->is_file_system = root[strspn(root, "/")] == '\0';
    *state = store;
    return ARTREPO_OK;
}

void ar_fs_close(void *state) {
    ar_fs_store *store = state;
    if (store != NULL) {
        free(store->root);
        free(store);
    }
}
