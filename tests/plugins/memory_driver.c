/*
 * A complete driver in a shared object: it keeps objects in memory for as long as the repository is
 * open. Nothing but the public headers is used. docs/driver-authors.md explains it piece by piece,
 * and shows all of it: tests/behaviour/document.sh compares the two.
 *
 * Build it as a shared object named artrepo_memory.so. In a repository file:
 *
 *     memory:
 *       limit: 1048576              # bytes of all objects together; optional
 *       keyFormat: "{{workflow.name}}/{{pod.name}}"
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <artrepo/driver.h>

typedef struct memory_object {
    char *key;
    char *data;
    size_t size;
    int64_t modified_ms;
    unsigned long generation; /* changes with every put: what tells one version from another */
    char content_type[96];
} memory_object;

typedef struct memory_store {
    pthread_mutex_t mutex;  /* all functions are called from several threads at once */
    memory_object *objects; /* sorted by key, since list() must be */
    size_t count, capacity;
    size_t bytes, limit;
    unsigned long generation;
} memory_store;

/* ---- open and close ---- */

static artrepo_code read_limit(const artrepo_driver_settings *settings, size_t *limit,
                               artrepo_error *error) {
    const char *text = artrepo_driver_settings_get(settings, "limit");
    *limit = SIZE_MAX;
    if (text == NULL) {
        return ARTREPO_OK;
    }
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-') {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "memory.limit is '%s'; it must be a number of bytes", text);
    }
    *limit = (size_t)number;
    return ARTREPO_OK;
}

static artrepo_code memory_open(const artrepo_driver_settings *settings,
                                artrepo_operation *operation, void **state, artrepo_error *error) {
    (void)operation;
    size_t limit;
    artrepo_code code = read_limit(settings, &limit, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    memory_store *store = calloc(1, sizeof *store);
    if (store == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a memory store");
    }
    pthread_mutex_init(&store->mutex, NULL);
    store->limit = limit;
    *state = store;
    return ARTREPO_OK;
}

static void free_object(memory_object *object) {
    free(object->key);
    free(object->data);
}

static void memory_close(void *state) {
    memory_store *store = state;
    for (size_t i = 0; i < store->count; i++) {
        free_object(&store->objects[i]);
    }
    free(store->objects);
    pthread_mutex_destroy(&store->mutex);
    free(store);
}

/* ---- finding, with the mutex held ---- */

/* The first object whose key is not before KEY. */
static size_t lower_bound(const memory_store *store, const char *key) {
    size_t low = 0;
    size_t high = store->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(store->objects[middle].key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static memory_object *find(const memory_store *store, const char *key) {
    size_t i = lower_bound(store, key);
    return i < store->count && strcmp(store->objects[i].key, key) == 0 ? &store->objects[i] : NULL;
}

static void describe(const memory_object *from, artrepo_object *object) {
    object->key = from->key;
    object->size = (int64_t)from->size;
    object->modified_ms = from->modified_ms;
    snprintf(object->version, sizeof object->version, "%lu", from->generation);
    snprintf(object->content_type, sizeof object->content_type, "%s", from->content_type);
}

static artrepo_code not_found(const char *verb, const char *key, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_NOT_FOUND, "cannot %s '%s' in memory: no such object",
                             verb, key);
}

static artrepo_code no_memory(const char *verb, const char *key, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to %s '%s'", verb, key);
}

/* ---- stat and get ---- */

static artrepo_code memory_stat(void *state, const char *key, artrepo_object *object,
                                artrepo_operation *operation, artrepo_error *error) {
    (void)operation;
    memory_store *store = state;
    pthread_mutex_lock(&store->mutex);
    const memory_object *found = find(store, key);
    if (found != NULL) {
        describe(found, object);
        object->key = key; /* ours may go away once the mutex is released */
    }
    pthread_mutex_unlock(&store->mutex);
    return found != NULL ? ARTREPO_OK : not_found("stat", key, error);
}

/* A copy of the part of KEY that RANGE asks for: the sink may be slow, and must not hold others up.
 */
static artrepo_code copy_range(memory_store *store, const char *key, const artrepo_range *range,
                               char **data, size_t *size, artrepo_object *object,
                               artrepo_error *error) {
    const memory_object *found = find(store, key);
    if (found == NULL) {
        return not_found("get", key, error);
    }
    describe(found, object);
    object->key = key;
    if (range->version != NULL && strcmp(range->version, object->version) != 0) {
        return artrepo_error_set(error, ARTREPO_IO,
                                 "cannot get '%s' from memory: it was replaced meanwhile", key);
    }
    int64_t end = object->size;
    if (range->length >= 0 && range->offset < end && range->length < end - range->offset) {
        end = range->offset + range->length;
    }
    *size = range->offset < end ? (size_t)(end - range->offset) : 0;
    *data = malloc(*size + 1);
    if (*data == NULL) {
        return no_memory("get", key, error);
    }
    if (*size > 0) {
        memcpy(*data, found->data + range->offset, *size);
    }
    return ARTREPO_OK;
}

static artrepo_code memory_get(void *state, const char *key, const artrepo_range *range,
                               artrepo_sink *sink, artrepo_object *object,
                               artrepo_operation *operation, artrepo_error *error) {
    enum { BLOCK = 64 * 1024 };
    memory_store *store = state;
    char *data = NULL;
    size_t size = 0;
    pthread_mutex_lock(&store->mutex);
    artrepo_code code = copy_range(store, key, range, &data, &size, object, error);
    pthread_mutex_unlock(&store->mutex);
    for (size_t done = 0; code == ARTREPO_OK && done < size; done += BLOCK) {
        code = artrepo_operation_check(operation, error); /* the caller may have given up */
        if (code == ARTREPO_OK) {
            size_t left = size - done;
            code = artrepo_sink_write(sink, data + done, left < BLOCK ? left : BLOCK, error);
        }
    }
    free(data);
    return code;
}

/* ---- put ---- */

/* A file that shrank or grew while it was read is no object. */
static artrepo_code check_size(const char *key, const artrepo_source *source, size_t size,
                               artrepo_error *error) {
    if (source->size < 0 || (uint64_t)source->size == size) {
        return ARTREPO_OK;
    }
    return artrepo_error_set(error, ARTREPO_IO,
                             "cannot put '%s' into memory: its source gave %zu bytes instead of "
                             "the %lld that it had when it was opened",
                             key, size, (long long)source->size);
}

/* The whole source, whose size may be unknown. */
static artrepo_code read_all(const memory_store *store, const char *key, artrepo_source *source,
                             memory_object *made, artrepo_operation *operation,
                             artrepo_error *error) {
    size_t capacity = 0;
    for (;;) {
        artrepo_code code = artrepo_operation_check(operation, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        if (made->size == capacity) {
            capacity = capacity == 0 ? (size_t)64 * 1024 : capacity * 2;
            char *data = realloc(made->data, capacity);
            if (data == NULL) {
                return no_memory("put", key, error);
            }
            made->data = data;
        }
        size_t got;
        code = artrepo_source_read(source, made->data + made->size, capacity - made->size, &got,
                                   error);
        if (code != ARTREPO_OK || got == 0) {
            return code != ARTREPO_OK ? code : check_size(key, source, made->size, error);
        }
        made->size += got;
        if (made->size > store->limit) {
            return artrepo_error_set(error, ARTREPO_IO,
                                     "cannot put '%s' into memory: more than the limit of %zu "
                                     "bytes; raise memory.limit",
                                     key, store->limit);
        }
    }
}

static bool make_room(memory_store *store) {
    if (store->count < store->capacity) {
        return true;
    }
    size_t capacity = store->capacity == 0 ? 16 : store->capacity * 2;
    memory_object *objects = realloc(store->objects, capacity * sizeof *objects);
    if (objects == NULL) {
        return false;
    }
    store->objects = objects;
    store->capacity = capacity;
    return true;
}

/* Takes what MADE holds over when it succeeds: from here on it is there, whole. */
static artrepo_code insert(memory_store *store, memory_object *made, artrepo_error *error) {
    size_t i = lower_bound(store, made->key);
    bool replaces = i < store->count && strcmp(store->objects[i].key, made->key) == 0;
    size_t old = replaces ? store->objects[i].size : 0;
    if (store->bytes - old > store->limit - made->size) {
        return artrepo_error_set(error, ARTREPO_IO,
                                 "cannot put '%s' into memory: no room for its %zu bytes; remove "
                                 "something or raise memory.limit",
                                 made->key, made->size);
    }
    if (!replaces && !make_room(store)) {
        return no_memory("put", made->key, error);
    }
    if (replaces) {
        free_object(&store->objects[i]);
    } else {
        memmove(&store->objects[i + 1], &store->objects[i],
                (store->count - i) * sizeof store->objects[0]);
        store->count++;
    }
    made->generation = ++store->generation;
    store->objects[i] = *made;
    store->bytes += made->size - old;
    return ARTREPO_OK;
}

static artrepo_code memory_put(void *state, const char *key, artrepo_source *source,
                               const artrepo_put_options *options, artrepo_object *object,
                               artrepo_operation *operation, artrepo_error *error) {
    memory_store *store = state;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    memory_object made = {.key = strdup(key),
                          .modified_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000};
    snprintf(made.content_type, sizeof made.content_type, "%s",
             options->content_type == NULL ? "application/octet-stream" : options->content_type);
    artrepo_code code = made.key == NULL ? no_memory("put", key, error)
                                         : read_all(store, key, source, &made, operation, error);
    if (code == ARTREPO_OK) {
        pthread_mutex_lock(&store->mutex);
        code = insert(store, &made, error);
        if (code == ARTREPO_OK) {
            describe(&made, object);
            object->key = key;
        }
        pthread_mutex_unlock(&store->mutex);
    }
    if (code != ARTREPO_OK) {
        free_object(&made);
    }
    return code;
}

/* ---- list ---- */

/* The object after KEY (NULL: the first) whose key begins with PREFIX; false at the end. *COPY gets
 * its key, which the caller frees. */
static bool next_object(memory_store *store, const char *prefix, const char *key,
                        artrepo_object *object, char **copy) {
    size_t i = lower_bound(store, key == NULL ? prefix : key);
    if (key != NULL && i < store->count && strcmp(store->objects[i].key, key) == 0) {
        i++;
    }
    if (i >= store->count || strncmp(store->objects[i].key, prefix, strlen(prefix)) != 0) {
        return false;
    }
    describe(&store->objects[i], object);
    *copy = strdup(object->key);
    object->key = *copy;
    return true;
}

/* The callback runs without the mutex, so that it may call the driver again. */
static artrepo_code memory_list(void *state, const char *prefix, artrepo_list_callback *callback,
                                void *data, artrepo_operation *operation, artrepo_error *error) {
    memory_store *store = state;
    char *key = NULL;
    artrepo_code code;
    for (;;) {
        artrepo_object object = {.size = -1};
        char *next = NULL;
        code = artrepo_operation_check(operation, error);
        if (code != ARTREPO_OK) {
            break;
        }
        pthread_mutex_lock(&store->mutex);
        bool more = next_object(store, prefix, key, &object, &next);
        pthread_mutex_unlock(&store->mutex);
        free(key);
        key = next;
        if (!more) {
            break;
        }
        if (key == NULL) {
            return no_memory("list", prefix, error);
        }
        code = callback(data, &object, error);
        if (code != ARTREPO_OK) {
            break;
        }
    }
    free(key);
    return code;
}

/* ---- remove ---- */

static artrepo_code memory_remove(void *state, const char *key, artrepo_operation *operation,
                                  artrepo_error *error) {
    (void)operation;
    (void)error;
    memory_store *store = state;
    pthread_mutex_lock(&store->mutex);
    memory_object *found = find(store, key);
    if (found != NULL) {
        size_t i = (size_t)(found - store->objects);
        store->bytes -= found->size;
        free_object(found);
        store->count--;
        memmove(found, found + 1, (store->count - i) * sizeof *found);
    }
    pthread_mutex_unlock(&store->mutex);
    return ARTREPO_OK; /* what is not there need not be removed */
}

/* ---- the driver ---- */

static const artrepo_driver memory_driver = {
    .abi = ARTREPO_DRIVER_ABI,
    .size = sizeof(artrepo_driver),
    .name = "memory",
    .capabilities = ARTREPO_CAN_LIST | ARTREPO_CAN_REMOVE | ARTREPO_CAN_RANGE | ARTREPO_CAN_PUT |
                    ARTREPO_IS_LOCAL,
    .open = memory_open,
    .close = memory_close,
    .stat = memory_stat,
    .get = memory_get,
    .put = memory_put,
    .list = memory_list,
    .remove = memory_remove,
};

/* The one symbol that the library looks for. */
ARTREPO_API artrepo_driver_entry_function artrepo_driver_entry;

const artrepo_driver *artrepo_driver_entry(void) {
    return &memory_driver;
}
