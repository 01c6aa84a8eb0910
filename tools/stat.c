/* artctl stat: what the store says of one object. */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "output.h"
#include "target.h"

static artrepo_code print_text(const char *key, const artrepo_object *object,
                               artrepo_error *error) {
    printf("key           ");
    artrepo_code code = output_line(key, error);
    if (code == ARTREPO_OK && object->size >= 0) {
        printf("size          %lld\n", (long long)object->size);
    }
    if (code == ARTREPO_OK && object->modified_ms != 0) {
        printf("modified      %s\n", format_time(object->modified_ms).text);
    }
    if (code == ARTREPO_OK && object->version[0] != '\0') {
        printf("version       ");
        code = output_line(object->version, error);
    }
    if (code == ARTREPO_OK && object->content_type[0] != '\0') {
        printf("content type  ");
        code = output_line(object->content_type, error);
    }
    return code;
}

static artrepo_code print_directory(struct context *context, const char *key) {
    if (context->options.json) {
        json_t *json = json_object();
        json_object_set_new(json, "key", output_text(key));
        json_object_set_new(json, "directory", json_true());
        return output_json(json, &context->error);
    }
    printf("key           ");
    artrepo_code code = output_line(key, &context->error);
    printf("directory     yes\n");
    return code;
}

/* When there is no object KEY: whether there are some below it. Otherwise the error stays. */
static artrepo_code look_below(struct context *context, const char *key) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    bool is_directory = false;
    char *folder = strdup(key);
    if (folder == NULL) {
        return context->error.code;
    }
    for (size_t length = strlen(folder); length > 1 && folder[length - 1] == '/'; length--) {
        folder[length - 1] = '\0';
    }
    artrepo_code code = artrepo_repository_is_directory(context->repository, folder, &is_directory,
                                                        context->operation, &error);
    code =
        code == ARTREPO_OK && is_directory ? print_directory(context, folder) : context->error.code;
    free(folder);
    return code;
}

static artrepo_code run(struct context *context, char **operands, size_t count) {
    (void)count;
    char *key = NULL;
    artrepo_object object = {.size = -1};
    artrepo_code code = target_open(context, operands[0], false, &key);
    if (code != ARTREPO_OK) {
        return code;
    }
    code = artrepo_repository_stat(context->repository, key, &object, context->operation,
                                   &context->error);
    if (code == ARTREPO_NOT_FOUND) {
        code = look_below(context, key);
    } else if (code == ARTREPO_OK) {
        code = context->options.json ? output_json(output_object(key, &object), &context->error)
                                     : print_text(key, &object, &context->error);
    }
    free(key);
    return code;
}

const struct command stat_command = {
    .name = "stat",
    .operands = "KEY|URL",
    .summary = "show size, time and version of an object",
    .description = "Shows what the store says of the object KEY, or that KEY is a directory of\n"
                   "objects.",
    .example = "echo 'Hello, stat.' | artctl put - greetings/stat.txt\n"
               "artctl stat greetings/stat.txt",
    .least_operands = 1,
    .most_operands = 1,
    .options = NULL,
    .run = run,
};
