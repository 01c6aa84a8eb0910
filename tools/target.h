/* What a KEY|URL on the command line means: an opened repository and a key in it. */
#ifndef ARTCTL_TARGET_H
#define ARTCTL_TARGET_H

#include <stdbool.h>

#include "context.h"

/* Whether TEXT is a URL rather than a key: "s3://...". One of an unknown kind is an error, and no
 * key. */
bool target_is_url(const char *text);

/*
 * Opens the repository, and copies the key. A URL needs no repository file; one that names the
 * bucket of the repository file in use takes that file's settings (endpoint, credentials, ...).
 * The empty key is a usage error unless EMPTY_ALLOWED. Free *KEY with free().
 */
artrepo_code target_open(struct context *context, const char *text, bool empty_allowed, char **key);

#endif
