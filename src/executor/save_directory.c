#include "executor/directory.h"
#include "executor/pace.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/walk.h"
#include "base/clock.h"
#include "base/group.h"
#include "base/operation.h"
#include "executor/links.h"

typedef struct directory_save {
    artrepo_repository *repository;
    artrepo_operation *operation;
    ar_group *group;
    ar_pace pace;
    const char *path;
    size_t key_size;
    int root; /* PATH, for links that are copied; -1: links are left out */
    pthread_mutex_t mutex;
    artrepo_transfer *transfer;
} directory_save;

typedef struct save_item {
    char *key;
    char *path; /* for messages */
    int descriptor;
} save_item;

static artrepo_code put_file(directory_save *save, const save_item *item, artrepo_error *error) {
    artrepo_source *source;
    artrepo_code code =
        artrepo_source_open_descriptor(item->descriptor, item->path, &source, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    artrepo_object object = {.size = 0};
    int64_t start = ar_clock_now_ns();
    code = artrepo_repository_put(save->repository, item->key, source, NULL, &object,
                                  save->operation, error);
    artrepo_source_close(source);
    if (code != ARTREPO_OK) {
        return artrepo_error_prefix(error, "%s", item->path);
    }
    ar_pace_note(&save->pace, save->group, object.size, ar_clock_now_ns() - start);
    ar_progress_add_objects(save->operation, 1);
    pthread_mutex_lock(&save->mutex);
    save->transfer->objects++;
    save->transfer->bytes += object.size;
    pthread_mutex_unlock(&save->mutex);
    return ARTREPO_OK;
}

static void free_item(save_item *item) {
    if (item->descriptor >= 0) {
        close(item->descriptor);
    }
    free(item->key);
    free(item->path);
    free(item);
}

static artrepo_code run_item(void *context, void *argument, bool failed, artrepo_error *error) {
    save_item *item = argument;
    artrepo_code code = failed ? ARTREPO_OK : put_file(context, item, error);
    free_item(item);
    return code;
}

/* DESCRIPTOR becomes the item's. */
static save_item *new_item(const ar_walk_entry *entry, int descriptor) {
    save_item *item = calloc(1, sizeof *item);
    if (item == NULL) {
        close(descriptor);
        return NULL;
    }
    item->descriptor = descriptor;
    item->key = strdup(entry->name);
    item->path = strdup(entry->path);
    if (item->key == NULL || item->path == NULL) {
        free_item(item);
        return NULL;
    }
    return item;
}

static artrepo_code save_file(directory_save *save, const ar_walk_entry *entry, int descriptor,
                              int64_t size, artrepo_error *error) {
    save_item *item = new_item(entry, descriptor);
    if (item == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to save %s", entry->path);
    }
    ar_progress_add_total(save->operation, size, 1);
    if (size <= AR_SMALL_OBJECT) {
        return ar_group_add(save->group, item, error);
    }
    return run_item(save, item, false, error);
}

static artrepo_code pass_over(directory_save *save, const ar_walk_entry *entry, const char *why,
                              artrepo_error *error) {
    ar_log(save->operation, ARTREPO_LOG_WARNING, why, "path", entry->path, NULL);
    return artrepo_operation_check(save->operation, error);
}

static artrepo_code save_link(directory_save *save, const ar_walk_entry *entry,
                              artrepo_error *error) {
    struct stat status;
    int descriptor = ar_links_open_file(save->root, entry->name + save->key_size + 1, &status);
    if (descriptor < 0) {
        return pass_over(save, entry, "passed over: a link to no file of this directory", error);
    }
    return save_file(save, entry, descriptor, status.st_size, error);
}

static artrepo_code visit(void *data, const ar_walk_entry *entry, artrepo_error *error) {
    directory_save *save = data;
    mode_t mode = entry->status.st_mode;
    if (S_ISDIR(mode)) {
        return artrepo_operation_check(save->operation, error);
    }
    if (S_ISLNK(mode) && save->root >= 0) {
        return save_link(save, entry, error);
    }
    if (!S_ISREG(mode)) {
        return pass_over(save, entry, "passed over: not a regular file", error);
    }
    int descriptor = fcntl(entry->file, F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) {
        return artrepo_error_set_errno(error, errno, "cannot save %s", entry->path);
    }
    return save_file(save, entry, descriptor, entry->status.st_size, error);
}

static artrepo_code save_all(directory_save *save, const char *key, artrepo_error *error) {
    artrepo_code code = ar_group_open(save->pace.least, AR_DIRECTORY_QUEUE, run_item, save,
                                      save->operation, &save->group, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    code = ar_walk(save->path, key, visit, save, error);
    if (code != ARTREPO_OK) {
        ar_group_fail(save->group, error);
    }
    artrepo_code closed = ar_group_close(save->group, code == ARTREPO_OK ? error : NULL);
    return code != ARTREPO_OK ? code : closed;
}

artrepo_code ar_save_directory(artrepo_repository *repository, const char *key, const char *path,
                               artrepo_transfer *transfer, artrepo_operation *operation,
                               artrepo_error *error) {
    directory_save save = {.repository = repository,
                           .operation = operation,
                           .path = path,
                           .key_size = strlen(key),
                           .root = -1,
                           .mutex = PTHREAD_MUTEX_INITIALIZER,
                           .transfer = transfer};
    ar_pace_init(&save.pace, repository, operation);
    if (artrepo_repository_capabilities(repository) & ARTREPO_COPIES_LINKS) {
        save.root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (save.root < 0) {
            return artrepo_error_set_errno(error, errno, "cannot save %s", path);
        }
    }
    artrepo_code code = save_all(&save, key, error);
    if (save.root >= 0) {
        close(save.root);
    }
    return code;
}
