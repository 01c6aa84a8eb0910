/* artctl put: a path, or standard input, into the repository. */
#include "command.h"

#include <stdlib.h>
#include <string.h>

#include <artrepo/executor.h>

#include "naming.h"
#include "output.h"
#include "path.h"
#include "standard_input.h"
#include "target.h"

static const option_spec own_options[] = {{"optional", 0, OPTION_FLAG, OPTION_FIELD(optional), NULL,
                                           "do nothing, without an error, when PATH is missing", 0,
                                           0},
                                          {0}};

static const option_spec *const tables[] = {naming_options, own_options, NULL};

/* PATH, or where it leads when its last part is "." or "..": entries of the archive are named after
 * the last part. free() *SOURCE. */
static artrepo_code named_source(const char *path, char **source, artrepo_error *error) {
    const char *base = path_base(path);
    if (base[0] == '\0' || strcmp(base, ".") == 0 || strcmp(base, "..") == 0) {
        return path_absolute(path, source, error);
    }
    *source = strdup(path);
    return *source != NULL ? ARTREPO_OK
                           : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for %s", path);
}

static artrepo_code check_input_strategy(struct context *context) {
    artrepo_archive_kind kind = context->options.strategy.kind;
    if (kind != ARTREPO_ARCHIVE_UNSET && kind != ARTREPO_ARCHIVE_NONE) {
        return context_usage(context, "standard input is stored as it is; --archive must be none "
                                      "with PATH '-'");
    }
    context->options.strategy.kind = ARTREPO_ARCHIVE_NONE;
    return ARTREPO_OK;
}

/* Opens the repository and says under which key to store. */
static artrepo_code choose_key(struct context *context, const artrepo_artifact *artifact,
                               const char *given, char **key) {
    if (given == NULL) {
        artrepo_code code = naming_key(context, artifact, key, NULL);
        if (code != ARTREPO_OK) {
            return code;
        }
        return context_open(context, artrepo_configuration_location(context->configuration));
    }
    artrepo_code code = target_open(context, given, false, key);
    if (code == ARTREPO_OK && (*key)[strlen(*key) - 1] == '/') {
        return context_usage(context, "key '%s' ends in '/', which would be a folder; add a name",
                             *key);
    }
    return code;
}

static artrepo_code save_input(struct context *context, const char *key,
                               artrepo_transfer *transfer) {
    artrepo_source *source = NULL;
    artrepo_code code = standard_input_open(context->operation, &source, &context->error);
    if (code == ARTREPO_OK) {
        code = artrepo_artifact_save_stream(context->repository, key, source, transfer,
                                            context->operation, &context->error);
    }
    artrepo_source_close(source);
    return code;
}

static artrepo_code save_path(struct context *context, const char *key,
                              const artrepo_artifact *artifact, const char *path,
                              artrepo_transfer *transfer) {
    char *source = NULL;
    artrepo_code code = named_source(path, &source, &context->error);
    if (code == ARTREPO_OK) {
        code = artrepo_artifact_save(context->repository, key, artifact, source, transfer,
                                     context->operation, &context->error);
    }
    free(source);
    return code;
}

static artrepo_code run(struct context *context, char **operands, size_t count) {
    const char *path = operands[0];
    bool from_input = strcmp(path, "-") == 0;
    artrepo_artifact *artifact = NULL;
    artrepo_transfer transfer = {0};
    char *key = NULL;
    artrepo_code code = from_input ? check_input_strategy(context) : ARTREPO_OK;
    if (code == ARTREPO_OK && path[0] == '\0') {
        code = context_usage(context, "PATH is empty");
    }
    if (code == ARTREPO_OK) {
        code = naming_artifact(context, from_input ? NULL : path, &artifact);
    }
    if (code == ARTREPO_OK) {
        code = choose_key(context, artifact, count > 1 ? operands[1] : NULL, &key);
    }
    if (code == ARTREPO_OK) {
        code = from_input ? save_input(context, key, &transfer)
                          : save_path(context, key, artifact, path, &transfer);
    }
    if (code == ARTREPO_OK) {
        code = output_transfer(context, key, NULL, &transfer);
    }
    free(key);
    artrepo_artifact_free(artifact);
    return code;
}

const struct command put_command = {
    .name = "put",
    .operands = "PATH [KEY|URL]",
    .summary = "store a file or a directory",
    .description =
        "Stores PATH as an artifact and prints its key. With KEY it is stored under exactly\n"
        "that key; without one, under the key that the Argo executor would choose for an\n"
        "output artifact. The strategy is tar, compressed with gzip, unless --archive says\n"
        "otherwise. PATH '-' is standard input, which is stored as it is.",
    .example = "echo 'Hello, artifacts.' > /tmp/hello.txt\n"
               "artctl put /tmp/hello.txt\n"
               "artctl put --archive none /tmp/hello.txt greetings/hello.txt\n"
               "echo 'from a pipe' | artctl put - greetings/pipe.txt",
    .least_operands = 1,
    .most_operands = 2,
    .options = tables,
    .run = run,
};
