/* Shared by the commands that write an object to standard output. */
#ifndef ARTCTL_GET_H
#define ARTCTL_GET_H

#include "context.h"

/* The bytes of KEY as they are stored. */
artrepo_code get_to_output(struct context *context, const char *key);

#endif
