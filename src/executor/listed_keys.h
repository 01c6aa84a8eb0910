/* The keys that a store lists below a prefix, as names below a destination. A store may list any
 * key; none may be written outside. */
#ifndef AR_EXECUTOR_LISTED_KEYS_H
#define AR_EXECUTOR_LISTED_KEYS_H

#include <artrepo/archive.h>
#include <artrepo/driver.h>

typedef struct ar_listed_keys {
    const char *prefix; /* ends in "/" */
    const artrepo_archive_limits *limits;
    uint64_t bytes, objects; /* so far */
} ar_listed_keys;

/* *NAME is clean and the caller's to free; NULL for a folder marker. ARTREPO_REFUSED_UNSAFE for a
 * key that leaves the destination, and past the limits. */
artrepo_code ar_listed_keys_take(ar_listed_keys *keys, const artrepo_object *object, char **name,
                                 artrepo_error *error);

#endif
