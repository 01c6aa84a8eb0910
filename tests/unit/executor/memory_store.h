/* A store of objects in memory, of any bytes, that counts what is read of them. */
#ifndef TESTS_UNIT_EXECUTOR_MEMORY_STORE_H
#define TESTS_UNIT_EXECUTOR_MEMORY_STORE_H

#include "unit/executor/support.h"

#include <artrepo/explain.h>

typedef struct memory_object {
    const char *key;
    const void *data;
    size_t size;
} memory_object;

static struct {
    const memory_object *objects;
    size_t count;
    int64_t bytes_read;
    const char *deny; /* a key whose bytes are not given out */
    bool hides_sizes; /* as servers do that make their answers as they go */
} memory;

static const memory_object *memory_find(const char *key) {
    for (size_t i = 0; i < memory.count; i++) {
        if (strcmp(memory.objects[i].key, key) == 0) {
            return &memory.objects[i];
        }
    }
    return NULL;
}

static artrepo_code memory_open(const artrepo_driver_settings *settings,
                                artrepo_operation *operation, void **state, artrepo_error *error) {
    (void)settings;
    (void)operation;
    (void)error;
    *state = &memory;
    return ARTREPO_OK;
}

static void memory_close(void *state) {
    (void)state;
}

static artrepo_code memory_stat(void *state, const char *key, artrepo_object *object,
                                artrepo_operation *operation, artrepo_error *error) {
    (void)state;
    (void)operation;
    const memory_object *found = memory_find(key);
    if (found == NULL) {
        return artrepo_error_set(error, ARTREPO_NOT_FOUND, "no object %s", key);
    }
    *object = (artrepo_object){.key = key, .size = memory.hides_sizes ? -1 : (int64_t)found->size};
    return ARTREPO_OK;
}

static artrepo_code memory_get(void *state, const char *key, const artrepo_range *range,
                               artrepo_sink *sink, artrepo_object *object,
                               artrepo_operation *operation, artrepo_error *error) {
    artrepo_code code = memory_stat(state, key, object, operation, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (memory.deny != NULL && strcmp(memory.deny, key) == 0) {
        return artrepo_error_set(error, ARTREPO_ACCESS_DENIED, "no access to %s", key);
    }
    const memory_object *found = memory_find(key);
    size_t at = (size_t)range->offset;
    size_t end = range->length >= 0 && at + (size_t)range->length < found->size
                     ? at + (size_t)range->length
                     : found->size;
    while (code == ARTREPO_OK && at < end) {
        size_t count = end - at < 5000 ? end - at : 5000;
        memory.bytes_read += (int64_t)count;
        code = artrepo_sink_write(sink, (const char *)found->data + at, count, error);
        at += count;
    }
    return code;
}

static artrepo_code memory_list(void *state, const char *prefix, artrepo_list_callback *callback,
                                void *data, artrepo_operation *operation, artrepo_error *error) {
    (void)state;
    (void)operation;
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; code == ARTREPO_OK && i < memory.count; i++) {
        artrepo_object object = {.key = memory.objects[i].key,
                                 .size = (int64_t)memory.objects[i].size};
        if (strncmp(object.key, prefix, strlen(prefix)) == 0) {
            code = callback(data, &object, error);
        }
    }
    return code;
}

#define MEMORY_DRIVER(kind, flags)                                                                 \
    {                                                                                              \
        .abi = ARTREPO_DRIVER_ABI, .size = sizeof(artrepo_driver), .name = (kind),                 \
        .capabilities = (flags), .open = memory_open, .close = memory_close, .stat = memory_stat,  \
        .get = memory_get, .list = memory_list,                                                    \
    }

static const artrepo_driver memory_driver =
    MEMORY_DRIVER("memory", ARTREPO_CAN_LIST | ARTREPO_CAN_RANGE);
/* Hands out whole objects only. */
static const artrepo_driver pouring_driver = MEMORY_DRIVER("pouring", ARTREPO_CAN_LIST);

static artrepo_repository *open_memory(const memory_object *objects, size_t count, bool ranges) {
    memory.objects = objects;
    memory.count = count;
    memory.bytes_read = 0;
    memory.deny = NULL;
    memory.hides_sizes = false;
    return open_driver(ranges ? &memory_driver : &pouring_driver);
}

#endif
