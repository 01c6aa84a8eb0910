#include "executor/mode.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"

typedef struct mode_change {
    unsigned mode;
    bool recurse;
    ar_buffer path; /* of the entry at hand, for messages; grown and cut on the way */
} mode_change;

/* Everything goes by the descriptor of the directory that an entry is in, and follows no link at
 * the end of a name: what another process puts in the place of an entry leads nowhere. */

static artrepo_code change_entry(const mode_change *change, int directory, const char *name,
                                 artrepo_error *error) {
    if (fchmodat(directory, name, (mode_t)change->mode, AT_SYMLINK_NOFOLLOW) != 0) {
        return artrepo_error_set_errno(error, errno, "cannot set mode %04o on %s", change->mode,
                                       change->path.data);
    }
    return ARTREPO_OK;
}

static DIR *open_directory(int directory, const char *name) {
    int descriptor = ar_file_open_own_directory(directory, name);
    DIR *stream = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (stream == NULL && descriptor >= 0) {
        int errnum = errno;
        close(descriptor);
        errno = errnum;
    }
    return stream;
}

static artrepo_code change_tree(mode_change *change, int directory, const char *name,
                                unsigned char type, artrepo_error *error);

static artrepo_code change_child(mode_change *change, DIR *stream, const struct dirent *entry,
                                 artrepo_error *error) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
        return ARTREPO_OK;
    }
    size_t size = change->path.size;
    if (!ar_buffer_append_char(&change->path, '/') ||
        !ar_buffer_append_text(&change->path, entry->d_name)) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a path below %s",
                                 change->path.data);
    }
    artrepo_code code = change_tree(change, dirfd(stream), entry->d_name, entry->d_type, error);
    change->path.size = size;
    change->path.data[size] = '\0';
    return code;
}

static artrepo_code change_children(mode_change *change, DIR *stream, artrepo_error *error) {
    const struct dirent *entry;
    while ((errno = 0, entry = readdir(stream)) != NULL) {
        artrepo_code code = change_child(change, stream, entry, error);
        if (code != ARTREPO_OK) {
            return code;
        }
    }
    return errno == 0 ? ARTREPO_OK
                      : artrepo_error_set_errno(error, errno, "cannot read directory %s",
                                                change->path.data);
}

/* What is in a directory first: its own mode may close it. */
static artrepo_code change_tree(mode_change *change, int directory, const char *name,
                                unsigned char type, artrepo_error *error) {
    struct stat status = {.st_mode = DTTOIF(type)};
    if (type == DT_UNKNOWN && fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        return artrepo_error_set_errno(error, errno, "cannot set modes below %s",
                                       change->path.data);
    }
    if (S_ISLNK(status.st_mode)) {
        return ARTREPO_OK;
    }
    if (change->recurse && S_ISDIR(status.st_mode)) {
        DIR *stream = open_directory(directory, name);
        if (stream == NULL) {
            return artrepo_error_set_errno(error, errno, "cannot read directory %s",
                                           change->path.data);
        }
        artrepo_code code = change_children(change, stream, error);
        closedir(stream);
        if (code != ARTREPO_OK) {
            return code;
        }
    }
    return change_entry(change, directory, name, error);
}

artrepo_code ar_apply_mode(const char *path, unsigned mode, bool recurse, artrepo_error *error) {
    mode_change change = {mode, recurse, AR_BUFFER_INIT};
    if (!ar_buffer_append_text(&change.path, path)) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to set modes below %s", path);
    }
    artrepo_code code = change_tree(&change, AT_FDCWD, path, DT_UNKNOWN, error);
    ar_buffer_free(&change.path);
    return code;
}
