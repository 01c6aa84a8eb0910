#include "standard_input.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME "standard input"
#define CHECK_MS 100

struct input {
    artrepo_source base;
    artrepo_operation *operation;
};

/* Until there is something to read, or the end. */
static artrepo_code wait_for_data(const struct input *input, artrepo_error *error) {
    struct pollfd descriptor = {.fd = STDIN_FILENO, .events = POLLIN};
    for (;;) {
        artrepo_code code = artrepo_operation_check(input->operation, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        int ready = poll(&descriptor, 1, CHECK_MS);
        if (ready > 0) {
            return ARTREPO_OK;
        }
        if (ready < 0 && errno != EINTR) {
            return artrepo_error_set_errno(error, errno, "cannot wait for " NAME);
        }
    }
}

static artrepo_code input_read(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                               artrepo_error *error) {
    const struct input *source = (const struct input *)base;
    ssize_t size;
    do {
        artrepo_code code = wait_for_data(source, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        size = read(STDIN_FILENO, buffer, capacity);
    } while (size < 0 && (errno == EINTR || errno == EAGAIN));
    if (size < 0) {
        return artrepo_error_set_errno(error, errno, "cannot read " NAME);
    }
    *got = (size_t)size;
    return ARTREPO_OK;
}

static void input_close(artrepo_source *base) {
    free(base);
}

static const artrepo_source_functions input_functions = {input_read, NULL, input_close};

artrepo_code standard_input_open(artrepo_operation *operation, artrepo_source **source,
                                 artrepo_error *error) {
    struct stat status;
    if (fstat(STDIN_FILENO, &status) == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) {
        return artrepo_source_open_descriptor(STDIN_FILENO, NAME, source, error);
    }
    struct input *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to read " NAME);
    }
    made->base.functions = &input_functions;
    made->base.size = -1;
    made->base.descriptor = -1;
    made->operation = operation;
    *source = &made->base;
    return ARTREPO_OK;
}
