/* artctl version: of the program and of the library that runs. */
#include "command.h"

#include <artrepo/version.h>

#include "output.h"

#include <stdio.h>

static artrepo_code run(struct context *context, char **operands, size_t count) {
    (void)operands;
    (void)count;
    if (context->options.json) {
        json_t *json = json_object();
        json_object_set_new(json, "version", output_text(ARTREPO_VERSION));
        json_object_set_new(json, "library", output_text(artrepo_version()));
        return output_json(json, &context->error);
    }
    printf("artctl %s, libartrepo %s\n", ARTREPO_VERSION, artrepo_version());
    return ARTREPO_OK;
}

const struct command version_command = {
    .name = "version",
    .operands = "",
    .summary = "show the version",
    .description = "Shows the version of artctl and of the library that it runs with.",
    .example = "artctl version",
    .least_operands = 0,
    .most_operands = 0,
    .options = NULL,
    .run = run,
};
