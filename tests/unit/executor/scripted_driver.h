/* A store that lists and hands out what a test says, however hostile, and counts what is asked. */
#ifndef TESTS_UNIT_EXECUTOR_SCRIPTED_DRIVER_H
#define TESTS_UNIT_EXECUTOR_SCRIPTED_DRIVER_H

#include "unit/executor/support.h"

#include <pthread.h>

typedef struct scripted_object {
    const char *key;
    const char *content; /* NULL: listed, and then gone */
} scripted_object;

typedef struct scripted_store {
    const scripted_object *objects;
    size_t count;
    const char *fail_key; /* getting or putting it is denied */
    int inside, peak;     /* gets and puts under way, and at most */
    int calls;
    int awaited; /* gets and puts that wait for each other, so that a busy machine shows them */
    pthread_mutex_t mutex;
} scripted_store;

static scripted_store store = {.mutex = PTHREAD_MUTEX_INITIALIZER};

static void enter(void) {
    pthread_mutex_lock(&store.mutex);
    store.calls++;
    if (++store.inside > store.peak) {
        store.peak = store.inside;
    }
    int waited_ms = 0;
    do {
        pthread_mutex_unlock(&store.mutex);
        usleep(2000);
        waited_ms += 2;
        pthread_mutex_lock(&store.mutex);
    } while (store.peak < store.awaited && waited_ms < 5000);
    pthread_mutex_unlock(&store.mutex);
}

static artrepo_code leave(const char *key, artrepo_error *error) {
    pthread_mutex_lock(&store.mutex);
    store.inside--;
    pthread_mutex_unlock(&store.mutex);
    if (store.fail_key != NULL && strcmp(store.fail_key, key) == 0) {
        return artrepo_error_set(error, ARTREPO_ACCESS_DENIED, "no access to %s", key);
    }
    return ARTREPO_OK;
}

static const scripted_object *find_object(const char *key) {
    for (size_t i = 0; i < store.count; i++) {
        if (strcmp(store.objects[i].key, key) == 0) {
            return &store.objects[i];
        }
    }
    return NULL;
}

static artrepo_code scripted_open(const artrepo_driver_settings *settings,
                                  artrepo_operation *operation, void **state,
                                  artrepo_error *error) {
    (void)settings;
    (void)operation;
    (void)error;
    *state = &store;
    return ARTREPO_OK;
}

static void scripted_close(void *state) {
    (void)state;
}

static artrepo_code scripted_stat(void *state, const char *key, artrepo_object *object,
                                  artrepo_operation *operation, artrepo_error *error) {
    (void)state;
    (void)operation;
    const scripted_object *found = find_object(key);
    if (found == NULL || found->content == NULL) {
        return artrepo_error_set(error, ARTREPO_NOT_FOUND, "no object %s", key);
    }
    *object = (artrepo_object){.key = key, .size = (int64_t)strlen(found->content)};
    return ARTREPO_OK;
}

static artrepo_code scripted_get(void *state, const char *key, const artrepo_range *range,
                                 artrepo_sink *sink, artrepo_object *object,
                                 artrepo_operation *operation, artrepo_error *error) {
    artrepo_code code = scripted_stat(state, key, object, operation, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    enter();
    code = leave(key, error);
    const char *content = find_object(key)->content + range->offset;
    return code == ARTREPO_OK ? artrepo_sink_write(sink, content, strlen(content), error) : code;
}

static artrepo_code scripted_put(void *state, const char *key, artrepo_source *source,
                                 const artrepo_put_options *options, artrepo_object *object,
                                 artrepo_operation *operation, artrepo_error *error) {
    (void)state;
    (void)options;
    (void)operation;
    char buffer[1000];
    enter();
    artrepo_code code = leave(key, error);
    size_t got = 1;
    object->size = 0;
    while (code == ARTREPO_OK && got > 0) {
        code = artrepo_source_read(source, buffer, sizeof buffer, &got, error);
        object->size += (int64_t)got;
    }
    return code;
}

static artrepo_code scripted_list(void *state, const char *prefix, artrepo_list_callback *callback,
                                  void *data, artrepo_operation *operation, artrepo_error *error) {
    (void)state;
    (void)operation;
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; code == ARTREPO_OK && i < store.count; i++) {
        const char *content = store.objects[i].content;
        artrepo_object object = {.key = store.objects[i].key,
                                 .size = content == NULL ? 1 : (int64_t)strlen(content)};
        if (strncmp(object.key, prefix, strlen(prefix)) == 0) {
            code = callback(data, &object, error);
        }
    }
    return code;
}

static const artrepo_driver scripted_driver = {
    .abi = ARTREPO_DRIVER_ABI,
    .size = sizeof(artrepo_driver),
    .name = "scripted",
    .capabilities = ARTREPO_CAN_LIST | ARTREPO_CAN_RANGE | ARTREPO_CAN_PUT,
    .open = scripted_open,
    .close = scripted_close,
    .stat = scripted_stat,
    .get = scripted_get,
    .put = scripted_put,
    .list = scripted_list,
};

static artrepo_repository *open_scripted(const scripted_object *objects, size_t count) {
    store.objects = objects;
    store.count = count;
    store.fail_key = NULL;
    store.peak = 0;
    store.calls = 0;
    return open_driver(&scripted_driver);
}

#endif
