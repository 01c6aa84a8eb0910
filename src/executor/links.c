#include "executor/links.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/path.h"

enum { MAX_ATTEMPTS = 100 };

/* ---- as this process sees them ---- */

/* Takes the last part of PATH away; false when there is none. */
static bool shorten(char *path) {
    char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path) {
        return false;
    }
    *slash = '\0';
    return true;
}

/* The deepest part of PATH that is there, without links; NULL when there is none, or it cannot be
 * told. PATH is shortened. */
static char *resolve(char *path) {
    char *resolved = realpath(path, NULL);
    while (resolved == NULL && (errno == ENOENT || errno == ENOTDIR) && shorten(path)) {
        resolved = realpath(path, NULL);
    }
    return resolved;
}

static bool is_below(const char *path, const char *base) {
    size_t length = strlen(base);
    length -= length > 0 && base[length - 1] == '/';
    return strncmp(path, base, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

static artrepo_code check(const char *base, const char *path, bool parent, artrepo_error *error) {
    char *real_base = realpath(base, NULL);
    if (real_base == NULL && errno != ENOMEM) {
        return ARTREPO_OK; /* not there yet: no link in it */
    }
    char *copy = strdup(path);
    if (real_base == NULL || copy == NULL) {
        free(real_base);
        free(copy);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to look at %s", path);
    }
    /* What cannot be resolved for another reason than that it is missing, whoever opens it tells.
     */
    char *resolved = !parent || shorten(copy) ? resolve(copy) : NULL;
    artrepo_code code = ARTREPO_OK;
    if (resolved != NULL && !is_below(resolved, real_base)) {
        code = artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "refusing %s: a symbolic link on the way leads out of %s, to %s",
                                 path, base, resolved);
    }
    free(resolved);
    free(copy);
    free(real_base);
    return code;
}

artrepo_code ar_links_check_parent(const char *base, const char *path, artrepo_error *error) {
    return check(base, path, true, error);
}

artrepo_code ar_links_check(const char *base, const char *path, artrepo_error *error) {
    return check(base, path, false, error);
}

/* ---- as the container sees them ---- */

/* PATH less BASE, which it was joined to; NULL when it is not below it. */
static const char *relative_to(const char *base, const char *path) {
    char *clean = ar_path_clean(base);
    const char *relative = NULL;
    if (clean != NULL && strcmp(clean, ".") == 0) {
        relative = path;
    } else if (clean != NULL && is_below(path, clean)) {
        relative = path + strlen(clean);
        relative += strspn(relative, "/");
    }
    free(clean);
    return relative;
}

static int open_resolved(int root, const char *relative, uint64_t flags, uint64_t resolve) {
    struct open_how how = {.flags = flags | O_CLOEXEC, .resolve = resolve | RESOLVE_NO_MAGICLINKS};
    long result;
    int attempts = 0;
    do { /* EAGAIN: something was renamed meanwhile, and the kernel could not be sure */
        result = syscall(SYS_openat2, root, relative, &how, sizeof how);
    } while (result < 0 && (errno == EINTR || (errno == EAGAIN && ++attempts < MAX_ATTEMPTS)));
    return (int)result;
}

/* A descriptor of RELATIVE below BASE, which absolute links and ".." do not leave. -1 also on
 * kernels that cannot do this. */
static int open_in_root(const char *base, const char *relative) {
    int root = open(base, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root < 0) {
        return -1;
    }
    int descriptor = open_resolved(root, relative, O_PATH, RESOLVE_IN_ROOT);
    close(root);
    return descriptor;
}

int ar_links_open_file(int root, const char *relative, struct stat *status) {
    /* Not waiting for whoever writes to a pipe. */
    int descriptor =
        open_resolved(root, relative, O_RDONLY | O_NONBLOCK | O_NOCTTY, RESOLVE_BENEATH);
    if (descriptor >= 0 && (fstat(descriptor, status) != 0 || !S_ISREG(status->st_mode))) {
        close(descriptor);
        descriptor = -1;
    }
    return descriptor;
}

/* Where DESCRIPTOR is; NULL when that cannot be told. */
static char *path_of(int descriptor) {
    char link[64], target[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length <= 0) {
        return NULL;
    }
    target[length] = '\0';
    return strdup(target);
}

artrepo_code ar_links_resolve(const char *base, const char *path, char **real,
                              artrepo_error *error) {
    *real = NULL;
    artrepo_code code = ar_links_check(base, path, error);
    if ((code == ARTREPO_OK && access(path, F_OK) == 0) ||
        (code != ARTREPO_OK && code != ARTREPO_REFUSED_UNSAFE)) {
        return code;
    }
    const char *relative = relative_to(base, path);
    int descriptor = relative == NULL ? -1 : open_in_root(base, relative);
    if (descriptor < 0) {
        return code;
    }
    *real = path_of(descriptor);
    close(descriptor);
    return *real == NULL ? code : ARTREPO_OK;
}
