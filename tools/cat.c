/* artctl cat: an object to standard output, as it is stored. */
#include "command.h"

#include <stdlib.h>

#include "get.h"
#include "target.h"

static artrepo_code run(struct context *context, char **operands, size_t count) {
    (void)count;
    char *key = NULL;
    if (context->options.json) {
        return context_usage(context, "--json has no meaning here: the bytes go to standard "
                                      "output");
    }
    artrepo_code code = target_open(context, operands[0], false, &key);
    if (code == ARTREPO_OK) {
        code = get_to_output(context, key);
    }
    free(key);
    return code;
}

const struct command cat_command = {
    .name = "cat",
    .operands = "KEY|URL",
    .summary = "write an object to standard output as it is stored",
    .description = "Writes the bytes of the object KEY to standard output, as they are stored:\n"
                   "archives are not unpacked.",
    .example = "echo 'Hello, cat.' | artctl put - greetings/cat.txt\n"
               "artctl cat greetings/cat.txt",
    .least_operands = 1,
    .most_operands = 1,
    .options = NULL,
    .run = run,
};
