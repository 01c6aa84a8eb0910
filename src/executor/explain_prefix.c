/* A prefix: every listed key is judged as the load judges it, and its file made without data. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "archive/place.h"
#include "archive/tree.h"
#include "base/path.h"
#include "executor/explain.h"
#include "executor/listed_keys.h"

typedef struct prefix_context {
    const ar_explain *explain;
    ar_listed_keys keys;
    ar_tree *tree;
    bool stopped;
} prefix_context;

static artrepo_code make_file(prefix_context *context, const char *name, artrepo_error *error) {
    int descriptor = -1;
    artrepo_code code = ar_tree_create_file(context->tree, name, &descriptor, error);
    if (code == ARTREPO_OK) {
        close(descriptor);
    }
    return code;
}

/* NULL for NAME: a folder marker. */
static artrepo_code take_key(prefix_context *context, const artrepo_object *object,
                             const char *name, artrepo_error *error) {
    artrepo_explanation *explanation = context->explain->explanation;
    artrepo_verdict *verdict = &explanation->verdict;
    if (name == NULL) {
        ar_explanation_remark(explanation, ARTREPO_REMARK_PASSED_OVER, object->key,
                              "a folder marker");
        return ARTREPO_OK;
    }
    artrepo_error refusal = ARTREPO_ERROR_INIT;
    artrepo_code code = make_file(context, name, &refusal);
    if (code != ARTREPO_OK && ar_explain_is_our_failure(&refusal)) {
        *error = refusal;
        return code;
    }
    verdict->entries++;
    verdict->files++;
    verdict->bytes += object->size > 0 ? (uint64_t)object->size : 0;
    if (code != ARTREPO_OK) {
        ar_explanation_refuse(explanation, object->key, &refusal);
    }
    return ARTREPO_OK;
}

static artrepo_code stop(prefix_context *context, artrepo_error *error) {
    context->stopped = true;
    return artrepo_error_set(error, ARTREPO_CANCELLED, "enough was listed");
}

static artrepo_code visit(void *data, const artrepo_object *object, artrepo_error *error) {
    prefix_context *context = data;
    artrepo_explanation *explanation = context->explain->explanation;
    if (explanation->verdict.entries >= context->explain->most_entries) {
        return stop(context, error);
    }
    char *name = NULL;
    artrepo_error refusal = ARTREPO_ERROR_INIT;
    artrepo_code code = ar_listed_keys_take(&context->keys, object, &name, &refusal);
    if (code == ARTREPO_REFUSED_UNSAFE) {
        const char *relative = object->key + strlen(context->keys.prefix);
        explanation->verdict.entries++;
        ar_explanation_refuse(explanation, object->key, &refusal);
        if (ar_path_has_dot_dot(relative)) {
            ar_reference_on_listed_key(explanation, object->key);
        }
        return ARTREPO_OK;
    }
    if (code != ARTREPO_OK) {
        *error = refusal;
        return code;
    }
    code = take_key(context, object, name, error);
    free(name);
    return code;
}

static artrepo_code list(prefix_context *context, artrepo_error *error) {
    const ar_explain *explain = context->explain;
    artrepo_code code = artrepo_repository_list(explain->repository, context->keys.prefix, visit,
                                                context, explain->operation, error);
    if (context->stopped) {
        code = ARTREPO_OK;
    }
    if (code == ARTREPO_OK && context->keys.objects == 0) {
        return artrepo_error_set(error, ARTREPO_NOT_FOUND, "there is no object below %s",
                                 context->keys.prefix);
    }
    return code;
}

static artrepo_code list_aside(prefix_context *context, artrepo_error *error) {
    char path[4096];
    ar_place place;
    if (snprintf(path, sizeof path, "%s/artrepo-rehearsal", context->explain->scratch) >=
        (int)sizeof path) {
        return artrepo_error_set(error, ARTREPO_INVALID, "the name of the directory %s is too long",
                                 context->explain->scratch);
    }
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_code code = ar_place_open(&place, path, &failure);
    if (code != ARTREPO_OK) {
        return ar_explain_scratch_failure(context->explain, &failure, error);
    }
    code = ar_tree_open(place.directory, &context->tree, error);
    if (code == ARTREPO_OK) {
        code = list(context, error);
    }
    ar_tree_close(context->tree);
    artrepo_code discarded = ar_place_discard(&place, code == ARTREPO_OK ? error : NULL);
    return code == ARTREPO_OK ? discarded : code;
}

artrepo_code ar_explain_prefix(const ar_explain *explain, artrepo_error *error) {
    artrepo_explanation *explanation = explain->explanation;
    char *prefix = ar_path_concatenate(explain->key, "");
    if (prefix == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to explain %s", explain->key);
    }
    prefix_context context = {.explain = explain,
                              .keys = {.prefix = prefix, .limits = &explain->limits}};
    artrepo_code code = list_aside(&context, error);
    if (code == ARTREPO_OK) {
        artrepo_verdict *verdict = &explanation->verdict;
        verdict->action = ARTREPO_EXPLAIN_DIRECTORY;
        verdict->form = ARTREPO_FORM_DIRECTORY;
        verdict->complete = !context.stopped;
        ar_explanation_add_rule(explanation,
                                "there is no object %s, but there are objects below %s",
                                explain->key, prefix);
        ar_explanation_add_rule(explanation, "all of them become a directory, as they are");
        ar_reference_on_prefix(explanation, &explain->strategy);
    }
    free(prefix);
    return code;
}
