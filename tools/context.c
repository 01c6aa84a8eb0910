#include "context.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signals.h"

void context_init(struct context *context) {
    memset(context, 0, sizeof *context);
    options_init(&context->options);
}

void context_clear(struct context *context) {
    artrepo_repository_close(context->repository);
    artrepo_configuration_free(context->configuration);
    repository_file_clear(&context->file);
    signals_unwatch();
    artrepo_operation_free(context->operation);
    options_clear(&context->options);
}

artrepo_code context_usage(struct context *context, const char *format, ...) {
    char text[sizeof context->error.message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    context->usage = true;
    return artrepo_error_set(&context->error, ARTREPO_INVALID, "%s", text);
}

/* ---- the operation ---- */

static void set_limits(artrepo_operation *operation, const struct options *options) {
    if (options->threads > 0) {
        artrepo_operation_set_threads(operation, (unsigned)options->threads);
    }
    if (options->transfers > 0) {
        artrepo_operation_set_transfers(operation, (unsigned)options->transfers);
    }
    if (options->part_size > 0) {
        artrepo_operation_set_part_size(operation, (size_t)options->part_size);
    }
    if (options->retries >= 0) {
        artrepo_retry_policy policy = artrepo_operation_retry(operation);
        policy.steps = (unsigned)options->retries + 1;
        artrepo_operation_set_retry(operation, &policy);
    }
    if (options->timeout_ms > 0) {
        artrepo_operation_set_deadline(operation, options->timeout_ms);
    }
}

static artrepo_log_level log_level(const struct options *options) {
    if (options->verbose > 0) {
        return options->verbose > 1 ? ARTREPO_LOG_DEBUG : ARTREPO_LOG_INFO;
    }
    return options->quiet ? ARTREPO_LOG_ERROR : ARTREPO_LOG_WARNING;
}

artrepo_code context_start(struct context *context) {
    context->operation = artrepo_operation_new();
    if (context->operation == NULL) {
        return artrepo_error_set(&context->error, ARTREPO_INTERNAL, "no memory to start");
    }
    artrepo_code code = artrepo_operation_use_environment(context->operation, &context->error);
    if (code != ARTREPO_OK) {
        return code;
    }
    set_limits(context->operation, &context->options);
    context->log = (struct log){&context->progress, context->options.verbose > 0,
                                context->options.log_format == LOG_FORMAT_JSON};
    artrepo_operation_set_log(context->operation, log_level(&context->options), log_record,
                              &context->log);
    progress_start(&context->progress, context->operation, context->options.quiet);
    signals_watch(context->operation);
    return ARTREPO_OK;
}

/* ---- the repository ---- */

artrepo_code context_configure(struct context *context) {
    if (context->configuration != NULL) {
        return ARTREPO_OK;
    }
    artrepo_code code =
        repository_file_find(context->options.repository, &context->file, &context->error);
    if (code != ARTREPO_OK) {
        return code;
    }
    return repository_file_read(&context->file, context->options.ref, context->operation,
                                &context->configuration, &context->error);
}

artrepo_code context_open(struct context *context, const artrepo_location *location) {
    const char *plugins = context->options.plugin_directory;
    if (plugins == NULL) {
        plugins = getenv("ARTREPO_PLUGIN_PATH");
    }
    artrepo_repository_options repository_options = {
        .secrets_directory = context->options.secrets_directory,
        .plugin_directory = plugins != NULL && plugins[0] != '\0' ? plugins : NULL,
    };
    return artrepo_repository_open(location, &repository_options, context->operation,
                                   &context->repository, &context->error);
}
