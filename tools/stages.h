/* Where the time of an operation went. */
#ifndef ARTCTL_STAGES_H
#define ARTCTL_STAGES_H

#include "context.h"

/* A table on standard error, for --stats. */
void stages_print(struct context *context);

#endif
