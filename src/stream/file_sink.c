/* Sinks that write a descriptor of the caller's, or a file that appears whole on commit. */
#include <artrepo/stream.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

typedef struct file_sink {
    artrepo_sink base;
    int output;
    char *name;      /* the final path, or what stands in messages */
    char *temporary; /* NULL: the descriptor is the caller's, or the file was committed */
} file_sink;

static artrepo_code file_write(artrepo_sink *base, const void *data, size_t size,
                               artrepo_error *error) {
    file_sink *sink = (file_sink *)base;
    return ar_file_write_all(sink->output, data, size, sink->name, error);
}

static artrepo_code descriptor_commit(artrepo_sink *base, artrepo_error *error) {
    (void)base;
    (void)error;
    return ARTREPO_OK;
}

static artrepo_code file_commit(artrepo_sink *base, artrepo_error *error) {
    file_sink *sink = (file_sink *)base;
    int output = sink->output;
    sink->output = -1;
    /* close can be where a full or remote file system tells that data was lost. */
    if (close(output) != 0) {
        return artrepo_error_set_errno(error, errno, "cannot write %s", sink->name);
    }
    if (rename(sink->temporary, sink->name) != 0) {
        return artrepo_error_set_errno(error, errno, "cannot put %s in its place", sink->name);
    }
    free(sink->temporary);
    sink->temporary = NULL;
    return ARTREPO_OK;
}

static void descriptor_close(artrepo_sink *base) {
    file_sink *sink = (file_sink *)base;
    free(sink->name);
    free(sink);
}

static void file_close(artrepo_sink *base) {
    file_sink *sink = (file_sink *)base;
    if (sink->output >= 0) {
        close(sink->output);
    }
    if (sink->temporary != NULL) {
        unlink(sink->temporary);
        free(sink->temporary);
    }
    descriptor_close(base);
}

static const artrepo_sink_functions file_functions = {file_write, file_commit, file_close};
static const artrepo_sink_functions descriptor_functions = {file_write, descriptor_commit,
                                                            descriptor_close};

static file_sink *new_sink(const artrepo_sink_functions *functions, int output, const char *name) {
    file_sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL || (sink->name = strdup(name)) == NULL) {
        free(sink);
        return NULL;
    }
    sink->base.functions = functions;
    sink->base.descriptor = -1;
    sink->output = output;
    return sink;
}

artrepo_code artrepo_sink_open_descriptor(int descriptor, const char *name, artrepo_sink **out,
                                          artrepo_error *error) {
    file_sink *sink = new_sink(&descriptor_functions, descriptor, name);
    if (sink == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to write %s", name);
    }
    *out = &sink->base;
    return ARTREPO_OK;
}

artrepo_code artrepo_sink_open_file(const char *path, unsigned mode, artrepo_sink **out,
                                    artrepo_error *error) {
    struct stat status;
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        return artrepo_error_set(error, ARTREPO_IO,
                                 "cannot write %s: it is a directory; name a file", path);
    }
    file_sink *sink = new_sink(&file_functions, -1, path);
    if (sink == NULL || (sink->temporary = ar_file_temporary_sibling(path)) == NULL) {
        artrepo_sink_close(sink == NULL ? NULL : &sink->base);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to write %s", path);
    }
    sink->output = open(sink->temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    if (sink->output < 0) {
        int errnum = errno;
        free(sink->temporary); /* not ours: close must not remove it */
        sink->temporary = NULL;
        artrepo_sink_close(&sink->base);
        return artrepo_error_set_errno(error, errnum, "cannot write %s", path);
    }
    sink->base.descriptor = sink->output;
    *out = &sink->base;
    return ARTREPO_OK;
}
