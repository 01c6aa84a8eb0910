/* What a listing brought. */
#ifndef TESTS_BEHAVIOUR_LISTING_H
#define TESTS_BEHAVIOUR_LISTING_H

#include "suite.h"

typedef struct listing {
    char **keys;
    int64_t bytes; /* of all objects together */
    size_t count;
    size_t stop_at;            /* ends the listing with this object; 0: never */
    artrepo_operation *cancel; /* cancelled there instead, when not NULL */
    bool in_order;             /* of the keys' bytes, and none twice */
    bool well;                 /* each had a size and a time */
} listing;

/* ARTREPO_REFUSED_UNSAFE with "enough" at STOP_AT. Free LIST in any case. */
artrepo_code list_keys(const suite *s, const char *prefix, listing *list,
                       artrepo_operation *operation, artrepo_error *error);
void listing_free(listing *list);

/* Exactly these keys (in the order of their bytes) begin with PREFIX. */
void assert_listed(const suite *s, const char *prefix, const char *const *keys, size_t count);

/* Puts COUNT small objects of `NAME/%04d`, by several threads. */
void put_many(const suite *s, const char *name, int count);

#endif
