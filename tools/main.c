/* artctl: finds the command, runs it, reports how it went. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "command.h"
#include "help.h"
#include "nearest.h"
#include "output.h"
#include "signals.h"
#include "stages.h"

enum {
    EXIT_USAGE = 2,
    EXIT_NOT_FOUND = 3,
    EXIT_ACCESS_DENIED = 4,
    EXIT_GAVE_UP = 5,
    EXIT_REFUSED = 6,
    EXIT_BROKEN_PIPE = 141, /* what a shell shows for a program that SIGPIPE ended */
    EXIT_SIGNAL = 128
};

const struct command *const commands[] = {
    &put_command, &get_command,    &ls_command,    &stat_command,    &cat_command,
    &rm_command,  &load_command,   &save_command,  &stage_command,   &explain_command,
    &key_command, &config_command, &bench_command, &version_command, NULL};

const struct command *command_find(const char *name) {
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

/* ---- the command line ---- */

struct invocation {
    const struct command *command; /* NULL: help alone was asked for */
    char **operands;
    size_t count;
};

static artrepo_code unknown_command(struct context *context, const char *name) {
    const char *names[sizeof commands / sizeof commands[0]];
    size_t count = 0;
    for (; commands[count] != NULL; count++) {
        names[count] = commands[count]->name;
    }
    const char *nearest = nearest_name(name, names, count);
    if (nearest != NULL) {
        return context_usage(context, "unknown command '%s'; did you mean '%s'?", name, nearest);
    }
    return context_usage(context, "unknown command '%s'", name);
}

static artrepo_code check_operands(struct context *context, const struct invocation *invocation) {
    const struct command *command = invocation->command;
    if (context->options.help) {
        return ARTREPO_OK;
    }
    if (invocation->count < command->least_operands) {
        return context_usage(context, "operands are missing; usage: artctl %s [OPTION...] %s",
                             command->name, command->operands);
    }
    if (invocation->count > command->most_operands) {
        return context_usage(
            context, "operand '%s' is one too many; usage: artctl %s [OPTION...] %s",
            invocation->operands[command->most_operands], command->name, command->operands);
    }
    return ARTREPO_OK;
}

static artrepo_code choose_command(struct context *context, option_parser *parser, const char *name,
                                   struct invocation *invocation) {
    if (strcmp(name, "help") == 0) {
        char *topic = NULL;
        artrepo_code code = option_parser_next(parser, &topic, &context->error);
        context->options.help = true;
        if (code != ARTREPO_OK || topic == NULL) {
            return code;
        }
        name = topic;
    }
    invocation->command = command_find(name);
    if (invocation->command == NULL) {
        return unknown_command(context, name);
    }
    parser->tables = invocation->command->options;
    return ARTREPO_OK;
}

/* Whether --json stands behind the place where parsing failed: the error is wanted as JSON then. */
static bool wants_json(const option_parser *parser) {
    for (size_t i = parser->position; i < parser->count; i++) {
        if (strcmp(parser->arguments[i], "--json") == 0) {
            return true;
        }
    }
    return false;
}

/* Operands are moved to the front of ARGUMENTS, behind which the parser has passed already. */
static artrepo_code parse(struct context *context, char **arguments, size_t count,
                          struct invocation *invocation) {
    option_parser parser = {.options = &context->options, .arguments = arguments, .count = count};
    char *operand;
    artrepo_code code = option_parser_next(&parser, &operand, &context->error);
    if (code == ARTREPO_OK && operand == NULL && !context->options.help) {
        return context_usage(context, "a command is missing");
    }
    if (code == ARTREPO_OK && operand != NULL) {
        code = choose_command(context, &parser, operand, invocation);
    }
    invocation->operands = arguments;
    while (code == ARTREPO_OK) {
        code = option_parser_next(&parser, &operand, &context->error);
        if (code != ARTREPO_OK || operand == NULL) {
            break;
        }
        arguments[invocation->count++] = operand;
    }
    if (code != ARTREPO_OK) {
        context->usage = code == ARTREPO_INVALID;
        context->options.json = context->options.json || wants_json(&parser);
        return code;
    }
    return invocation->command != NULL ? check_operands(context, invocation) : ARTREPO_OK;
}

/* ---- the outcome ---- */

static int exit_code(const struct context *context, artrepo_code code) {
    if (context->usage) {
        return EXIT_USAGE;
    }
    switch (code) {
    case ARTREPO_OK:
        return EXIT_SUCCESS;
    case ARTREPO_NOT_FOUND:
        return EXIT_NOT_FOUND;
    case ARTREPO_ACCESS_DENIED:
        return EXIT_ACCESS_DENIED;
    case ARTREPO_TRANSIENT:
        return EXIT_GAVE_UP;
    case ARTREPO_REFUSED_UNSAFE:
        return EXIT_REFUSED;
    case ARTREPO_CANCELLED:
        return signals_caught() != 0 ? EXIT_SIGNAL + signals_caught() : EXIT_GAVE_UP;
    default:
        return EXIT_FAILURE;
    }
}

static void report(struct context *context, const char *command_name, const char *code_name) {
    const char *space = command_name[0] != '\0' ? " " : "";
    fprintf(stderr, "artctl%s%s: %s", space, command_name, context->error.message);
    if (context->usage) {
        fprintf(stderr, " (see 'artctl%s%s --help')", space, command_name);
    }
    fputc('\n', stderr);
    if (context->options.json) {
        output_error(code_name, &context->error);
    }
}

static artrepo_code run(struct context *context, const struct invocation *invocation) {
    artrepo_code code = context_start(context);
    if (code != ARTREPO_OK) {
        return code;
    }
    code = invocation->command->run(context, invocation->operands, invocation->count);
    progress_pause(&context->progress);
    progress_resume(&context->progress);
    if (context->options.stats) {
        stages_print(context);
    }
    return code;
}

/* Where a standard descriptor is closed, the next file to be opened would get its number, and what
 * is printed would be written into an artifact. Descriptors of a path alone take the places:
 * reading and writing them fails as it does where nothing is open. */
static bool hold_standard_descriptors(void) {
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) < 0 && open("/dev/null", O_PATH) != descriptor &&
            open("/", O_PATH) != descriptor) {
            return false;
        }
    }
    return true;
}

/* There would be secrets in them. */
static void forbid_core_dumps(void) {
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

int main(int argc, char **argv) {
    struct context context;
    struct invocation invocation = {0};
    if (!hold_standard_descriptors()) {
        return EXIT_FAILURE;
    }
    forbid_core_dumps();
    context_init(&context);
    artrepo_code code = parse(&context, argv + 1, argc > 0 ? (size_t)argc - 1 : 0, &invocation);
    const char *name = invocation.command != NULL ? invocation.command->name : "";
    if (code == ARTREPO_OK && invocation.command == NULL) {
        help_general(stdout);
    } else if (code == ARTREPO_OK && context.options.help) {
        help_command(invocation.command, stdout);
    } else if (code == ARTREPO_OK) {
        code = run(&context, &invocation);
    }
    if (code == ARTREPO_OK) {
        code = output_finish(&context.error);
    }
    int status = exit_code(&context, code);
    if (code != ARTREPO_OK && context.error.system_errno == EPIPE) {
        status = EXIT_BROKEN_PIPE; /* whoever read our output has seen enough */
    } else if (code != ARTREPO_OK) {
        report(&context, name, context.usage ? "usage" : artrepo_code_name(code));
        output_finish(NULL);
    }
    context_clear(&context);
    return status;
}
