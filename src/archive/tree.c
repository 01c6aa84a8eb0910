#include "archive/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "archive/tree_internal.h"
#include "archive/tree_name.h"

enum { DIRECTORY_FLAGS = O_RDONLY | O_DIRECTORY | O_CLOEXEC, DIRECTORY_MODE = 0755 };

/* ---- resolving ---- */

int ar_tree_resolve(const ar_tree *tree, const char *name, int flags) {
    struct open_how how = {.flags = (uint64_t)flags,
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    long result;
    int attempts = 0;
    do { /* EAGAIN: something was renamed meanwhile, and the kernel could not be sure */
        /* The tree holds a reference to its root, which the analyzer does not count. */
        /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        result = syscall(SYS_openat2, tree->root->descriptor, name, &how, sizeof how);
    } while (result < 0 && (errno == EINTR || (errno == EAGAIN && ++attempts < 100)));
    return (int)result;
}

/* Old kernels say ENOSYS, and old container runtimes EPERM. */
static bool has_openat2(const ar_tree *tree) {
    int descriptor = ar_tree_resolve(tree, ".", DIRECTORY_FLAGS);
    if (descriptor < 0) {
        return false;
    }
    close(descriptor);
    return true;
}

/* ---- one directory ---- */

/* Takes DESCRIPTOR over, also when it fails. */
static artrepo_code wrap_directory(int descriptor, const char *path, size_t length,
                                   bool through_link, ar_tree_directory **out,
                                   artrepo_error *error) {
    struct stat status;
    ar_tree_directory *directory = malloc(sizeof *directory + length + 1);
    if (directory == NULL) {
        close(descriptor);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for directory %.*s",
                                 (int)length, path);
    }
    if (fstat(descriptor, &status) != 0) {
        int errnum = errno;
        close(descriptor);
        free(directory);
        return artrepo_error_set_errno(error, errnum, "cannot read directory %.*s", (int)length,
                                       path);
    }
    atomic_init(&directory->references, 1);
    directory->descriptor = descriptor;
    directory->device = status.st_dev;
    directory->inode = status.st_ino;
    directory->through_link = through_link;
    directory->length = length;
    memcpy(directory->path, path, length);
    directory->path[length] = '\0';
    *out = directory;
    return ARTREPO_OK;
}

void ar_tree_retain(ar_tree_directory *directory) {
    atomic_fetch_add_explicit(&directory->references, 1, memory_order_relaxed);
}

void ar_tree_release(ar_tree_directory *directory) {
    if (directory != NULL &&
        atomic_fetch_sub_explicit(&directory->references, 1, memory_order_acq_rel) == 1) {
        close(directory->descriptor);
        free(directory);
    }
}

bool ar_tree_went_through_link(const ar_tree_directory *directory) {
    return directory->through_link;
}

uint64_t ar_tree_identity(const ar_tree_directory *directory) {
    return (uint64_t)directory->inode * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t)directory->device;
}

/* ---- the tree ---- */

artrepo_code ar_tree_open(int directory, ar_tree **out, artrepo_error *error) {
    ar_tree *tree = calloc(1, sizeof *tree);
    if (tree == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a tree of files");
    }
    int descriptor = fcntl(directory, F_DUPFD_CLOEXEC, 0);
    if (descriptor < 0) {
        free(tree);
        return artrepo_error_set_errno(error, errno, "cannot use the destination directory");
    }
    artrepo_code code = wrap_directory(descriptor, "", 0, false, &tree->root, error);
    if (code != ARTREPO_OK) {
        free(tree);
        return code;
    }
    tree->has_openat2 = has_openat2(tree);
    pthread_mutex_init(&tree->mutex, NULL);
    *out = tree;
    return ARTREPO_OK;
}

void ar_tree_close(ar_tree *tree) {
    if (tree == NULL) {
        return;
    }
    for (size_t i = 0; i < AR_TREE_CACHE_SIZE; i++) {
        ar_tree_release(tree->cache[i]);
    }
    ar_tree_release(tree->root);
    ar_buffer_free(&tree->doubtful_links);
    pthread_mutex_destroy(&tree->mutex);
    free(tree);
}

/* ---- the cache; the tree's mutex is held ---- */

static bool is_at_or_above(const ar_tree_directory *directory, const char *path, size_t length) {
    return directory->length <= length && memcmp(directory->path, path, directory->length) == 0 &&
           (directory->length == length || directory->length == 0 ||
            path[directory->length] == '/');
}

static void move_to_front(ar_tree *tree, size_t index) {
    ar_tree_directory *directory = tree->cache[index];
    memmove(tree->cache + 1, tree->cache, index * sizeof tree->cache[0]);
    tree->cache[0] = directory;
}

static void remember(ar_tree *tree, ar_tree_directory *directory) {
    ar_tree_release(tree->cache[AR_TREE_CACHE_SIZE - 1]);
    ar_tree_retain(directory);
    tree->cache[AR_TREE_CACHE_SIZE - 1] = directory;
    move_to_front(tree, AR_TREE_CACHE_SIZE - 1);
}

/* The cached directory that is PATH or nearest above it; at least the root. */
static ar_tree_directory *find_nearest(ar_tree *tree, const char *path, size_t length) {
    ar_tree_directory *nearest = tree->root;
    size_t index = 0;
    for (size_t i = 0; i < AR_TREE_CACHE_SIZE && tree->cache[i] != NULL; i++) {
        if (tree->cache[i]->length > nearest->length &&
            is_at_or_above(tree->cache[i], path, length)) {
            nearest = tree->cache[i];
            index = i;
            if (nearest->length == length) {
                break;
            }
        }
    }
    if (nearest != tree->root) {
        move_to_front(tree, index);
    }
    ar_tree_retain(nearest);
    return nearest;
}

/* ---- walking ---- */

/* PREFIX is a symbolic link, or no directory at all. */
static artrepo_code follow(ar_tree *tree, const ar_tree_directory *parent, const char *component,
                           const char *prefix, int *descriptor, artrepo_error *error) {
    struct stat status;
    if (fstatat(parent->descriptor, component, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return artrepo_error_set_errno(error, errno, "cannot read %s", prefix);
    }
    if (!S_ISLNK(status.st_mode)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "cannot make directory %s: there is a file of that name, which "
                                 "came before it",
                                 prefix);
    }
    if (!tree->has_openat2) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "illegal file path: %s is a symbolic link, and this kernel has no "
                                 "openat2 to follow it safely",
                                 prefix);
    }
    *descriptor = ar_tree_resolve(tree, prefix, DIRECTORY_FLAGS);
    if (*descriptor >= 0) {
        return ARTREPO_OK;
    }
    if (errno == EXDEV) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "illegal file path after symlink resolution: %s resolves outside "
                                 "destination",
                                 prefix);
    }
    int errnum = errno;
    artrepo_error_set_errno(error, errnum, "cannot follow the symbolic link %s to a directory",
                            prefix);
    if (error != NULL && (errnum == ENOENT || errnum == ENOTDIR || errnum == ELOOP)) {
        error->code = ARTREPO_INVALID;
    }
    return error != NULL ? error->code : ARTREPO_INVALID;
}

/* Another thread may make something of that name first, which need not be a directory. */
static artrepo_code make_and_open(ar_tree *tree, const ar_tree_directory *parent,
                                  const char *component, const char *prefix, int *descriptor,
                                  bool *through_link, artrepo_error *error) {
    bool made = mkdirat(parent->descriptor, component, DIRECTORY_MODE) == 0;
    if (!made && errno != EEXIST) {
        return artrepo_error_set_errno(error, errno, "cannot make directory %s", prefix);
    }
    struct stat status;
    *descriptor = openat(parent->descriptor, component, DIRECTORY_FLAGS | O_NOFOLLOW);
    if (*descriptor < 0 && (errno == ENOTDIR || errno == ELOOP)) {
        *through_link = true;
        return follow(tree, parent, component, prefix, descriptor, error);
    }
    if (*descriptor < 0) {
        return artrepo_error_set_errno(error, errno, "cannot open directory %s", prefix);
    }
    if (made && (fstat(*descriptor, &status) != 0 ||
                 ((status.st_mode & 0777) != DIRECTORY_MODE &&
                  fchmod(*descriptor, (status.st_mode & S_ISGID) | DIRECTORY_MODE) != 0))) {
        int errnum = errno;
        close(*descriptor);
        return artrepo_error_set_errno(error, errnum, "cannot set the mode of directory %s",
                                       prefix);
    }
    return ARTREPO_OK;
}

/* The child of PARENT that PATH names with its first LENGTH bytes. */
static artrepo_code open_child(ar_tree *tree, ar_tree_directory *parent, const char *path,
                               size_t length, bool make, ar_tree_directory **child,
                               artrepo_error *error) {
    char *prefix = strndup(path, length);
    if (prefix == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for directory %s", path);
    }
    const char *component = ar_tree_name_base(prefix);
    bool through_link = parent->through_link;
    artrepo_code code = ARTREPO_OK;
    int descriptor = openat(parent->descriptor, component, DIRECTORY_FLAGS | O_NOFOLLOW);
    if (descriptor < 0 && errno == ENOENT && make) {
        code = make_and_open(tree, parent, component, prefix, &descriptor, &through_link, error);
    } else if (descriptor < 0 && (errno == ENOTDIR || errno == ELOOP)) {
        through_link = true;
        code = follow(tree, parent, component, prefix, &descriptor, error);
    } else if (descriptor < 0) {
        code = artrepo_error_set_errno(error, errno, "cannot open directory %s", prefix);
    }
    free(prefix);
    if (code != ARTREPO_OK) {
        return code;
    }
    code = wrap_directory(descriptor, path, length, through_link, child, error);
    if (code == ARTREPO_OK && !through_link) {
        remember(tree, *child);
    }
    return code;
}

static artrepo_code walk(ar_tree *tree, const char *path, size_t length, bool make,
                         ar_tree_directory **out, artrepo_error *error) {
    ar_tree_directory *directory = find_nearest(tree, path, length);
    while (directory->length < length) {
        size_t end = directory->length + (directory->length > 0 ? 1 : 0);
        end += strcspn(path + end, "/");
        ar_tree_directory *child = NULL;
        artrepo_code code = open_child(tree, directory, path, end, make, &child, error);
        ar_tree_release(directory);
        if (code != ARTREPO_OK) {
            return code;
        }
        directory = child;
    }
    *out = directory;
    return ARTREPO_OK;
}

artrepo_code ar_tree_open_directory(ar_tree *tree, const char *name, size_t length, bool make,
                                    ar_tree_directory **directory, artrepo_error *error) {
    pthread_mutex_lock(&tree->mutex);
    artrepo_code code = walk(tree, name, length, make, directory, error);
    pthread_mutex_unlock(&tree->mutex);
    return code;
}

artrepo_code ar_tree_open_parent(ar_tree *tree, const char *name, ar_tree_directory **directory,
                                 artrepo_error *error) {
    const char *slash = strrchr(name, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - name);
    return ar_tree_open_directory(tree, name, length, true, directory, error);
}

artrepo_code ar_tree_make_directory(ar_tree *tree, const char *name, artrepo_error *error) {
    ar_tree_directory *directory = NULL;
    artrepo_code code = ar_tree_open_directory(tree, name, strlen(name), true, &directory, error);
    if (code == ARTREPO_OK) {
        ar_tree_release(directory);
    }
    return code;
}
