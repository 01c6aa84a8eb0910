#include "archive/walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/operation.h"

typedef struct child {
    char *name;
    unsigned char type; /* DT_* of readdir; a hint only */
} child;

typedef struct child_list {
    child *children;
    size_t count;
} child_list;

typedef struct walker {
    ar_walk_callback *callback;
    void *data;
    ar_buffer name, path; /* of the entry at hand; grown and cut while the walk goes down and up */
} walker;

static void free_children(child_list *list) {
    for (size_t i = 0; i < list->count; i++) {
        free(list->children[i].name);
    }
    free(list->children);
}

static bool add_child(child_list *list, const struct dirent *entry) {
    if ((list->count & (list->count - 1)) == 0) { /* full at 0 and the powers of two */
        size_t capacity = list->count == 0 ? 1 : list->count * 2;
        child *children = realloc(list->children, capacity * sizeof *children);
        if (children == NULL) {
            return false;
        }
        list->children = children;
    }
    char *name = strdup(entry->d_name);
    if (name == NULL) {
        return false;
    }
    list->children[list->count++] = (child){name, entry->d_type};
    return true;
}

static int compare_children(const void *first, const void *second) {
    return strcmp(((const child *)first)->name, ((const child *)second)->name);
}

/* Takes DESCRIPTOR over. */
static artrepo_code read_children(int descriptor, const char *path, child_list *list,
                                  artrepo_error *error) {
    DIR *stream = fdopendir(descriptor);
    if (stream == NULL) {
        int errnum = errno;
        close(descriptor);
        return artrepo_error_set_errno(error, errnum, "cannot read directory %s", path);
    }
    artrepo_code code = ARTREPO_OK;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (entry == NULL) {
            if (errno != 0) {
                code = artrepo_error_set_errno(error, errno, "cannot read directory %s", path);
            }
            break;
        }
        bool self = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        if (!self && !add_child(list, entry)) {
            code =
                artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to read directory %s", path);
            break;
        }
    }
    closedir(stream);
    if (code == ARTREPO_OK && list->count > 1) {
        qsort(list->children, list->count, sizeof *list->children, compare_children);
    }
    return code;
}

static bool append_component(ar_buffer *path, const char *name) {
    bool slash = path->size > 0 && path->data[path->size - 1] != '/';
    return (!slash || ar_buffer_append_char(path, '/')) && ar_buffer_append_text(path, name);
}

static void cut(ar_buffer *path, size_t size) {
    path->size = size;
    path->data[size] = '\0';
}

static artrepo_code visit(walker *walk, int directory, const char *base_name, unsigned char type,
                          bool follow, artrepo_error *error);

static artrepo_code visit_children(walker *walk, int directory, const child_list *list,
                                   artrepo_error *error) {
    size_t name_size = walk->name.size;
    size_t path_size = walk->path.size;
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; code == ARTREPO_OK && i < list->count; i++) {
        const child *next = &list->children[i];
        if (!append_component(&walk->name, next->name) ||
            !append_component(&walk->path, next->name)) {
            return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a path below %s",
                                     walk->path.data);
        }
        code = visit(walk, directory, next->name, next->type, false, error);
        cut(&walk->name, name_size);
        cut(&walk->path, path_size);
    }
    return code;
}

static artrepo_code visit_directory(walker *walk, int directory, const char *base_name, bool follow,
                                    artrepo_error *error) {
    /* A link that took the directory's place meanwhile would lead the walk out of the tree. */
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
    int descriptor = openat(directory, base_name, flags);
    /* Its own descriptor for the children's names, since reading takes the first one over. */
    int copy = descriptor < 0 ? -1 : fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
        int errnum = errno;
        if (descriptor >= 0) {
            close(descriptor);
        }
        return artrepo_error_set_errno(error, errnum, "cannot read directory %s", walk->path.data);
    }
    child_list list = {NULL, 0};
    artrepo_code code = read_children(descriptor, walk->path.data, &list, error);
    if (code == ARTREPO_OK) {
        code = visit_children(walk, copy, &list, error);
    }
    close(copy);
    free_children(&list);
    return code;
}

/* Fills the status of ENTRY, and opens it when it is a regular file. */
static artrepo_code open_entry(ar_walk_entry *entry, unsigned char type, bool follow,
                               artrepo_error *error) {
    int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (follow ? 0 : O_NOFOLLOW);
    bool known = type == DT_REG;
    if (!known) {
        if (fstatat(entry->directory, entry->base_name, &entry->status,
                    follow ? 0 : AT_SYMLINK_NOFOLLOW) != 0) {
            return artrepo_error_set_errno(error, errno, "cannot read %s", entry->path);
        }
        if (!S_ISREG(entry->status.st_mode)) {
            return ARTREPO_OK;
        }
    }
    entry->file = openat(entry->directory, entry->base_name, flags);
    if (entry->file < 0) {
        return artrepo_error_set_errno(error, errno, "cannot read %s", entry->path);
    }
    /* The open file decides: the name may stand for another one by now. */
    if (fstat(entry->file, &entry->status) != 0) {
        return artrepo_error_set_errno(error, errno, "cannot read %s", entry->path);
    }
    return ARTREPO_OK;
}

static artrepo_code visit(walker *walk, int directory, const char *base_name, unsigned char type,
                          bool follow, artrepo_error *error) {
    ar_walk_entry entry = {.name = walk->name.data,
                           .path = walk->path.data,
                           .directory = directory,
                           .base_name = base_name,
                           .file = -1};
    artrepo_code code = open_entry(&entry, type, follow, error);
    if (code == ARTREPO_OK) {
        code = walk->callback(walk->data, &entry, error);
    }
    if (entry.file >= 0) {
        close(entry.file);
    }
    if (code == ARTREPO_OK && S_ISDIR(entry.status.st_mode)) {
        code = visit_directory(walk, directory, base_name, follow, error);
    }
    return code;
}

artrepo_code ar_walk(const char *path, const char *top, ar_walk_callback *callback, void *data,
                     artrepo_error *error) {
    walker walk = {.callback = callback, .data = data};
    artrepo_code code;
    if (!ar_buffer_append_text(&walk.name, top) || !ar_buffer_append_text(&walk.path, path)) {
        code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to read %s", path);
    } else {
        code = visit(&walk, AT_FDCWD, path, DT_UNKNOWN, true, error);
    }
    ar_buffer_free(&walk.name);
    ar_buffer_free(&walk.path);
    return code;
}

artrepo_code ar_walk_read(const ar_walk_entry *entry, void *buffer, size_t wanted, int64_t left,
                          size_t *got, artrepo_error *error) {
    ssize_t size;
    do {
        size = read(entry->file, buffer, left < (int64_t)wanted ? (size_t)left : wanted);
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        return artrepo_error_set_errno(error, errno, "cannot read %s", entry->path);
    }
    if (size == 0) {
        return artrepo_error_set(error, ARTREPO_IO,
                                 "%s became shorter while it was archived (%lld of %lld bytes "
                                 "read); save it when nothing writes to it any more",
                                 entry->path, (long long)(entry->status.st_size - left),
                                 (long long)entry->status.st_size);
    }
    *got = (size_t)size;
    return ARTREPO_OK;
}

artrepo_code ar_walk_read_link(const ar_walk_entry *entry, char target[AR_WALK_LINK_SIZE],
                               artrepo_error *error) {
    ssize_t size = readlinkat(entry->directory, entry->base_name, target, AR_WALK_LINK_SIZE - 1);
    if (size < 0) {
        return artrepo_error_set_errno(error, errno, "cannot read symbolic link %s", entry->path);
    }
    target[size] = '\0';
    return ARTREPO_OK;
}

void ar_walk_log_count(const artrepo_operation *operation, uint64_t count, const char *path) {
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)count);
    ar_log(operation, ARTREPO_LOG_INFO, "archived files/dirs", "count", text, "source", path, NULL);
}
