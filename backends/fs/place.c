/* The way from a key to the directory and the name of its file, one component at a time, so that a
 * symbolic link anywhere below the root is noticed. */
#include "fs/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "fs/key_path.h"

#define COMPONENT_LIMIT 256

/* ---- paths ---- */

static bool is_plain_path(const char *path, size_t length) {
    const char *end = path + length;
    for (const char *name = path;; name++) {
        const char *slash = memchr(name, '/', (size_t)(end - name));
        size_t size = slash == NULL ? (size_t)(end - name) : (size_t)(slash - name);
        if (size == 0 || (size == 1 && name[0] == '.') ||
            (size == 2 && name[0] == '.' && name[1] == '.')) {
            return false;
        }
        if (slash == NULL) {
            return true;
        }
        name = slash;
    }
}

static artrepo_code append_path(const ar_fs_store *store, const char *key, size_t length,
                                bool aside, ar_buffer *path, artrepo_error *error) {
    if (store->is_file_system && !is_plain_path(key, length)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "'/%.*s' has an empty, '.' or '..' component; name the file "
                                 "without",
                                 (int)length, key);
    }
    bool done = store->is_file_system ? ar_buffer_append(path, key, length)
                                      : ar_fs_key_path(key, length, aside, path);
    return done ? ARTREPO_OK
                : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the path of '%s'", key);
}

artrepo_code ar_fs_path(const ar_fs_store *store, const char *key, bool aside, ar_buffer *path,
                        artrepo_error *error) {
    size_t length = strlen(key);
    if (length == 0) {
        return artrepo_error_set(error, ARTREPO_INVALID, "the key is empty; name an object of %s",
                                 store->root);
    }
    if (length > AR_FS_KEY_LIMIT) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "a key of %zu bytes is too long for %s: it takes up to %zu",
                                 length, store->root, AR_FS_KEY_LIMIT);
    }
    return append_path(store, key, length, aside, path, error);
}

artrepo_code ar_fs_directory_path(const ar_fs_store *store, const char *prefix, size_t length,
                                  ar_buffer *path, artrepo_error *error) {
    if (length == 0) {
        return ar_buffer_append_text(path, "")
                   ? ARTREPO_OK
                   : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to list '%s'", prefix);
    }
    return append_path(store, prefix, length - 1, false, path, error);
}

/* ---- directories ---- */

static int open_component(const ar_fs_store *store, int directory, const char *name) {
    int follow = store->is_file_system ? 0 : O_NOFOLLOW;
    int opened = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | follow);
    if (opened < 0 && errno == EACCES) { /* enough for going through */
        opened = openat(directory, name, O_PATH | O_DIRECTORY | O_CLOEXEC | follow);
    }
    struct stat status;
    if (opened < 0 && errno == ENOTDIR &&
        fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = S_ISLNK(status.st_mode) ? ELOOP : ENOTDIR;
    }
    return opened;
}

/* The first component of PATH into NAME; false when it is too long. */
static bool take_component(const char **path, const char *end, char name[COMPONENT_LIMIT]) {
    const char *slash = memchr(*path, '/', (size_t)(end - *path));
    size_t length = (size_t)((slash == NULL ? end : slash) - *path);
    if (length >= COMPONENT_LIMIT) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(name, *path, length);
    name[length] = '\0';
    *path += length + (slash == NULL ? 0 : 1);
    return true;
}

static int walk(const ar_fs_store *store, const char *path, size_t length, bool make,
                size_t *blocked) {
    int directory = open(store->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *end = path + length;
    const char *rest = path;
    while (directory >= 0 && rest < end) {
        char name[COMPONENT_LIMIT];
        const char *start = rest;
        int next = -1;
        if (take_component(&rest, end, name)) {
            next = open_component(store, directory, name);
            if (next < 0 && errno == ENOENT && make &&
                (mkdirat(directory, name, 0777) == 0 || errno == EEXIST)) {
                next = open_component(store, directory, name);
            }
        }
        int errnum = errno;
        close(directory);
        directory = next;
        errno = errnum;
        *blocked = (size_t)(start - path) + strlen(name);
    }
    return directory;
}

int ar_fs_open_directory(const ar_fs_store *store, const char *path, size_t length) {
    size_t blocked = 0;
    return walk(store, path, length, false, &blocked);
}

static size_t parent_length(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? 0 : (size_t)(slash - path);
}

static const char *last_component(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

int ar_fs_open_parent(const ar_fs_store *store, const char *path, const char **name) {
    *name = last_component(path);
    return ar_fs_open_directory(store, path, parent_length(path));
}

int ar_fs_make_parent(const ar_fs_store *store, const char *path, const char **name,
                      size_t *blocked) {
    *name = last_component(path);
    return walk(store, path, parent_length(path), true, blocked);
}

void ar_fs_prune(const ar_fs_store *store, const char *path) {
    if (store->is_file_system) {
        return;
    }
    for (size_t length = parent_length(path); length > 0;) {
        char name[COMPONENT_LIMIT];
        size_t above = length;
        while (above > 0 && path[above - 1] != '/') {
            above--;
        }
        const char *start = path + above;
        int directory = ar_fs_open_directory(store, path, above > 0 ? above - 1 : 0);
        bool removed = directory >= 0 && take_component(&start, path + length, name) &&
                       unlinkat(directory, name, AT_REMOVEDIR) == 0;
        if (directory >= 0) {
            close(directory);
        }
        if (!removed) {
            return;
        }
        length = above > 0 ? above - 1 : 0;
    }
}

bool ar_fs_is_placeholder(const struct stat *status) {
    return S_ISREG(status->st_mode) && status->st_size == 0 && (status->st_mode & 0777) == 0;
}

/* ---- what callers are told ---- */

artrepo_code ar_fs_error(const ar_fs_store *store, const char *verb, const char *key, int errnum,
                         artrepo_error *error) {
    switch (errnum) {
    case ENOENT:
        return artrepo_error_set(error, ARTREPO_NOT_FOUND, "cannot %s '%s': no such object in %s",
                                 verb, key, store->root);
    case ELOOP:
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "cannot %s '%s' in %s: a symbolic link is on its path, and they "
                                 "are not followed there; replace it by what it points to",
                                 verb, key, store->root);
    case ENAMETOOLONG:
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "cannot %s '%s' in %s: the key, or a name between two of its "
                                 "slashes, is longer than the file system takes; choose a shorter "
                                 "one",
                                 verb, key, store->root);
    case EISDIR:
    case ENOTDIR:
        return artrepo_error_set(
            error, ARTREPO_INVALID, "cannot %s '%s' in %s: %s there; choose another key", verb, key,
            store->root,
            errnum == EISDIR ? "it is a directory" : "a file is where it needs a directory");
    case ENOSPC:
    case EDQUOT:
        return artrepo_error_set(error, ARTREPO_IO,
                                 "cannot %s '%s' in %s: no space left; free some and try again",
                                 verb, key, store->root);
    default:
        return artrepo_error_set_errno(error, errnum, "cannot %s '%s' in %s", verb, key,
                                       store->root);
    }
}

void ar_fs_describe(const char *key, const struct stat *status, artrepo_object *object) {
    memset(object, 0, sizeof *object);
    object->key = key;
    object->size = status->st_size;
    object->modified_ms =
        (int64_t)status->st_mtim.tv_sec * 1000 + status->st_mtim.tv_nsec / 1000000;
    snprintf(object->version, sizeof object->version, "%lld.%09ld-%lld-%llx",
             (long long)status->st_mtim.tv_sec, status->st_mtim.tv_nsec, (long long)status->st_size,
             (unsigned long long)status->st_ino);
}
