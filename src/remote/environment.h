/* Variables of the environment: an empty one counts as not set. */
#ifndef AR_REMOTE_ENVIRONMENT_H
#define AR_REMOTE_ENVIRONMENT_H

#include <stdlib.h>

/* NULL when NAME is not set. */
static inline const char *ar_environment(const char *name) {
    const char *value = getenv(name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

/* The first of both that is set. */
static inline const char *ar_environment_of(const char *name, const char *otherwise) {
    const char *value = ar_environment(name);
    return value == NULL ? ar_environment(otherwise) : value;
}

#endif
