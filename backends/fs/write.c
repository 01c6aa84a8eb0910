#include "fs/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "fs/key_path.h"

/* How often a put starts over because others remove or make the directories under its feet. */
#define PATIENCE 1000

/* An unfinished put: a temporary file beside the final one. */
typedef struct object_writer {
    const ar_fs_store *store;
    const char *key;
    ar_buffer path;
    ar_buffer aside; /* "" where nothing is ever kept aside */
    int directory;   /* where the final and the temporary file are; -1: not yet */
    const char *name;
    char *temporary; /* NULL: none */
    int file;
} object_writer;

static artrepo_code cannot_write(const object_writer *writer, int errnum, artrepo_error *error) {
    return errnum == ENOENT
               ? artrepo_error_set(error, ARTREPO_IO,
                                   "cannot write '%s' in %s: its directory keeps vanishing",
                                   writer->key, writer->store->root)
               : ar_fs_error(writer->store, "write", writer->key, errnum, error);
}

/* ---- directories, and objects that are in their way ---- */

/* Renames NAME in DIRECTORY to PATH, whose directories are made. False with errno. */
static bool rename_to(const ar_fs_store *store, int directory, const char *name, const char *path) {
    const char *new_name;
    size_t blocked;
    int new_directory = ar_fs_make_parent(store, path, &new_name, &blocked);
    if (new_directory < 0) {
        return false;
    }
    bool done = renameat(directory, name, new_directory, new_name) == 0;
    int errnum = errno;
    close(new_directory);
    errno = errnum;
    return done;
}

/* A rename takes a directory along just as well, unless a file has the new name already. So one is
 * put there, for the case that another writer makes NAME a directory right now. */
static bool rename_file_to(const ar_fs_store *store, int directory, const char *name,
                           const char *path) {
    const char *new_name;
    size_t blocked;
    int new_directory = ar_fs_make_parent(store, path, &new_name, &blocked);
    if (new_directory < 0) {
        return false;
    }
    int placeholder = openat(new_directory, new_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
    if (placeholder >= 0) {
        close(placeholder);
    }
    bool done = (placeholder >= 0 || errno == EEXIST) &&
                renameat(directory, name, new_directory, new_name) == 0;
    int errnum = errno;
    close(new_directory);
    errno = errnum;
    return done;
}

/* The object whose path is the first LENGTH bytes of the writer's makes way for a directory. */
static artrepo_code move_aside(object_writer *writer, size_t length, artrepo_error *error) {
    const ar_fs_store *store = writer->store;
    size_t key_length = ar_fs_key_length(writer->key, writer->path.data, length);
    if (store->is_file_system) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "cannot write '/%s': '/%.*s' is not a directory", writer->key,
                                 (int)length, writer->path.data);
    }
    ar_buffer from = AR_BUFFER_INIT;
    ar_buffer to = AR_BUFFER_INIT;
    artrepo_code code = ARTREPO_OK;
    struct stat status;
    const char *name;
    int directory = -1;
    if (!ar_buffer_append(&from, writer->path.data, length) ||
        !ar_fs_key_path(writer->key, key_length, true, &to)) {
        code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to write '%s'", writer->key);
        goto done;
    }
    directory = ar_fs_open_parent(store, from.data, &name);
    if (directory < 0 || fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        goto done; /* somebody else was faster: the caller looks again */
    }
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        code = artrepo_error_set(error, ARTREPO_IO,
                                 "cannot write '%s' in %s: '%s' there is neither an object nor a "
                                 "directory",
                                 writer->key, store->root, from.data);
        goto done;
    }
    if (S_ISREG(status.st_mode) && !rename_file_to(store, directory, name, to.data) &&
        errno != ENOENT && errno != ENOTDIR) {
        code = ar_fs_error(store, "write", writer->key, errno, error);
    }
done:
    if (directory >= 0) {
        close(directory);
    }
    ar_buffer_free(&from);
    ar_buffer_free(&to);
    return code;
}

/* ---- the temporary file ---- */

/* False with errno when it could not be made. */
static bool make_temporary(object_writer *writer) {
    char *temporary = ar_file_temporary_sibling("x");
    if (temporary == NULL) {
        errno = ENOMEM;
        return false;
    }
    writer->file =
        openat(writer->directory, temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (writer->file < 0) {
        int errnum = errno;
        free(temporary);
        errno = errnum;
        return false;
    }
    writer->temporary = temporary;
    return true;
}

/* Makes the directories and a temporary file in the last of them. From then on others cannot remove
 * that directory, since it is not empty. */
static artrepo_code begin(object_writer *writer, artrepo_error *error) {
    artrepo_code code = ar_file_make_directories(writer->store->root, error);
    for (int attempt = 0; code == ARTREPO_OK && writer->temporary == NULL; attempt++) {
        size_t blocked = 0;
        writer->directory =
            ar_fs_make_parent(writer->store, writer->path.data, &writer->name, &blocked);
        if (writer->directory >= 0 && make_temporary(writer)) {
            break;
        }
        int errnum = errno;
        if (writer->directory >= 0) {
            close(writer->directory);
            writer->directory = -1;
        }
        if (errnum == ENOTDIR && blocked > 0 && attempt < PATIENCE) {
            code = move_aside(writer, blocked, error);
        } else if ((errnum != ENOENT && errnum != EEXIST) || attempt >= PATIENCE) {
            code = cannot_write(writer, errnum, error);
        } else {
            code = ar_file_make_directories(writer->store->root, error);
        }
    }
    return code;
}

/* ---- the final file ---- */

/* Whether the object lives aside: where it is there, and no file has the plain name. */
static bool belongs_aside(const object_writer *writer) {
    struct stat status;
    if (writer->store->is_file_system) {
        return false;
    }
    if (fstatat(writer->directory, writer->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        !S_ISDIR(status.st_mode)) {
        return false;
    }
    const char *name;
    int directory = ar_fs_open_parent(writer->store, writer->aside.data, &name);
    bool there = directory >= 0 && fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                 !ar_fs_is_placeholder(&status);
    if (directory >= 0) {
        close(directory);
    }
    return there;
}

static artrepo_code commit(object_writer *writer, artrepo_error *error) {
    bool aside = belongs_aside(writer);
    for (int attempt = 0;; attempt++) {
        bool done =
            aside
                ? rename_to(writer->store, writer->directory, writer->temporary, writer->aside.data)
                : renameat(writer->directory, writer->temporary, writer->directory, writer->name) ==
                      0;
        if (done) {
            free(writer->temporary);
            writer->temporary = NULL;
            return ARTREPO_OK;
        }
        if (errno == EISDIR && !aside && !writer->store->is_file_system) {
            aside = true;
        } else if (!aside || errno != ENOENT || attempt >= PATIENCE) {
            return cannot_write(writer, errno, error);
        }
    }
}

static void finish(object_writer *writer) {
    if (writer->file >= 0) {
        close(writer->file);
    }
    bool failed = writer->temporary != NULL;
    if (failed) {
        unlinkat(writer->directory, writer->temporary, 0);
        free(writer->temporary);
    }
    if (writer->directory >= 0) {
        close(writer->directory);
    }
    if (failed) {
        ar_fs_prune(writer->store, writer->path.data);
    }
    ar_buffer_free(&writer->path);
    ar_buffer_free(&writer->aside);
}

static artrepo_code copy_source(object_writer *writer, artrepo_source *source,
                                artrepo_operation *operation, artrepo_error *error) {
    const ar_fs_copy copy = {"upload", "the source", writer->key, operation};
    int64_t copied = 0;
    artrepo_code code =
        source->descriptor >= 0
            ? ar_fs_copy_descriptor(&copy, source->descriptor, 0, source->size, writer->file,
                                    &copied, error)
            : ar_fs_copy_from_source(&copy, source, source->size, writer->file, &copied, error);
    if (code == ARTREPO_OK && source->size >= 0 && copied != source->size) {
        code = artrepo_error_set(error, ARTREPO_IO,
                                 "cannot write '%s' in %s: the source ended after %lld of %lld "
                                 "bytes; it shrank while it was read",
                                 writer->key, writer->store->root, (long long)copied,
                                 (long long)source->size);
    }
    return code;
}

artrepo_code ar_fs_put(void *state, const char *key, artrepo_source *source,
                       const artrepo_put_options *options, artrepo_object *object,
                       artrepo_operation *operation, artrepo_error *error) {
    (void)options; /* files have no content type */
    object_writer writer = {.store = state, .key = key, .directory = -1, .file = -1};
    struct stat status;
    artrepo_code code = ar_fs_path(writer.store, key, false, &writer.path, error);
    if (code == ARTREPO_OK) {
        code = ar_fs_path(writer.store, key, true, &writer.aside, error);
    }
    if (code == ARTREPO_OK) {
        code = begin(&writer, error);
    }
    if (code == ARTREPO_OK) {
        code = copy_source(&writer, source, operation, error);
    }
    if (code == ARTREPO_OK && fstat(writer.file, &status) != 0) {
        code = cannot_write(&writer, errno, error);
    }
    if (code == ARTREPO_OK) {
        /* close can be where a full or remote file system tells that data was lost. */
        int file = writer.file;
        writer.file = -1;
        code = close(file) == 0 ? commit(&writer, error) : cannot_write(&writer, errno, error);
    }
    if (code == ARTREPO_OK && object != NULL) {
        ar_fs_describe(key, &status, object);
    }
    finish(&writer);
    return code;
}
