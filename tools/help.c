#include "help.h"

static void print_option(const option_spec *spec, FILE *file) {
    char text[64];
    const char *argument = spec->argument;
    snprintf(text, sizeof text, "%c%c%c --%s%s%s", spec->letter != '\0' ? '-' : ' ',
             spec->letter != '\0' ? spec->letter : ' ', spec->letter != '\0' ? ',' : ' ',
             spec->name, argument != NULL ? " " : "", argument != NULL ? argument : "");
    fprintf(file, "  %-26s %s\n", text, spec->help);
}

static void print_options(const option_spec *table, FILE *file) {
    for (; table->name != NULL; table++) {
        print_option(table, file);
    }
}

static void print_indented(const char *text, FILE *file) {
    fputs("  ", file);
    for (; *text != '\0'; text++) {
        fputc(*text, file);
        if (*text == '\n') {
            fputs("  ", file);
        }
    }
    fputc('\n', file);
}

void help_command(const struct command *command, FILE *file) {
    fprintf(file, "usage: artctl %s [OPTION...]%s%s\n\n%s\n", command->name,
            command->operands[0] != '\0' ? " " : "", command->operands, command->description);
    if (command->options != NULL) {
        fputs("\nOptions:\n", file);
        for (size_t i = 0; command->options[i] != NULL; i++) {
            print_options(command->options[i], file);
        }
    }
    fputs("\nOptions of all commands:\n", file);
    print_options(global_options, file);
    fputs("\nExample:\n", file);
    print_indented(command->example, file);
}

void help_general(FILE *file) {
    fputs("usage: artctl COMMAND [OPTION...] [OPERAND...]\n\n"
          "Moves artifacts to and from an Argo Workflows artifact repository.\n\n"
          "Commands:\n",
          file);
    for (size_t i = 0; commands[i] != NULL; i++) {
        fprintf(file, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
    }
    fputs("\nOptions of all commands:\n", file);
    print_options(global_options, file);
    fputs("\nExit codes:\n"
          "  0 done, 1 failed, 2 usage, 3 not found, 4 access denied, 5 gave up after retries or\n"
          "  at the timeout, 6 refused as unsafe\n"
          "\n'artctl COMMAND --help' says more of one command and has an example.\n",
          file);
}
