/* artctl get: an artifact from the repository to a path, or to standard output as it is stored. */
#include "command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <artrepo/executor.h>

#include "get.h"
#include "output.h"
#include "target.h"

static const option_spec own_options[] = {
    {"archive", 0, OPTION_STRATEGY, OPTION_FIELD(strategy), "STRATEGY",
     "tar, none, zip or zstd (default: looks at the content)", 0, 0},
    {"mode", 0, OPTION_MODE, OPTION_FIELD(mode), "MODE",
     "permission bits of what is put at PATH, octal", 0, 0},
    {"recurse-mode", 0, OPTION_FLAG, OPTION_FIELD(recurse_mode), NULL,
     "gives everything below PATH the --mode, too", 0, 0},
    {"optional", 0, OPTION_FLAG, OPTION_FIELD(optional), NULL,
     "do nothing, without an error, when KEY is missing", 0, 0},
    {"max-bytes", 0, OPTION_SIZE, OPTION_FIELD(limits.bytes), "SIZE",
     "refuse archives that hold more (default: any)", 0, 0},
    {"max-entries", 0, OPTION_NUMBER, OPTION_FIELD(limits.entries), "N",
     "refuse archives with more entries (default: any)", 0, 0},
    {"max-ratio", 0, OPTION_NUMBER, OPTION_FIELD(limits.ratio), "N",
     "refuse more bytes out for each byte in (default: any)", 0, 0},
    {0}};

static const option_spec *const tables[] = {own_options, NULL};

static artrepo_code check_options(struct context *context, const char *path) {
    const struct options *options = &context->options;
    artrepo_archive_kind kind = options->strategy.kind;
    bool to_output = strcmp(path, "-") == 0;
    if (path[0] == '\0') {
        return context_usage(context, "PATH is empty");
    }
    if (options->recurse_mode && options->mode < 0) {
        return context_usage(context, "--recurse-mode needs --mode");
    }
    if (to_output && options->json) {
        return context_usage(context, "--json and PATH '-' both want standard output");
    }
    if (to_output && kind != ARTREPO_ARCHIVE_UNSET && kind != ARTREPO_ARCHIVE_NONE) {
        return context_usage(context, "PATH '-' gives the bytes as they are stored; --archive must "
                                      "be none with it");
    }
    if (to_output && options->mode >= 0) {
        return context_usage(context, "--mode has no meaning with PATH '-'");
    }
    return ARTREPO_OK;
}

static artrepo_code load_path(struct context *context, const char *key, const char *path) {
    const struct options *options = &context->options;
    artrepo_artifact *artifact = NULL;
    artrepo_transfer transfer = {0};
    artrepo_load_options load_options = {.limits = options->limits};
    artrepo_code code = artrepo_artifact_new("artifact", NULL, &artifact, &context->error);
    if (code != ARTREPO_OK) {
        return code;
    }
    artrepo_artifact_set_strategy(artifact, &options->strategy);
    artrepo_artifact_set_optional(artifact, options->optional);
    if (options->mode >= 0) {
        artrepo_artifact_set_mode(artifact, options->mode, options->recurse_mode);
    }
    code = artrepo_artifact_load(context->repository, key, artifact, path, &load_options, &transfer,
                                 context->operation, &context->error);
    artrepo_artifact_free(artifact);
    return code == ARTREPO_OK ? output_transfer(context, key, path, &transfer) : code;
}

artrepo_code get_to_output(struct context *context, const char *key) {
    artrepo_sink *sink = NULL;
    artrepo_code code =
        artrepo_sink_open_descriptor(STDOUT_FILENO, "standard output", &sink, &context->error);
    if (code == ARTREPO_OK) {
        code = artrepo_artifact_load_stream(context->repository, key, sink, NULL,
                                            context->operation, &context->error);
    }
    artrepo_sink_close(sink);
    if (code == ARTREPO_NOT_FOUND && context->options.optional) {
        return ARTREPO_OK;
    }
    return code;
}

static artrepo_code run(struct context *context, char **operands, size_t count) {
    (void)count;
    const char *path = operands[1];
    char *key = NULL;
    artrepo_code code = check_options(context, path);
    if (code == ARTREPO_OK) {
        code = target_open(context, operands[0], false, &key);
    }
    if (code == ARTREPO_OK) {
        code = strcmp(path, "-") == 0 ? get_to_output(context, key) : load_path(context, key, path);
    }
    free(key);
    return code;
}

const struct command get_command = {
    .name = "get",
    .operands = "KEY|URL PATH",
    .summary = "bring an artifact to a path",
    .description =
        "Brings the object KEY, or all objects below it, to PATH. An archive of the strategy\n"
        "given by --archive is unpacked; without --archive, a tar that is compressed with gzip\n"
        "or zstd is recognised and unpacked, and anything else is kept as it is. PATH appears\n"
        "whole or not at all; a directory that holds something is not replaced. PATH '-' is\n"
        "standard output, for the bytes as they are stored.",
    .example = "cd \"$(mktemp -d)\"\n"
               "mkdir letters && echo 'Dear reader' > letters/first.txt\n"
               "artctl put letters mail/letters.tgz\n"
               "artctl get mail/letters.tgz letters-again\n"
               "diff -r letters letters-again",
    .least_operands = 2,
    .most_operands = 2,
    .options = tables,
    .run = run,
};
