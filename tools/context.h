/* What one run of artctl works with: its options, the operation, the error, the repository. */
#ifndef ARTCTL_CONTEXT_H
#define ARTCTL_CONTEXT_H

#include <stdbool.h>

#include <artrepo/error.h>
#include <artrepo/operation.h>
#include <artrepo/repository.h>

#include "log.h"
#include "options.h"
#include "progress.h"
#include "repository_file.h"

struct context {
    struct options options;
    artrepo_operation *operation;
    struct progress progress;
    struct log log;
    artrepo_error error;
    bool usage; /* the error is one of usage */

    /* The repository file, once context_configure() was called. */
    repository_file file;
    artrepo_configuration *configuration;
    /* Once context_open() or target_open() was called. */
    artrepo_repository *repository;
};

void context_init(struct context *context);
void context_clear(struct context *context);

/* Makes the operation, with the limits of the environment and of the options, callbacks and
 * signals. */
artrepo_code context_start(struct context *context);

/* Finds and reads the repository file. The second call does nothing. */
artrepo_code context_configure(struct context *context);

/* The location of a repository as a handle. */
artrepo_code context_open(struct context *context, const artrepo_location *location);

/* Sets a usage error, and returns ARTREPO_INVALID. */
artrepo_code context_usage(struct context *context, const char *format, ...) ARTREPO_PRINTF(2, 3);

#endif
