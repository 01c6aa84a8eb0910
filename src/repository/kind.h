/* The kinds of repositories and locations: what each is called, has, and needs. */
#ifndef AR_REPOSITORY_KIND_H
#define AR_REPOSITORY_KIND_H

#include <stdbool.h>

#include "base/value.h"
#include "repository/schema.h"

typedef struct ar_kind {
    const char *name;
    const ar_field *fields;        /* what repositories and locations share; NULL: not checked */
    const ar_field *scheme_fields; /* of a repository alone: its key scheme */
    const char *key_field;         /* "key", "blob", ...; NULL: locations have no key */
    bool key_in_url;               /* the key is the path of the URL in KEY_FIELD */
    bool key_needed;               /* NEEDED holds only together with a key */
    const char *format_field;      /* "keyFormat", ...; NULL: it has no key scheme */
    const char *prefix_field;      /* "keyPrefix"; NULL: it has none */
    const char *url_field;         /* "repoURL": what keys come behind; NULL: it has none */
    const char *needed[3];         /* an artifact's location without them is its key alone */
    bool repository;               /* Argo has repositories of this kind, or we do */
} ar_kind;

/* NULL when it is none of the known. */
const ar_kind *ar_kind_find(const char *name);
/* That of a driver that we know nothing about: any settings, "key" and "keyFormat". */
const ar_kind *ar_kind_of_driver(void);
/* The known one, or else that of a driver. Never NULL. */
const ar_kind *ar_kind_get(const char *name);

/* The kinds in the order in which they count when several are set: repositories' and artifacts'
 * locations'. Both end with NULL. */
extern const char *const ar_kinds_of_repositories[];
extern const char *const ar_kinds_of_locations[];

/* Whether an artifact's location is complete without the repository's, by Argo's rule. */
bool ar_kind_is_complete(const ar_kind *kind, const ar_value *settings, const char *key);

/* Whether NAME may be a driver's: letters, digits, "-" and "_". */
bool ar_kind_is_name(const char *name);

#endif
