#ifndef AR_EXECUTOR_MODE_H
#define AR_EXECUTOR_MODE_H

#include <stdbool.h>

#include <artrepo/error.h>

/* Gives PATH the permissions MODE, and with RECURSE all files and directories below it. Symbolic
 * links are neither changed nor followed, PATH itself included; nor are those that another process
 * puts in the place of a directory meanwhile. */
artrepo_code ar_apply_mode(const char *path, unsigned mode, bool recurse, artrepo_error *error);

#endif
