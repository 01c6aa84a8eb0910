/* A location's inside: a kind, its settings without the key, and the key. */
#ifndef AR_REPOSITORY_LOCATION_H
#define AR_REPOSITORY_LOCATION_H

#include <stdbool.h>

#include <artrepo/artifact.h>

#include "base/value.h"
#include "repository/kind.h"

struct artrepo_location {
    char *name;          /* "s3", or the name of a driver */
    const ar_kind *kind; /* never NULL */
    ar_value *settings;  /* an object; a URL that holds the key stays in it */
    char *key;           /* NULL: none yet */
    bool from_url;       /* says all by itself, and its key holds no tags */
};

/* Takes SETTINGS over in any case (NULL: no memory was left for them). The key is taken out of
 * them. NULL when there is no memory. */
artrepo_location *ar_location_new(const char *name, ar_value *settings);
artrepo_location *ar_location_copy(const artrepo_location *location);
artrepo_code ar_location_set_key(artrepo_location *location, const char *key, artrepo_error *error);
/* Whether it needs nothing from the repository's location. */
bool ar_location_is_complete(const artrepo_location *location);

#endif
