/* What a subcommand is, and the table of them. */
#ifndef ARTCTL_COMMAND_H
#define ARTCTL_COMMAND_H

#include <artrepo/error.h>

#include "context.h"
#include "options.h"

struct command {
    const char *name;
    const char *operands; /* as in the usage line: "PATH [KEY|URL]" */
    const char *summary;  /* one line for the list of commands */
    const char *description;
    const char *example; /* shell commands that work as they stand */
    size_t least_operands, most_operands;
    const option_spec *const *options; /* tables, NULL at the end */
    artrepo_code (*run)(struct context *context, char **operands, size_t count);
};

extern const struct command put_command, get_command, ls_command, stat_command, cat_command,
    rm_command, explain_command, key_command, config_command, version_command, bench_command,
    load_command, save_command, stage_command;

/* All of them in the order of the help text; NULL at the end. */
extern const struct command *const commands[];

/* NULL when there is none of that name. */
const struct command *command_find(const char *name);

#endif
