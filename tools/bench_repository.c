#include "bench_repository.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "log.h"

#define DEFAULT_PREFIX "artctl-bench"

enum { EMPTYING_MS = 600 * 1000 };

static artrepo_code check_capabilities(const bench_repository *repository) {
    unsigned needed = ARTREPO_CAN_PUT | ARTREPO_CAN_LIST | ARTREPO_CAN_REMOVE;
    if ((artrepo_repository_capabilities(repository->repository) & needed) == needed) {
        return ARTREPO_OK;
    }
    return artrepo_error_set(&repository->context->error, ARTREPO_UNSUPPORTED,
                             "a benchmark puts objects and removes them again, and a repository of "
                             "the kind '%s' cannot do both; use another with --repository",
                             repository->kind);
}

static artrepo_code make_root(bench_repository *repository) {
    artrepo_error *error = &repository->context->error;
    const char *prefix = repository->context->options.prefix;
    unsigned long long number;
    prefix = prefix != NULL ? prefix : DEFAULT_PREFIX;
    size_t length = strlen(prefix);
    while (length > 0 && prefix[length - 1] == '/') {
        length--;
    }
    if (length == 0 || length > 512) {
        return context_usage(repository->context,
                             "--prefix is '%.600s'; it must be a key of up to "
                             "512 bytes",
                             prefix);
    }
    if (getrandom(&number, sizeof number, 0) != (ssize_t)sizeof number) {
        return artrepo_error_set_errno(error, errno, "cannot choose a random key");
    }
    if (asprintf(&repository->root, "%.*s/%016llx/", (int)length, prefix, number) < 0) {
        repository->root = NULL;
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a key");
    }
    return ARTREPO_OK;
}

artrepo_code bench_repository_open(bench_repository *repository, struct context *context) {
    *repository = (bench_repository){.context = context};
    artrepo_code code = context_configure(context);
    if (code == ARTREPO_OK) {
        code = context_open(context, artrepo_configuration_location(context->configuration));
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    repository->repository = context->repository;
    repository->kind = artrepo_configuration_kind(context->configuration);
    code = check_capabilities(repository);
    return code == ARTREPO_OK ? make_root(repository) : code;
}

artrepo_code bench_repository_key(const bench_repository *repository, const char *name, char **key,
                                  artrepo_error *error) {
    if (asprintf(key, "%s%s", repository->root, name) < 0) {
        *key = NULL;
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the key %s", name);
    }
    return ARTREPO_OK;
}

/* ---- removal ---- */

/* The context's operation may be cancelled. */
static artrepo_operation *new_operation(const struct context *context) {
    artrepo_operation *operation = artrepo_operation_new();
    if (operation != NULL) {
        artrepo_retry_policy policy = artrepo_operation_retry(context->operation);
        artrepo_operation_set_retry(operation, &policy);
        artrepo_operation_set_transfers(operation, artrepo_operation_transfers(context->operation));
        artrepo_operation_set_deadline(operation, EMPTYING_MS);
    }
    return operation;
}

artrepo_code bench_repository_empty(const bench_repository *repository, artrepo_error *error) {
    artrepo_operation *operation = new_operation(repository->context);
    if (operation == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to remove %s",
                                 repository->root);
    }
    artrepo_code code =
        artrepo_repository_remove(repository->repository, repository->root, operation, error);
    artrepo_operation_free(operation);
    return code;
}

static void log_left(const bench_repository *repository, const artrepo_error *error) {
    artrepo_log_field fields[] = {{"key", repository->root}, {"error", error->message}};
    artrepo_log_record record = {
        .level = ARTREPO_LOG_WARNING,
        .message = "objects of the benchmark may be left; remove them with artctl rm --recursive",
        .fields = fields,
        .field_count = 2,
    };
    log_record(&repository->context->log, &record);
}

artrepo_code bench_repository_close(bench_repository *repository, artrepo_code code) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code emptied =
        repository->is_used ? bench_repository_empty(repository, &error) : ARTREPO_OK;
    if (emptied != ARTREPO_OK && code == ARTREPO_OK) {
        repository->context->error = error;
        code = emptied;
    } else if (emptied != ARTREPO_OK) {
        log_left(repository, &error);
    }
    free(repository->root);
    repository->root = NULL;
    return code;
}
