#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/path.h"

/* write and pwrite differ in the offset alone; -1 is "where the descriptor stands". */
static artrepo_code write_all(int descriptor, const char *data, size_t size, int64_t offset,
                              const char *name, artrepo_error *error) {
    while (size > 0) {
        ssize_t written = offset < 0 ? write(descriptor, data, size)
                                     : pwrite(descriptor, data, size, (off_t)offset);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written < 0) {
            int errnum = errno;
            artrepo_error_set_errno(error, errnum, "cannot write %s", name);
            return errnum == ENOSPC || errnum == EDQUOT
                       ? artrepo_error_set(error, ARTREPO_IO,
                                           "cannot write %s: no space left; free some and try "
                                           "again",
                                           name)
                       : (error == NULL ? ARTREPO_IO : error->code);
        }
        data += written;
        size -= (size_t)written;
        offset += offset < 0 ? 0 : written;
    }
    return ARTREPO_OK;
}

artrepo_code ar_file_write_all(int descriptor, const void *data, size_t size, const char *name,
                               artrepo_error *error) {
    return write_all(descriptor, data, size, -1, name, error);
}

artrepo_code ar_file_pwrite_all(int descriptor, const void *data, size_t size, int64_t offset,
                                const char *name, artrepo_error *error) {
    return write_all(descriptor, data, size, offset, name, error);
}

static artrepo_code read_full(int descriptor, char *buffer, size_t capacity, int64_t offset,
                              size_t *got, const char *name, artrepo_error *error) {
    size_t total = 0;
    while (total < capacity) {
        ssize_t size = offset < 0 ? read(descriptor, buffer + total, capacity - total)
                                  : pread(descriptor, buffer + total, capacity - total,
                                          (off_t)(offset + (int64_t)total));
        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            return artrepo_error_set_errno(error, errno, "cannot read %s", name);
        }
        if (size == 0) {
            break;
        }
        total += (size_t)size;
    }
    *got = total;
    return ARTREPO_OK;
}

artrepo_code ar_file_read_full(int descriptor, void *buffer, size_t capacity, size_t *got,
                               const char *name, artrepo_error *error) {
    return read_full(descriptor, buffer, capacity, -1, got, name, error);
}

artrepo_code ar_file_pread_full(int descriptor, void *buffer, size_t capacity, int64_t offset,
                                size_t *got, const char *name, artrepo_error *error) {
    return read_full(descriptor, buffer, capacity, offset, got, name, error);
}

artrepo_code ar_file_read_whole(const char *path, size_t limit, char **data, size_t *size,
                                artrepo_error *error) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return artrepo_error_set_errno(error, errno, "cannot open %s", path);
    }
    artrepo_code code = ARTREPO_OK;
    ar_buffer content = AR_BUFFER_INIT;
    for (;;) {
        size_t got = 0;
        if (!ar_buffer_reserve(&content, 4096)) {
            code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to read %s", path);
            break;
        }
        code = ar_file_read_full(descriptor, content.data + content.size,
                                 content.capacity - content.size - 1, &got, path, error);
        if (code != ARTREPO_OK || got == 0) {
            break;
        }
        content.size += got;
        if (content.size > limit) {
            code = artrepo_error_set(error, ARTREPO_INVALID, "%s is larger than %zu bytes", path,
                                     limit);
            break;
        }
    }
    close(descriptor);
    if (code != ARTREPO_OK) {
        ar_buffer_free(&content);
        return code;
    }
    content.data[content.size] = '\0';
    *data = content.data;
    *size = content.size;
    return ARTREPO_OK;
}

char *ar_file_temporary_sibling(const char *path) {
    uint64_t random = 0;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) {
        random = (uint64_t)ar_clock_now_ns() ^ ((uint64_t)getpid() << 40);
    }
    char name[32];
    snprintf(name, sizeof name, ".artrepo-%016llx", (unsigned long long)random);
    char *directory = ar_path_directory(path);
    char *sibling = directory == NULL ? NULL : ar_path_concatenate(directory, name);
    free(directory);
    return sibling;
}

artrepo_code ar_file_not_made(artrepo_code code, artrepo_error *error) {
    if (code != ARTREPO_NOT_FOUND) {
        return code;
    }
    if (error != NULL) {
        error->code = ARTREPO_IO;
    }
    return ARTREPO_IO;
}

artrepo_code ar_file_make_directories(const char *path, artrepo_error *error) {
    char *copy = strdup(path);
    if (copy == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to make directory %s", path);
    }
    artrepo_code code = ARTREPO_OK;
    for (char *slash = copy + 1; code == ARTREPO_OK && copy[0] != '\0'; slash++) {
        slash = slash + strcspn(slash, "/");
        bool last = *slash == '\0';
        *slash = '\0';
        struct stat status;
        if (mkdir(copy, 0777) != 0) {
            int errnum = errno;
            /* EACCES, EROFS and the like do not matter where the directory is there already. */
            if (stat(copy, &status) != 0) {
                code = artrepo_error_set_errno(error, errnum, "cannot make directory %s", copy);
            } else if (!S_ISDIR(status.st_mode)) {
                code = artrepo_error_set_errno(error, ENOTDIR, "cannot make directory %s", copy);
            }
        }
        if (last) {
            break;
        }
        *slash = '/';
    }
    free(copy);
    return ar_file_not_made(code, error);
}

artrepo_code ar_file_make_parent(const char *path, artrepo_error *error) {
    char *directory = ar_path_directory(path);
    if (directory == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the parent of %s", path);
    }
    artrepo_code code = ar_file_make_directories(directory, error);
    free(directory);
    return code;
}

/* ---- removing ---- */

/* A directory that is read without any memory but this, so that a failure for want of memory can
 * still be cleaned up after. */
typedef struct listing {
    int descriptor;
    size_t size, next;
    _Alignas(struct dirent64) char entries[1024];
} listing;

/* NULL at the end, and when the directory cannot be read: it cannot be removed then either. */
static const char *next_name(listing *list) {
    if (list->next == list->size) {
        long got = syscall(SYS_getdents64, list->descriptor, list->entries, sizeof list->entries);
        list->next = 0;
        list->size = got > 0 ? (size_t)got : 0;
        if (got <= 0) {
            return NULL;
        }
    }
    const struct dirent64 *entry = (const void *)(list->entries + list->next);
    list->next += entry->d_reclen;
    return entry->d_name;
}

static void start_again(listing *list) {
    lseek(list->descriptor, 0, SEEK_SET);
    list->size = 0;
    list->next = 0;
}

/*
 * Removing takes a descriptor for each level that it is below the top, and others decide how deep
 * trees are. What lies deeper than some levels is therefore moved up to the top first.
 */
enum { REMOVAL_LEVELS = 16, REMOVAL_NAMES = 100 };

typedef struct removal {
    int top; /* the directory that is removed in the end */
    unsigned moved;
} removal;

static artrepo_code remove_entry(removal *all, int directory, const char *name, unsigned level,
                                 artrepo_error *error);

/* False when it is not possible. */
static bool move_to_top(removal *all, int directory, const char *name) {
    for (int i = 0; i < REMOVAL_NAMES; i++) {
        char aside[48];
        snprintf(aside, sizeof aside, ".artrepo-deep-%u", all->moved++);
        if (renameat(directory, name, all->top, aside) == 0) {
            return true;
        }
        if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR) {
            break;
        }
    }
    return false;
}

static artrepo_code remove_all_in(removal *all, listing *list, unsigned level,
                                  artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    const char *name;
    while (code == ARTREPO_OK && (name = next_name(list)) != NULL) {
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
            code = remove_entry(all, list->descriptor, name, level + 1, error);
        }
    }
    return code;
}

int ar_file_open_own_directory(int directory, const char *name) {
    static const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int descriptor = openat(directory, name, flags);
    if (descriptor < 0 && errno == EACCES &&
        /* our own, made with few permissions */
        fchmodat(directory, name, 0700, AT_SYMLINK_NOFOLLOW) == 0) {
        descriptor = openat(directory, name, flags);
    }
    return descriptor;
}

static artrepo_code remove_directory(removal *all, int directory, const char *name, unsigned level,
                                     artrepo_error *error) {
    if (level > REMOVAL_LEVELS && move_to_top(all, directory, name)) {
        return ARTREPO_OK;
    }
    listing list = {.descriptor = ar_file_open_own_directory(directory, name)};
    if (list.descriptor < 0) {
        int errnum = errno;
        if (unlinkat(directory, name, AT_REMOVEDIR) == 0) { /* an empty one need not be read */
            return ARTREPO_OK;
        }
        return artrepo_error_set_errno(error, errnum, "cannot read directory %s", name);
    }
    if (level == 0) {
        all->top = list.descriptor;
    }
    artrepo_code code;
    unsigned moved;
    do { /* at the top, once more for what came there */
        moved = all->moved;
        code = remove_all_in(all, &list, level, error);
        start_again(&list);
    } while (code == ARTREPO_OK && level == 0 && all->moved != moved);
    close(list.descriptor);
    if (code == ARTREPO_OK && unlinkat(directory, name, AT_REMOVEDIR) != 0 && errno != ENOENT) {
        code = artrepo_error_set_errno(error, errno, "cannot remove directory %s", name);
    }
    return code;
}

static artrepo_code remove_entry(removal *all, int directory, const char *name, unsigned level,
                                 artrepo_error *error) {
    if (unlinkat(directory, name, 0) == 0 || errno == ENOENT) {
        return ARTREPO_OK;
    }
    int errnum = errno;
    if (errnum == EISDIR || errnum == EPERM) {
        return remove_directory(all, directory, name, level, error);
    }
    /* Below the top DIRECTORY is of the tree, and goes with it; above it is not ours to change. */
    if (errnum == EACCES && level > 0 && fchmod(directory, 0700) == 0 &&
        unlinkat(directory, name, 0) == 0) {
        return ARTREPO_OK;
    }
    struct stat status;
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode)) {
        return remove_directory(all, directory, name, level, error);
    }
    return artrepo_error_set_errno(error, errnum, "cannot remove %s", name);
}

artrepo_code ar_file_remove_tree(int directory, const char *name, artrepo_error *error) {
    removal all = {.top = -1};
    return remove_entry(&all, directory, name, 0, error);
}
