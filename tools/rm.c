/* artctl rm: an object, or all objects below a key. */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "output.h"
#include "target.h"

static const option_spec own_options[] = {{"recursive", 'R', OPTION_FLAG, OPTION_FIELD(recursive),
                                           NULL, "remove everything below KEY", 0, 0},
                                          {0}};

static const option_spec *const tables[] = {own_options, NULL};

static artrepo_code nothing_below(struct context *context, const char *folder) {
    return artrepo_error_set(&context->error, ARTREPO_NOT_FOUND, "there is nothing below '%s'",
                             folder);
}

static artrepo_code print_removed(struct context *context, const char *key, int64_t objects) {
    if (!context->options.json) {
        return ARTREPO_OK;
    }
    json_t *json = json_object();
    json_object_set_new(json, "key", output_text(key));
    json_object_set_new(json, "removed", json_integer(objects));
    return output_json(json, &context->error);
}

static artrepo_code count_object(void *data, const artrepo_object *object, artrepo_error *error) {
    (void)object;
    (void)error;
    ++*(int64_t *)data;
    return ARTREPO_OK;
}

/* FOLDER ends in "/". */
static artrepo_code remove_below(struct context *context, const char *folder) {
    int64_t objects = 0;
    artrepo_code code = artrepo_repository_list(context->repository, folder, count_object, &objects,
                                                context->operation, &context->error);
    if (code == ARTREPO_OK && objects == 0) {
        return nothing_below(context, folder);
    }
    if (code == ARTREPO_OK) {
        code = artrepo_repository_remove(context->repository, folder, context->operation,
                                         &context->error);
    }
    return code == ARTREPO_OK ? print_removed(context, folder, objects) : code;
}

static artrepo_code remove_directory(struct context *context, const char *key) {
    char *folder;
    if (asprintf(&folder, "%s/", key) < 0) {
        return artrepo_error_set(&context->error, ARTREPO_INTERNAL, "no memory for key %s", key);
    }
    artrepo_code code = remove_below(context, folder);
    free(folder);
    return code;
}

/* Stores say nothing when an object to remove is not there, but who mistyped a key wants to know.
 */
static artrepo_code remove_object(struct context *context, const char *key) {
    artrepo_error said = ARTREPO_ERROR_INIT;
    bool is_directory = false;
    artrepo_code code =
        artrepo_repository_stat(context->repository, key, NULL, context->operation, &said);
    if (code == ARTREPO_NOT_FOUND) {
        context->error = said;
        artrepo_code looked = artrepo_repository_is_directory(
            context->repository, key, &is_directory, context->operation, &said);
        if (looked != ARTREPO_OK || !is_directory) {
            return code;
        }
        return context->options.recursive
                   ? remove_directory(context, key)
                   : context_usage(context,
                                   "'%s' is a directory; remove all that is below it with "
                                   "--recursive",
                                   key);
    }
    code = artrepo_repository_remove(context->repository, key, context->operation, &context->error);
    return code == ARTREPO_OK ? print_removed(context, key, 1) : code;
}

static artrepo_code run(struct context *context, char **operands, size_t count) {
    (void)count;
    const char *text = operands[0];
    size_t length = strlen(text);
    bool below = length > 0 && text[length - 1] == '/';
    char *key = NULL;
    if (below && !context->options.recursive) {
        return context_usage(context,
                             "'%s' ends in '/', so all that is below it would go; say "
                             "--recursive when that is meant",
                             text);
    }
    artrepo_code code = target_open(context, text, false, &key);
    if (code == ARTREPO_OK) {
        code = below ? remove_below(context, key) : remove_object(context, key);
    }
    free(key);
    return code;
}

const struct command rm_command = {
    .name = "rm",
    .operands = "KEY|URL",
    .summary = "remove an object, or all below a key",
    .description = "Removes the object KEY. With --recursive, KEY may also be a directory or end\n"
                   "in '/': everything below it is removed.",
    .example = "echo one | artctl put - drafts/one.txt\n"
               "echo two | artctl put - drafts/two.txt\n"
               "artctl rm drafts/one.txt\n"
               "artctl rm --recursive drafts/",
    .least_operands = 1,
    .most_operands = 1,
    .options = tables,
    .run = run,
};
