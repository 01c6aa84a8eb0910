#include "archive/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { MAX_ATTEMPTS = 16 };

/* ---- open ---- */

static artrepo_code refuse_full(const char *path, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INVALID,
                             "%s is a directory that is not empty: remove it or name another path",
                             path);
}

/* The number of entries, 2 standing for more than one, and the name of one in NAME. -1 and errno
 * when the directory cannot be read. */
static int count_entries(int directory, const char *path, char name[256]) {
    int descriptor = openat(directory, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (stream == NULL) {
        int errnum = errno;
        if (descriptor >= 0) {
            close(descriptor);
        }
        errno = errnum;
        return -1;
    }
    int count = 0;
    struct dirent *entry;
    while (count < 2 && (errno = 0, entry = readdir(stream)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            snprintf(name, 256, "%s", entry->d_name);
            count++;
        }
    }
    int errnum = errno;
    closedir(stream);
    errno = errnum;
    return entry == NULL && errnum != 0 ? -1 : count;
}

/* Rather now than when all was fetched. What cannot be looked into shows at the commit. */
static artrepo_code check_not_full(const char *path, artrepo_error *error) {
    struct stat status;
    char name[256];
    if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode) &&
        count_entries(AT_FDCWD, path, name) > 0) {
        return refuse_full(path, error);
    }
    return ARTREPO_OK;
}

static artrepo_code copy_path(ar_place *place, const char *path, artrepo_error *error) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    if (length == 0) {
        return artrepo_error_set(error, ARTREPO_INVALID, "the path to write to is empty");
    }
    place->path = strndup(path, length);
    return place->path != NULL
               ? ARTREPO_OK
               : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the path %s", path);
}

static artrepo_code make_temporary(ar_place *place, artrepo_error *error) {
    for (int i = 0; i < MAX_ATTEMPTS; i++) {
        place->temporary = ar_file_temporary_sibling(place->path);
        if (place->temporary == NULL) {
            return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the path %s",
                                     place->path);
        }
        if (mkdir(place->temporary, 0700) == 0) {
            return ARTREPO_OK;
        }
        int errnum = errno;
        if (errnum != EEXIST || i + 1 == MAX_ATTEMPTS) {
            artrepo_code code = artrepo_error_set_errno(
                error, errnum, "cannot make the temporary directory %s", place->temporary);
            free(place->temporary);
            place->temporary = NULL;
            return code;
        }
        free(place->temporary);
        place->temporary = NULL;
    }
    return ARTREPO_INTERNAL; /* not reached */
}

static artrepo_code open_temporary(ar_place *place, artrepo_error *error) {
    place->directory = open(place->temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return place->directory >= 0
               ? ARTREPO_OK
               : artrepo_error_set_errno(error, errno, "cannot open the temporary directory %s",
                                         place->temporary);
}

artrepo_code ar_place_open(ar_place *place, const char *path, artrepo_error *error) {
    *place = (ar_place){.directory = -1};
    artrepo_code code = copy_path(place, path, error);
    if (code == ARTREPO_OK) {
        code = check_not_full(place->path, error);
    }
    if (code == ARTREPO_OK) {
        code = ar_file_make_parent(place->path, error);
    }
    if (code == ARTREPO_OK) {
        code = make_temporary(place, error);
    }
    if (code == ARTREPO_OK) {
        code = open_temporary(place, error);
    }
    if (code != ARTREPO_OK) {
        ar_place_close(place);
    }
    return ar_file_not_made(code, error);
}

/* ---- commit ---- */

static artrepo_code rename_failed(const char *path, int errnum, artrepo_error *error) {
    if (errnum == ENOTEMPTY || errnum == EEXIST) {
        return refuse_full(path, error);
    }
    return artrepo_error_set_errno(error, errnum, "cannot put the content at %s", path);
}

/* A directory takes the place of a file or symbolic link: in one step where the file system can
 * exchange names. What stood there has the old name afterwards, or is gone. */
static int replace_by_directory(int directory, const char *name, const char *path) {
    if (renameat2(directory, name, AT_FDCWD, path, RENAME_EXCHANGE) == 0) {
        return unlinkat(directory, name, 0);
    }
    if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) {
        return -1;
    }
    return unlink(path) == 0 ? renameat(directory, name, AT_FDCWD, path) : -1;
}

static artrepo_code move_to(int directory, const char *name, const char *path,
                            artrepo_error *error) {
    if (renameat(directory, name, AT_FDCWD, path) == 0) {
        return ARTREPO_OK;
    }
    int errnum = errno;
    struct stat status;
    int result = -1;
    if (errnum == ENOTDIR && lstat(path, &status) == 0 && !S_ISDIR(status.st_mode)) {
        result = replace_by_directory(directory, name, path);
        errnum = errno;
    } else if (errnum == EISDIR) { /* a file over a directory, which may go when it is empty */
        result = rmdir(path) == 0 ? renameat(directory, name, AT_FDCWD, path) : -1;
        errnum = errno;
    }
    return result == 0 ? ARTREPO_OK : rename_failed(path, errnum, error);
}

/* The temporary directory is no more. */
static void forget_temporary(ar_place *place) {
    close(place->directory);
    place->directory = -1;
    free(place->temporary);
    place->temporary = NULL;
}

artrepo_code ar_place_commit_directory(ar_place *place, artrepo_error *error) {
    if (fchmod(place->directory, 0755) != 0) {
        return artrepo_error_set_errno(error, errno, "cannot set the mode of %s", place->temporary);
    }
    artrepo_code code = move_to(AT_FDCWD, place->temporary, place->path, error);
    if (code == ARTREPO_OK) {
        forget_temporary(place);
    }
    return code;
}

artrepo_code ar_place_count(const ar_place *place, int *count, char name[256],
                            artrepo_error *error) {
    *count = count_entries(place->directory, ".", name);
    return *count >= 0
               ? ARTREPO_OK
               : artrepo_error_set_errno(error, errno, "cannot read the temporary directory %s",
                                         place->temporary);
}

artrepo_code ar_place_commit_archive(ar_place *place, artrepo_error *error) {
    char name[256];
    int count = 0;
    artrepo_code code = ar_place_count(place, &count, name, error);
    if (code != ARTREPO_OK || count != 1) {
        return code == ARTREPO_OK ? ar_place_commit_directory(place, error) : code;
    }
    code = move_to(place->directory, name, place->path, error);
    if (code == ARTREPO_OK && rmdir(place->temporary) == 0) {
        forget_temporary(place);
    }
    return code;
}

static artrepo_code remove_temporary(ar_place *place, artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    if (place->temporary != NULL) {
        if (place->directory >= 0) {
            close(place->directory);
        }
        code = ar_file_remove_tree(AT_FDCWD, place->temporary, error);
    }
    free(place->temporary);
    free(place->path);
    *place = (ar_place){.directory = -1};
    return code;
}

void ar_place_close(ar_place *place) {
    remove_temporary(place, NULL);
}

artrepo_code ar_place_discard(ar_place *place, artrepo_error *error) {
    artrepo_error failure = ARTREPO_ERROR_INIT;
    if (remove_temporary(place, &failure) == ARTREPO_OK) {
        return ARTREPO_OK;
    }
    return artrepo_error_set(error, ARTREPO_INTERNAL, "cannot clean up the scratch directory: %s",
                             failure.message);
}
