#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "archive/place.h"
#include "archive/tree.h"
#include "base/clock.h"
#include "base/group.h"
#include "base/operation.h"
#include "base/path.h"
#include "executor/directory.h"
#include "executor/listed_keys.h"
#include "executor/pace.h"

typedef struct directory_load {
    artrepo_repository *repository;
    artrepo_operation *operation;
    ar_listed_keys keys;
    ar_group *group;
    ar_pace pace;
    ar_tree *tree;
    pthread_mutex_t mutex;
    artrepo_transfer *transfer;
} directory_load;

typedef struct load_item {
    char *key;
    char *name; /* clean, below the destination */
    char *version;
} load_item;

static void free_item(load_item *item) {
    free(item->key);
    free(item->name);
    free(item->version);
    free(item);
}

/* A sink over the file of a tree, whose descriptor drivers may write to in any order. */
static artrepo_code get_into(directory_load *load, const load_item *item, int descriptor,
                             artrepo_object *object, artrepo_error *error) {
    artrepo_sink *sink;
    artrepo_code code = artrepo_sink_open_descriptor(descriptor, item->name, &sink, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    sink->descriptor = descriptor;
    artrepo_range range = {0, -1, item->version[0] == '\0' ? NULL : item->version};
    code = artrepo_repository_get(load->repository, item->key, &range, sink, object,
                                  load->operation, error);
    artrepo_sink_close(sink);
    if (code == ARTREPO_NOT_FOUND) { /* the directory is there: no optional artifact is missing */
        code = ARTREPO_IO;
        artrepo_error_prefix(error, "an object was removed while its directory was loaded");
        if (error != NULL) {
            error->code = code;
        }
    }
    return code;
}

static artrepo_code get_file(directory_load *load, const load_item *item, artrepo_error *error) {
    static const ar_tree_attributes attributes = {.mode = 0644};
    int descriptor;
    artrepo_code code = ar_tree_create_file(load->tree, item->name, &descriptor, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    artrepo_object object = {.size = 0};
    int64_t start = ar_clock_now_ns();
    code = get_into(load, item, descriptor, &object, error);
    artrepo_code finished =
        ar_tree_finish_file(descriptor, item->name, &attributes, code == ARTREPO_OK ? error : NULL);
    code = code == ARTREPO_OK ? finished : code;
    if (code != ARTREPO_OK) {
        return code;
    }
    ar_pace_note(&load->pace, load->group, object.size, ar_clock_now_ns() - start);
    ar_progress_add_objects(load->operation, 1);
    pthread_mutex_lock(&load->mutex);
    load->transfer->objects++;
    load->transfer->bytes += object.size;
    pthread_mutex_unlock(&load->mutex);
    return ARTREPO_OK;
}

static artrepo_code run_item(void *context, void *argument, bool failed, artrepo_error *error) {
    load_item *item = argument;
    artrepo_code code = failed ? ARTREPO_OK : get_file(context, item, error);
    free_item(item);
    return code;
}

static artrepo_code new_item(const artrepo_object *object, char *name, load_item **out,
                             artrepo_error *error) {
    load_item *item = calloc(1, sizeof *item);
    if (item == NULL) {
        free(name);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to load %s", object->key);
    }
    item->name = name;
    item->key = strdup(object->key);
    item->version = strdup(object->version);
    if (item->key == NULL || item->version == NULL) {
        free_item(item);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to load %s", object->key);
    }
    *out = item;
    return ARTREPO_OK;
}

static artrepo_code visit(void *data, const artrepo_object *object, artrepo_error *error) {
    directory_load *load = data;
    char *name = NULL;
    load_item *item = NULL;
    artrepo_code code = ar_listed_keys_take(&load->keys, object, &name, error);
    if (code != ARTREPO_OK || name == NULL) {
        return code;
    }
    code = new_item(object, name, &item, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    ar_progress_add_total(load->operation, object->size, 1);
    if (object->size <= AR_SMALL_OBJECT) {
        return ar_group_add(load->group, item, error);
    }
    return run_item(load, item, false, error);
}

/* Lists and loads all; the tree is open. */
static artrepo_code load_all(directory_load *load, artrepo_error *error) {
    ar_pace_init(&load->pace, load->repository, load->operation);
    artrepo_code code = ar_group_open(load->pace.least, AR_DIRECTORY_QUEUE, run_item, load,
                                      load->operation, &load->group, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    code = artrepo_repository_list(load->repository, load->keys.prefix, visit, load,
                                   load->operation, error);
    if (code != ARTREPO_OK) {
        ar_group_fail(load->group, error);
    }
    artrepo_code closed = ar_group_close(load->group, code == ARTREPO_OK ? error : NULL);
    code = code != ARTREPO_OK ? code : closed;
    if (code == ARTREPO_OK && load->keys.objects == 0) {
        code = artrepo_error_set(error, ARTREPO_NOT_FOUND, "there is no object below %s",
                                 load->keys.prefix);
    }
    return code;
}

artrepo_code ar_load_directory(artrepo_repository *repository, const char *key, const char *path,
                               const artrepo_archive_limits *limits, artrepo_transfer *transfer,
                               artrepo_operation *operation, artrepo_error *error) {
    char *prefix = ar_path_concatenate(key, "");
    if (prefix == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to load %s", key);
    }
    directory_load load = {.repository = repository,
                           .operation = operation,
                           .keys = {.prefix = prefix, .limits = limits},
                           .mutex = PTHREAD_MUTEX_INITIALIZER,
                           .transfer = transfer};
    ar_place place;
    artrepo_code code = ar_place_open(&place, path, error);
    if (code == ARTREPO_OK) {
        code = ar_tree_open(place.directory, &load.tree, error);
        if (code == ARTREPO_OK) {
            code = load_all(&load, error);
        }
        ar_tree_close(load.tree);
        if (code == ARTREPO_OK) {
            code = ar_place_commit_directory(&place, error);
        }
        ar_place_close(&place);
    }
    free(prefix);
    return code;
}
