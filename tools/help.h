/* Help texts, made from the tables of commands and options. */
#ifndef ARTCTL_HELP_H
#define ARTCTL_HELP_H

#include <stdio.h>

#include "command.h"

void help_general(FILE *file);
void help_command(const struct command *command, FILE *file);

#endif
