#ifndef AR_REPOSITORY_REMOVE_BELOW_H
#define AR_REPOSITORY_REMOVE_BELOW_H

#include "repository/layer.h"

/* Removes every object whose key begins with PREFIX, with as few requests as the driver allows or
 * else several at a time. Nothing there is fine. */
artrepo_code ar_remove_below(const ar_opened *opened, const char *prefix,
                             artrepo_operation *operation, artrepo_error *error);

#endif
