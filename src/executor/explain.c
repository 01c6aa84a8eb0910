/* What a load would do: an object before a prefix, as there. */
#include "executor/explain.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t default_entries = 100000;
static const size_t default_remarks = 20;

static const char *scratch_directory(const artrepo_explain_options *options) {
    if (options->scratch_directory != NULL) {
        return options->scratch_directory;
    }
    const char *given = getenv("TMPDIR");
    return given != NULL && given[0] != '\0' ? given : "/tmp";
}

/* NOT_FOUND is what the store said of the object, if it was asked. */
static artrepo_code explain_prefix(const ar_explain *explain, const artrepo_error *not_found,
                                   artrepo_error *error) {
    artrepo_code code = ARTREPO_NOT_FOUND;
    if (artrepo_repository_capabilities(explain->repository) & ARTREPO_CAN_LIST) {
        code = ar_explain_prefix(explain, error);
    }
    if (code == ARTREPO_NOT_FOUND && not_found->code != ARTREPO_OK) {
        *error = *not_found;
    }
    return code;
}

static artrepo_code explain_key(const ar_explain *explain, artrepo_error *error) {
    size_t length = strlen(explain->key);
    artrepo_error not_found = ARTREPO_ERROR_INIT;
    artrepo_object object = {.size = -1};
    if (length > 0 && explain->key[length - 1] == '/') {
        return explain_prefix(explain, &not_found, error);
    }
    artrepo_code code = artrepo_repository_stat(explain->repository, explain->key, &object,
                                                explain->operation, error);
    if (code == ARTREPO_NOT_FOUND) {
        not_found = *error;
        return explain_prefix(explain, &not_found, error);
    }
    return code == ARTREPO_OK ? ar_explain_object(explain, &object, error) : code;
}

static void describe_skip(artrepo_explanation *explanation) {
    explanation->verdict.action = ARTREPO_EXPLAIN_SKIP;
    ar_explanation_add_rule(explanation, "there is neither an object nor a prefix of that key, and "
                                         "the artifact is optional: skipped");
}

static void describe_mode(artrepo_explanation *explanation, const artrepo_artifact *artifact) {
    int mode = artrepo_artifact_mode(artifact);
    if (mode >= 0 && explanation->verdict.code == ARTREPO_OK) {
        ar_explanation_add_rule(explanation, "the path%s gets the mode %04o",
                                artrepo_artifact_recurse_mode(artifact) ? " and everything below it"
                                                                        : "",
                                (unsigned)mode);
    }
}

artrepo_code artrepo_artifact_explain(artrepo_repository *repository, const char *key,
                                      const artrepo_artifact *artifact,
                                      const artrepo_explain_options *options,
                                      artrepo_operation *operation, artrepo_explanation **out,
                                      artrepo_error *error) {
    static const artrepo_explain_options none = {.entries = 0};
    options = options == NULL ? &none : options;
    ar_explain explain = {
        .repository = repository,
        .key = key,
        .strategy = artrepo_artifact_strategy(artifact),
        .limits = options->limits,
        .most_entries = options->entries == 0 ? default_entries : options->entries,
        .scratch = scratch_directory(options),
        .operation = operation,
        .explanation =
            ar_explanation_new(options->remarks == 0 ? default_remarks : options->remarks)};
    if (explain.explanation == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to explain %s", key);
    }
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_code code = explain_key(&explain, &failure);
    if (code == ARTREPO_NOT_FOUND && artrepo_artifact_optional(artifact)) {
        describe_skip(explain.explanation);
        code = ARTREPO_OK;
    } else if (code == ARTREPO_OK) {
        describe_mode(explain.explanation, artifact);
    }
    if (code == ARTREPO_OK) {
        code = ar_explanation_finish(explain.explanation, &failure);
    }
    if (code != ARTREPO_OK) {
        artrepo_explanation_free(explain.explanation);
        if (error != NULL) {
            *error = failure;
        }
        return code;
    }
    *out = explain.explanation;
    return ARTREPO_OK;
}
