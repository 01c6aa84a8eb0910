/* artctl explain: what the executor would do with an object as an input artifact. */
#include "explain.h"

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "target.h"

enum { MOST_ARTIFACT_BYTES = 1 << 20 };

static const option_spec own_options[] = {
    {"artifact", 0, OPTION_TEXT, OPTION_FIELD(artifact), "YAML|@FILE",
     "the input artifact, as a template has it", 0, 0},
    {"archive", 0, OPTION_STRATEGY, OPTION_FIELD(strategy), "STRATEGY",
     "tar, none, zip or zstd (default: the artifact's)", 0, 0},
    {"entries", 0, OPTION_NUMBER, OPTION_FIELD(entries), "N",
     "look at no more entries (default 100000)", 1, INT64_MAX},
    {"max-bytes", 0, OPTION_SIZE, OPTION_FIELD(limits.bytes), "SIZE",
     "the get's --max-bytes (default: any)", 0, 0},
    {"max-entries", 0, OPTION_NUMBER, OPTION_FIELD(limits.entries), "N",
     "the get's --max-entries (default: any)", 0, 0},
    {0}};

static const option_spec *const tables[] = {own_options, NULL};

/* ---- the artifact ---- */

static artrepo_code read_file(struct context *context, const char *name,
                              artrepo_artifact **artifact) {
    artrepo_source *source = NULL;
    size_t size = 0;
    char *text = malloc(MOST_ARTIFACT_BYTES + 1);
    if (text == NULL) {
        return artrepo_error_set(&context->error, ARTREPO_INTERNAL, "no memory for %s", name);
    }
    artrepo_code code = artrepo_source_open_file(name, &source, &context->error);
    if (code == ARTREPO_OK) {
        code =
            artrepo_source_read_full(source, text, MOST_ARTIFACT_BYTES + 1, &size, &context->error);
    }
    if (code == ARTREPO_OK && size > MOST_ARTIFACT_BYTES) {
        code = artrepo_error_set(&context->error, ARTREPO_INVALID,
                                 "%s is larger than 1 MiB: an artifact of a template is expected",
                                 name);
    }
    if (code == ARTREPO_OK) {
        code =
            artrepo_artifact_parse(text, size, name, context->operation, artifact, &context->error);
    }
    artrepo_source_close(source);
    free(text);
    return code;
}

static artrepo_code make_artifact(struct context *context, artrepo_artifact **artifact) {
    const struct options *options = &context->options;
    const char *given = options->artifact;
    artrepo_code code =
        given == NULL     ? artrepo_artifact_new("artifact", NULL, artifact, &context->error)
        : given[0] == '@' ? read_file(context, given + 1, artifact)
                          : artrepo_artifact_parse(given, strlen(given), "--artifact",
                                                   context->operation, artifact, &context->error);
    if (code == ARTREPO_OK && options->strategy.kind != ARTREPO_ARCHIVE_UNSET) {
        artrepo_artifact_set_strategy(*artifact, &options->strategy);
    }
    return code;
}

/* ---- the command ---- */

static artrepo_code explain(struct context *context, const char *key,
                            const artrepo_artifact *artifact) {
    const artrepo_explain_options options = {.limits = context->options.limits,
                                             .entries = context->options.entries};
    artrepo_explanation *explanation = NULL;
    artrepo_code code = artrepo_artifact_explain(context->repository, key, artifact, &options,
                                                 context->operation, &explanation, &context->error);
    if (code == ARTREPO_OK) {
        const char *path = artrepo_artifact_path(artifact);
        code = (context->options.json ? explain_print_json : explain_print_text)(
            key, path == NULL ? "PATH" : path, explanation, &context->error);
    }
    artrepo_explanation_free(explanation);
    return code;
}

static artrepo_code run(struct context *context, char **operands, size_t count) {
    (void)count;
    char *key = NULL;
    artrepo_artifact *artifact = NULL;
    artrepo_code code = make_artifact(context, &artifact);
    if (code == ARTREPO_OK) {
        code = target_open(context, operands[0], false, &key);
    }
    if (code == ARTREPO_OK) {
        code = explain(context, key, artifact);
    }
    free(key);
    artrepo_artifact_free(artifact);
    return code;
}

const struct command explain_command = {
    .name = "explain",
    .operands = "KEY|URL",
    .summary = "say what loading an artifact would do, and why",
    .description =
        "Says what the executor would do with the object KEY, or the objects below it, as an\n"
        "input artifact: which rule applies, what the path becomes, what would be refused and\n"
        "why, and where Argo's own executor would fail or lose data. No more of the object is\n"
        "read than that takes: its first bytes where those decide, the headers of an archive,\n"
        "and a compressed tar to its end, or up to --entries.",
    .example = "cd \"$(mktemp -d)\"\n"
               "mkdir letters && echo 'Dear reader' > letters/first.txt\n"
               "artctl put letters mail/letters.tgz\n"
               "artctl explain mail/letters.tgz\n"
               "artctl explain mail/letters.tgz --artifact '{name: mail, archive: {none: {}}}'",
    .least_operands = 1,
    .most_operands = 1,
    .options = tables,
    .run = run,
};
