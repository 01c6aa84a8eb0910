/* artctl ls: keys below a key or a prefix. */
#include "command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <artrepo/executor.h>

#include "format.h"
#include "output.h"
#include "target.h"

static const option_spec own_options[] = {
    {"long", 'l', OPTION_FLAG, OPTION_FIELD(long_format), NULL,
     "size in bytes and time of the last change before each key", 0, 0},
    {0}};

static const option_spec *const tables[] = {own_options, NULL};

struct listing {
    struct context *context;
    size_t count;
};

static void print_size_and_time(const artrepo_object *object) {
    if (object->size >= 0) {
        printf("%14lld  ", (long long)object->size);
    } else {
        printf("%14s  ", "-");
    }
    printf("%-20s  ", object->modified_ms != 0 ? format_time(object->modified_ms).text : "-");
}

static artrepo_code print_object(void *data, const artrepo_object *object, artrepo_error *error) {
    struct listing *listing = data;
    size_t length = strlen(object->key);
    if (length > 0 && object->key[length - 1] == '/') {
        return ARTREPO_OK; /* a folder marker of some console */
    }
    listing->count++;
    if (listing->context->options.json) {
        return output_json(output_object(object->key, object), error);
    }
    if (listing->context->options.long_format) {
        print_size_and_time(object);
    }
    return output_line(object->key, error);
}

/* A text that ends in "/", and the empty one, is a prefix; any other names an object or a folder.
 */
static artrepo_code list(struct context *context, const char *key, struct listing *listing) {
    size_t length = strlen(key);
    if (length == 0 || key[length - 1] == '/') {
        return artrepo_repository_list(context->repository, key, print_object, listing,
                                       context->operation, &context->error);
    }
    return artrepo_artifact_list(context->repository, key, print_object, listing,
                                 context->operation, &context->error);
}

static artrepo_code run(struct context *context, char **operands, size_t count) {
    char *key = NULL;
    struct listing listing = {.context = context};
    artrepo_code code = target_open(context, count > 0 ? operands[0] : "", true, &key);
    if (code == ARTREPO_OK) {
        code = list(context, key, &listing);
    }
    if (code == ARTREPO_OK && listing.count == 0) {
        code = artrepo_error_set(
            &context->error, ARTREPO_NOT_FOUND,
            key[0] == '\0' ? "the repository is empty%s" : "there is nothing below '%s'", key);
    }
    free(key);
    return code;
}

const struct command ls_command = {
    .name = "ls",
    .operands = "[KEY|URL]",
    .summary = "list keys",
    .description =
        "Lists the object KEY, or the objects below it; without KEY, all objects of the\n"
        "repository. No match is an error (exit code 3).",
    .example = "echo one | artctl put - numbers/one.txt\n"
               "echo two | artctl put - numbers/two.txt\n"
               "artctl ls -l numbers",
    .least_operands = 0,
    .most_operands = 1,
    .options = tables,
    .run = run,
};
