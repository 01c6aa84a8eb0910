#include "executor/random_object.h"

#include <stdio.h>
#include <string.h>

#define MOST_WINDOW ((size_t)2 << 20)

void ar_random_object_open(ar_random_object *random, artrepo_repository *repository,
                           const char *key, const artrepo_object *object,
                           artrepo_operation *operation) {
    *random = (ar_random_object){
        .repository = repository, .key = key, .operation = operation, .least_window = MOST_WINDOW};
    snprintf(random->version, sizeof random->version, "%s", object->version);
}

void ar_random_object_close(ar_random_object *random) {
    artrepo_sink_close(random->window);
    random->window = NULL;
}

static size_t next_window_size(const ar_random_object *random, int64_t offset, size_t wanted) {
    bool goes_on =
        random->window_size > 0 && offset == random->window_offset + (int64_t)random->window_size;
    size_t size = goes_on ? 2 * random->window_size : random->least_window;
    size = size < wanted ? wanted : size;
    return size < MOST_WINDOW ? size : MOST_WINDOW;
}

/* Reads the window that begins at OFFSET, of which WANTED bytes are asked for. */
static artrepo_code move_window(ar_random_object *random, int64_t offset, size_t wanted,
                                artrepo_error *error) {
    size_t size = next_window_size(random, offset, wanted);
    ar_random_object_close(random);
    artrepo_code code = artrepo_sink_open_memory(size, &random->window, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    random->window_offset = offset;
    random->window_size = size;
    artrepo_range range = {offset, (int64_t)size,
                           random->version[0] == '\0' ? NULL : random->version};
    code = artrepo_repository_get(random->repository, random->key, &range, random->window, NULL,
                                  random->operation, error);
    if (artrepo_sink_memory(random->window, &size) != NULL) {
        random->bytes_read += (int64_t)size;
    }
    random->requests++;
    return code;
}

artrepo_code ar_random_object_read(void *data, int64_t offset, void *buffer, size_t capacity,
                                   size_t *got, artrepo_error *error) {
    ar_random_object *random = data;
    size_t size = 0;
    const char *bytes = random->window == NULL ? NULL : artrepo_sink_memory(random->window, &size);
    if (bytes == NULL || offset < random->window_offset ||
        offset >= random->window_offset + (int64_t)size) {
        artrepo_code code = move_window(random, offset, capacity, error);
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
