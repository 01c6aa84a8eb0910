#include "executor/random_object.h"

#include <stdio.h>
#include <string.h>

#define WINDOW_SIZE ((size_t)2 << 20)

void ar_random_object_open(ar_random_object *random, artrepo_repository *repository,
                           const char *key, const artrepo_object *object,
                           artrepo_operation *operation) {
    *random = (ar_random_object){
        .repository = repository, .key = key, .operation = operation, .window_offset = 0};
    snprintf(random->version, sizeof random->version, "%s", object->version);
}

void ar_random_object_close(ar_random_object *random) {
    artrepo_sink_close(random->window);
    random->window = NULL;
}

/* Reads the window that begins at OFFSET. */
static artrepo_code move_window(ar_random_object *random, int64_t offset, artrepo_error *error) {
    ar_random_object_close(random);
    artrepo_code code = artrepo_sink_open_memory(WINDOW_SIZE, &random->window, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    random->window_offset = offset;
    artrepo_range range = {offset, (int64_t)WINDOW_SIZE,
                           random->version[0] == '\0' ? NULL : random->version};
    return artrepo_repository_get(random->repository, random->key, &range, random->window, NULL,
                                  random->operation, error);
}

artrepo_code ar_random_object_read(void *data, int64_t offset, void *buffer, size_t capacity,
                                   size_t *got, artrepo_error *error) {
    ar_random_object *random = data;
    size_t size = 0;
    const char *bytes = random->window == NULL ? NULL : artrepo_sink_memory(random->window, &size);
    if (bytes == NULL || offset < random->window_offset ||
        offset >= random->window_offset + (int64_t)size) {
        artrepo_code code = move_window(random, offset, error);
        if (code != ARTREPO_OK) {
            ar_random_object_close(random);
            return code;
        }
        bytes = artrepo_sink_memory(random->window, &size);
    }
    size_t skip = (size_t)(offset - random->window_offset);
    *got = size - skip < capacity ? size - skip : capacity;
    if (*got > 0) {
        memcpy(buffer, bytes + skip, *got);
    }
    return ARTREPO_OK;
}
