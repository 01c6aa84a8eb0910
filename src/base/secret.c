#include "base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/operation.h"

enum { FIRST_CAPACITY = 4096 };

void artrepo_secret_clear(artrepo_secret *secret) {
    if (secret->data != NULL) {
        explicit_bzero(secret->data, secret->size);
        free(secret->data);
    }
    *secret = (artrepo_secret){NULL, 0};
}

/* ---- who else can read it ---- */

static bool is_in_memory(const char *path) {
    struct statfs system;
    return statfs(path, &system) == 0 &&
           (system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC);
}

void ar_secret_warn_readable(const char *path, const artrepo_operation *operation) {
    struct stat status;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) || (status.st_mode & S_IROTH) == 0 ||
        status.st_uid != geteuid() || is_in_memory(path)) {
        return;
    }
    char mode[16];
    snprintf(mode, sizeof mode, "%04o", (unsigned)status.st_mode & 07777);
    ar_log(operation, ARTREPO_LOG_WARNING,
           "a secret can be read by other users: take that right away (chmod o-r)", "path", path,
           "mode", mode, NULL);
}

/* ---- reading ---- */

/* realloc would leave the old bytes where they were. */
static bool grow(artrepo_secret *secret, size_t *capacity, size_t wanted) {
    char *larger = malloc(wanted);
    if (larger == NULL) {
        return false;
    }
    if (secret->data != NULL) {
        memcpy(larger, secret->data, secret->size);
        explicit_bzero(secret->data, secret->size);
        free(secret->data);
    }
    secret->data = larger;
    *capacity = wanted;
    return true;
}

static artrepo_code read_all(int descriptor, const char *path, size_t capacity, size_t limit,
                             artrepo_secret *secret, artrepo_error *error) {
    size_t allocated = 0;
    size_t got;
    do {
        if (allocated - secret->size <= 1 &&
            !grow(secret, &allocated, allocated == 0 ? capacity : allocated * 2)) {
            return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to read %s", path);
        }
        artrepo_code code = ar_file_read_full(descriptor, secret->data + secret->size,
                                              allocated - secret->size - 1, &got, path, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        secret->size += got;
        if (secret->size > limit) {
            return artrepo_error_set(error, ARTREPO_INVALID, "%s is larger than %zu bytes", path,
                                     limit);
        }
    } while (got > 0);
    secret->data[secret->size] = '\0';
    return ARTREPO_OK;
}

artrepo_code ar_secret_read(const char *path, size_t limit, artrepo_secret *secret,
                            artrepo_error *error) {
    *secret = (artrepo_secret){NULL, 0};
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return artrepo_error_set_errno(error, errno, "cannot open %s", path);
    }
    struct stat status;
    size_t capacity = FIRST_CAPACITY;
    if (fstat(descriptor, &status) == 0) {
        /* One byte for the zero, and one to see the end. */
        capacity = status.st_size > 0 && (size_t)status.st_size <= limit
                       ? (size_t)status.st_size + 2
                       : FIRST_CAPACITY;
    }
    artrepo_code code = read_all(descriptor, path, capacity, limit, secret, error);
    close(descriptor);
    if (code != ARTREPO_OK) {
        artrepo_secret_clear(secret);
    }
    return code;
}
