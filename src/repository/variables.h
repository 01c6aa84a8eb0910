#ifndef AR_REPOSITORY_VARIABLES_H
#define AR_REPOSITORY_VARIABLES_H

#include <stddef.h>

#include <artrepo/key.h>

/* The value of the variable whose name is the LENGTH bytes at NAME; NULL when it is not set or
 * VARIABLES is NULL. */
const char *ar_variables_find(const artrepo_variables *variables, const char *name, size_t length);

#endif
