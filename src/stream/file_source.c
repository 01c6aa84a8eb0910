/* Sources that read a descriptor: a file that we opened, or one of the caller's. */
#include <artrepo/stream.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct file_source {
    artrepo_source base;
    int input;
    bool owned;
    off_t start; /* where rewind goes; -1: it cannot */
    char *name;
} file_source;

static artrepo_code file_read(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                              artrepo_error *error) {
    file_source *source = (file_source *)base;
    ssize_t size;
    do {
        size = read(source->input, buffer, capacity);
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        return artrepo_error_set_errno(error, errno, "cannot read %s", source->name);
    }
    *got = (size_t)size;
    return ARTREPO_OK;
}

static artrepo_code file_rewind(artrepo_source *base, artrepo_error *error) {
    file_source *source = (file_source *)base;
    if (source->start < 0) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED, "%s can be read once only",
                                 source->name);
    }
    if (lseek(source->input, source->start, SEEK_SET) < 0) {
        return artrepo_error_set_errno(error, errno, "cannot go back to the start of %s",
                                       source->name);
    }
    return ARTREPO_OK;
}

static void file_close(artrepo_source *base) {
    file_source *source = (file_source *)base;
    if (source->owned) {
        close(source->input);
    }
    free(source->name);
    free(source);
}

static const artrepo_source_functions file_functions = {file_read, file_rewind, file_close};

static artrepo_code open_descriptor(int descriptor, bool owned, const char *name,
                                    artrepo_source **out, artrepo_error *error) {
    struct stat status;
    if (fstat(descriptor, &status) != 0) {
        return artrepo_error_set_errno(error, errno, "cannot read %s", name);
    }
    if (S_ISDIR(status.st_mode)) {
        return artrepo_error_set_errno(error, EISDIR, "cannot read %s", name);
    }
    file_source *source = calloc(1, sizeof *source);
    char *copy = strdup(name);
    if (source == NULL || copy == NULL) {
        free(source);
        free(copy);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to read %s", name);
    }
    bool regular = S_ISREG(status.st_mode);
    off_t start = regular ? lseek(descriptor, 0, SEEK_CUR) : -1;
    source->base.functions = &file_functions;
    source->base.size = start < 0 ? -1 : status.st_size - start;
    source->base.descriptor = start == 0 ? descriptor : -1;
    source->input = descriptor;
    source->owned = owned;
    source->start = start;
    source->name = copy;
    *out = &source->base;
    return ARTREPO_OK;
}

artrepo_code artrepo_source_open_descriptor(int descriptor, const char *name,
                                            artrepo_source **source, artrepo_error *error) {
    return open_descriptor(descriptor, false, name, source, error);
}

artrepo_code artrepo_source_open_file(const char *path, artrepo_source **source,
                                      artrepo_error *error) {
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return artrepo_error_set_errno(error, errno, "cannot open %s", path);
    }
    artrepo_code code = open_descriptor(descriptor, true, path, source, error);
    if (code != ARTREPO_OK) {
        close(descriptor);
    }
    return code;
}
