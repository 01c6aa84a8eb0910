/* Listings come in pages, each of which names the next one by a token. A listing that never ends is
 * noticed without remembering what went before: by a token that comes again, and by page after page
 * with nothing in them. */
#ifndef AR_REMOTE_PAGES_H
#define AR_REMOTE_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include <artrepo/error.h>

typedef struct ar_pages {
    char *kept; /* one of the tokens before */
    uint64_t count, keep_next;
    uint64_t empty; /* in a row */
} ar_pages;

/* A page with that many objects came, and names the next one. */
artrepo_code ar_pages_turn(ar_pages *pages, const char *token, size_t objects,
                           artrepo_error *error);
/* Of one that is all zero, too. */
void ar_pages_close(ar_pages *pages);

#endif
