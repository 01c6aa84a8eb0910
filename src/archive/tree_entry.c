#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "archive/tree.h"
#include "archive/tree_internal.h"
#include "archive/tree_name.h"

/* A link that is replaced again and again by another process must not keep us. */
enum { MAX_REPLACEMENTS = 8, MAX_LINK_TARGET = 4095 };
/* Links in doubt are rare; an archive full of them is not worth the memory. */
static const size_t max_doubtful_bytes = 1 << 20;

static artrepo_code check_not_root(const char *name, artrepo_error *error) {
    return name[0] != '\0' ? ARTREPO_OK
                           : artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                               "illegal file path: . is the directory itself");
}

/* Makes room at NAME for something else. */
static artrepo_code remove_earlier(const ar_tree_directory *directory, const char *name,
                                   artrepo_error *error) {
    if (unlinkat(directory->descriptor, ar_tree_name_base(name), 0) == 0 || errno == ENOENT) {
        return ARTREPO_OK;
    }
    int errnum = errno;
    struct stat status;
    if (fstatat(directory->descriptor, ar_tree_name_base(name), &status, AT_SYMLINK_NOFOLLOW) ==
            0 &&
        S_ISDIR(status.st_mode)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "cannot make file %s: there is a directory of that name, which "
                                 "came before it",
                                 name);
    }
    return artrepo_error_set_errno(error, errnum, "cannot replace %s", name);
}

/* ---- files ---- */

artrepo_code ar_tree_create_file_in(ar_tree_directory *directory, const char *name, int *descriptor,
                                    artrepo_error *error) {
    const char *base = ar_tree_name_base(name);
    for (int i = 0; i < MAX_REPLACEMENTS; i++) {
        *descriptor = openat(directory->descriptor, base,
                             O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (*descriptor >= 0) {
            return ARTREPO_OK;
        }
        if (errno == EINTR) {
            continue;
        }
        if (errno != EEXIST) {
            break;
        }
        artrepo_code code = remove_earlier(directory, name, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        errno = EEXIST;
    }
    return artrepo_error_set_errno(error, errno, "cannot make file %s", name);
}

artrepo_code ar_tree_create_file(ar_tree *tree, const char *name, int *descriptor,
                                 artrepo_error *error) {
    ar_tree_directory *directory = NULL;
    artrepo_code code = check_not_root(name, error);
    if (code == ARTREPO_OK) {
        code = ar_tree_open_parent(tree, name, &directory, error);
    }
    if (code == ARTREPO_OK) {
        code = ar_tree_create_file_in(directory, name, descriptor, error);
    }
    ar_tree_release(directory);
    return code;
}

static struct timespec time_or_omit(bool has, struct timespec time) {
    return has ? time : (struct timespec){.tv_nsec = UTIME_OMIT};
}

artrepo_code ar_tree_finish_file(int descriptor, const char *name,
                                 const ar_tree_attributes *attributes, artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    struct timespec times[2] = {
        time_or_omit(attributes->has_access_time, attributes->access_time),
        time_or_omit(attributes->has_modification_time, attributes->modification_time)};
    if (fchmod(descriptor, attributes->mode & 0777) != 0) {
        code = artrepo_error_set_errno(error, errno, "cannot set the mode of %s", name);
    } else if ((attributes->has_access_time || attributes->has_modification_time) &&
               futimens(descriptor, times) != 0 && errno != EINVAL) {
        code = artrepo_error_set_errno(error, errno, "cannot set the times of %s", name);
    }
    if (close(descriptor) != 0 && errno != EINTR && code == ARTREPO_OK) {
        code = artrepo_error_set_errno(error, errno, "cannot write %s", name);
    }
    return code;
}

/* ---- symbolic links ---- */

static artrepo_code refuse_target(const char *name, const char *target, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE, "illegal symlink target: %s -> %s",
                             name, target);
}

static artrepo_code remember_doubtful(ar_tree *tree, const char *name, artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    size_t size = strlen(name) + 1;
    pthread_mutex_lock(&tree->mutex);
    if (tree->doubtful_links.size + size > max_doubtful_bytes) {
        code = artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "too many symbolic links that lead through other links, such as "
                                 "%s",
                                 name);
    } else if (!ar_buffer_append(&tree->doubtful_links, name, size)) {
        code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the link %s", name);
    }
    pthread_mutex_unlock(&tree->mutex);
    return code;
}

static artrepo_code put_symbolic_link(const ar_tree_directory *directory, const char *name,
                                      const char *target, artrepo_error *error) {
    for (int i = 0; i < MAX_REPLACEMENTS; i++) {
        if (symlinkat(target, directory->descriptor, ar_tree_name_base(name)) == 0) {
            return ARTREPO_OK;
        }
        if (errno != EEXIST) {
            break;
        }
        artrepo_code code = remove_earlier(directory, name, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        errno = EEXIST;
    }
    return artrepo_error_set_errno(error, errno, "cannot make symbolic link %s", name);
}

artrepo_code ar_tree_make_symbolic_link(ar_tree *tree, const char *name, const char *target,
                                        artrepo_error *error) {
    artrepo_code code = check_not_root(name, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    ar_tree_link_target judgement = ar_tree_name_judge_link(name, target);
    if (judgement == AR_TREE_LINK_OUTSIDE || strlen(target) > MAX_LINK_TARGET) {
        return refuse_target(name, target, error);
    }
    ar_tree_directory *directory = NULL;
    code = ar_tree_open_parent(tree, name, &directory, error);
    if (code == ARTREPO_OK && (judgement == AR_TREE_LINK_DOUBTFUL || directory->through_link)) {
        code = tree->has_openat2 ? remember_doubtful(tree, name, error)
                                 : refuse_target(name, target, error);
    }
    if (code == ARTREPO_OK) {
        code = put_symbolic_link(directory, name, target, error);
    }
    ar_tree_release(directory);
    return code;
}

artrepo_code ar_tree_check_links_from(ar_tree *tree, size_t *position, artrepo_error *error) {
    while (*position < tree->doubtful_links.size) {
        const char *name = tree->doubtful_links.data + *position;
        *position += strlen(name) + 1;
        int descriptor = ar_tree_resolve(tree, name, O_PATH | O_CLOEXEC);
        if (descriptor >= 0) {
            close(descriptor);
        } else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
            /* Those lead nowhere. EXDEV it is, or something we cannot look behind. */
            return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                     "illegal symlink target: %s resolves outside destination",
                                     name);
        }
    }
    return ARTREPO_OK;
}

artrepo_code ar_tree_check_links(ar_tree *tree, artrepo_error *error) {
    size_t position = 0;
    return ar_tree_check_links_from(tree, &position, error);
}

/* ---- hard links ---- */

static artrepo_code open_link_target(ar_tree *tree, const char *name, const char *target,
                                     ar_tree_directory **directory, struct stat *status,
                                     artrepo_error *error) {
    const char *base = ar_tree_name_base(target);
    size_t length = base == target ? 0 : (size_t)(base - target) - 1;
    artrepo_error reason = ARTREPO_ERROR_INIT;
    artrepo_code code = ar_tree_open_directory(tree, target, length, false, directory, &reason);
    if (code == ARTREPO_NOT_FOUND ||
        (code == ARTREPO_OK &&
         fstatat((*directory)->descriptor, base, status, AT_SYMLINK_NOFOLLOW) != 0)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "cannot make hard link %s -> %s: its target is not in the archive "
                                 "before it",
                                 name, target);
    }
    if (code != ARTREPO_OK) {
        if (error != NULL) {
            *error = reason;
        }
        return code;
    }
    if ((*directory)->through_link || !S_ISREG(status->st_mode)) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "illegal hard link target: %s -> %s is no regular file", name,
                                 target);
    }
    return ARTREPO_OK;
}

static artrepo_code put_hard_link(const ar_tree_directory *directory, const char *name,
                                  const ar_tree_directory *target_directory, const char *target,
                                  const struct stat *target_status, artrepo_error *error) {
    const char *base = ar_tree_name_base(name);
    for (int i = 0; i < MAX_REPLACEMENTS; i++) {
        if (linkat(target_directory->descriptor, ar_tree_name_base(target), directory->descriptor,
                   base, 0) == 0) {
            return ARTREPO_OK;
        }
        if (errno != EEXIST) {
            break;
        }
        struct stat status;
        if (fstatat(directory->descriptor, base, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            status.st_dev == target_status->st_dev && status.st_ino == target_status->st_ino) {
            return ARTREPO_OK; /* removing it could remove the target */
        }
        artrepo_code code = remove_earlier(directory, name, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        errno = EEXIST;
    }
    return artrepo_error_set_errno(error, errno, "cannot make hard link %s -> %s", name, target);
}

artrepo_code ar_tree_make_hard_link(ar_tree *tree, const char *name, const char *target,
                                    artrepo_error *error) {
    ar_tree_directory *directory = NULL;
    ar_tree_directory *target_directory = NULL;
    struct stat status;
    artrepo_code code = check_not_root(name, error);
    if (code == ARTREPO_OK) {
        code = check_not_root(target, error);
    }
    if (code == ARTREPO_OK) {
        code = open_link_target(tree, name, target, &target_directory, &status, error);
    }
    if (code == ARTREPO_OK) {
        code = ar_tree_open_parent(tree, name, &directory, error);
    }
    if (code == ARTREPO_OK) {
        code = put_hard_link(directory, name, target_directory, target, &status, error);
    }
    ar_tree_release(directory);
    ar_tree_release(target_directory);
    return code;
}

/* ---- looking ---- */

bool ar_tree_look(const ar_tree *tree, const char *name, struct stat *status) {
    int descriptor =
        ar_tree_resolve(tree, name[0] == '\0' ? "." : name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    bool found = fstat(descriptor, status) == 0;
    close(descriptor);
    return found;
}
