#include "executor/downloaded_object.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

static int open_beside(const char *path, artrepo_error *error) {
    char *name = ar_file_temporary_sibling(path);
    if (name == NULL) {
        artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a file beside %s", path);
        return -1;
    }
    int descriptor = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) {
        ar_file_not_made(
            artrepo_error_set_errno(error, errno, "cannot make a temporary file beside %s", path),
            error);
    } else {
        unlink(name);
    }
    free(name);
    return descriptor;
}

static artrepo_code download(ar_downloaded_object *object, artrepo_repository *repository,
                             const char *key, artrepo_operation *operation, artrepo_error *error) {
    artrepo_sink *sink;
    artrepo_object found = {.size = 0};
    artrepo_code code =
        artrepo_sink_open_descriptor(object->descriptor, "a temporary file", &sink, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    code = artrepo_repository_get(repository, key, NULL, sink, &found, operation, error);
    if (code == ARTREPO_OK) {
        code = artrepo_sink_commit(sink, error);
    }
    artrepo_sink_close(sink);
    if (code == ARTREPO_OK) {
        object->size = lseek(object->descriptor, 0, SEEK_END);
    }
    return code;
}

artrepo_code ar_downloaded_object_open(ar_downloaded_object *object, artrepo_repository *repository,
                                       const char *key, const char *path,
                                       artrepo_operation *operation, artrepo_error *error) {
    artrepo_error failure = ARTREPO_ERROR_INIT;
    *object = (ar_downloaded_object){-1, 0};
    artrepo_code code = ar_file_make_parent(path, &failure);
    if (code == ARTREPO_OK) {
        object->descriptor = open_beside(path, &failure);
        code = object->descriptor < 0 ? failure.code
                                      : download(object, repository, key, operation, &failure);
    }
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    return code;
}

void ar_downloaded_object_close(ar_downloaded_object *object) {
    if (object->descriptor >= 0) {
        close(object->descriptor);
        object->descriptor = -1;
    }
}

artrepo_code ar_downloaded_object_read(void *data, int64_t offset, void *buffer, size_t capacity,
                                       size_t *got, artrepo_error *error) {
    const ar_downloaded_object *object = data;
    return ar_file_pread_full(object->descriptor, buffer, capacity, offset, got, "a temporary file",
                              error);
}
