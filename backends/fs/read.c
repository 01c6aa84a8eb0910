#include "fs/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* -1 with errno; ENOENT also where something is that is no object. */
static int open_file(const ar_fs_store *store, const char *path, int flags, struct stat *status) {
    const char *name;
    int directory = ar_fs_open_parent(store, path, &name);
    if (directory < 0) {
        return -1;
    }
    int follow = store->is_file_system ? 0 : O_NOFOLLOW;
    /* Without O_NONBLOCK a named pipe would make us wait for ever. */
    int file = openat(directory, name, flags | O_CLOEXEC | O_NONBLOCK | follow);
    int errnum = errno;
    if (file >= 0 && fstat(file, status) != 0) {
        errnum = errno;
        close(file);
        file = -1;
    } else if (file >= 0 && (!S_ISREG(status->st_mode) || ar_fs_is_placeholder(status))) {
        errnum = S_ISLNK(status->st_mode) ? ELOOP : ENOENT;
        close(file);
        file = -1;
    }
    close(directory);
    errno = errnum;
    return file;
}

/* The object at its plain path or, where a directory or nothing is, aside. That order finds it also
 * while a put is moving it aside. */
static artrepo_code open_object(const ar_fs_store *store, const char *key, int flags, int *file,
                                struct stat *status, artrepo_error *error) {
    *file = -1;
    int errnum = ENOENT;
    int ways = store->is_file_system ? 1 : 2;
    for (int way = 0; way < ways && *file < 0 && errnum == ENOENT; way++) {
        ar_buffer path = AR_BUFFER_INIT;
        artrepo_code code = ar_fs_path(store, key, way == 1, &path, error);
        if (code != ARTREPO_OK) {
            ar_buffer_free(&path);
            return code;
        }
        *file = open_file(store, path.data, flags, status);
        errnum = errno == ENOTDIR || errno == ENXIO ? ENOENT : errno;
        ar_buffer_free(&path);
    }
    return *file >= 0 ? ARTREPO_OK : ar_fs_error(store, "read", key, errnum, error);
}

artrepo_code ar_fs_stat(void *state, const char *key, artrepo_object *object,
                        artrepo_operation *operation, artrepo_error *error) {
    (void)operation;
    int file;
    struct stat status;
    artrepo_code code = open_object(state, key, O_PATH, &file, &status, error);
    if (code == ARTREPO_OK) {
        ar_fs_describe(key, &status, object);
        close(file);
    }
    return code;
}

static artrepo_code check_range(const ar_fs_store *store, const artrepo_range *range,
                                const artrepo_object *object, artrepo_error *error) {
    if (range->offset < 0) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "cannot read '%s' in %s from byte %lld: a range starts at 0 or "
                                 "later",
                                 object->key, store->root, (long long)range->offset);
    }
    if (range->version != NULL && strcmp(range->version, object->version) != 0) {
        return artrepo_error_set(error, ARTREPO_IO,
                                 "'%s' in %s is another object than before: it was replaced while "
                                 "it was read; read it again",
                                 object->key, store->root);
    }
    return ARTREPO_OK;
}

artrepo_code ar_fs_get(void *state, const char *key, const artrepo_range *range, artrepo_sink *sink,
                       artrepo_object *object, artrepo_operation *operation, artrepo_error *error) {
    const ar_fs_store *store = state;
    int file;
    struct stat status;
    artrepo_object found;
    artrepo_code code = open_object(store, key, O_RDONLY, &file, &status, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    ar_fs_describe(key, &status, &found);
    code = check_range(store, range, &found, error);
    if (code == ARTREPO_OK) {
        if (object != NULL) {
            *object = found;
        }
        int64_t there = range->offset < found.size ? found.size - range->offset : 0;
        int64_t wanted = range->length < 0 || range->length > there ? there : range->length;
        int64_t copied = 0;
        const ar_fs_copy copy = {"download", key, "the destination", operation};
        /* The file behind a sink may only be written from its start. */
        bool whole = sink->descriptor >= 0 && wanted == found.size &&
                     lseek(sink->descriptor, 0, SEEK_CUR) == 0;
        code = whole
                   ? ar_fs_copy_descriptor(&copy, file, 0, wanted, sink->descriptor, &copied, error)
                   : ar_fs_copy_to_sink(&copy, file, range->offset, wanted, sink, &copied, error);
        if (code == ARTREPO_OK && copied != wanted) {
            code = artrepo_error_set(error, ARTREPO_IO,
                                     "'%s' in %s shrank while it was read; something else writes "
                                     "into that directory",
                                     key, store->root);
        }
    }
    close(file);
    return code;
}
