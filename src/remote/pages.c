#include "remote/pages.h"

#include <stdlib.h>
#include <string.h>

/* Stores may pass over what was removed, a page at a time. */
enum { MOST_EMPTY = 10000 };

/* The kept token is replaced at the 1st, 2nd, 4th, 8th page ...: when it is one of a circle, and no
 * older than the circle is long, it comes again (Brent's algorithm). */
static artrepo_code keep(ar_pages *pages, const char *token, artrepo_error *error) {
    char *copy = strdup(token);
    if (copy == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a listing");
    }
    free(pages->kept);
    pages->kept = copy;
    pages->keep_next = 2 * pages->count;
    return ARTREPO_OK;
}

artrepo_code ar_pages_turn(ar_pages *pages, const char *token, size_t objects,
                           artrepo_error *error) {
    pages->empty = objects > 0 ? 0 : pages->empty + 1;
    if (pages->empty > MOST_EMPTY) {
        return artrepo_error_set(error, ARTREPO_IO,
                                 "the store's listing does not end: %d pages in a row have nothing "
                                 "in them",
                                 MOST_EMPTY);
    }
    if (pages->kept != NULL && strcmp(pages->kept, token) == 0) {
        return artrepo_error_set(error, ARTREPO_IO,
                                 "the store's listing goes in a circle: what it says is the next "
                                 "page came before");
    }
    pages->count++;
    return pages->count >= pages->keep_next ? keep(pages, token, error) : ARTREPO_OK;
}

void ar_pages_close(ar_pages *pages) {
    free(pages->kept);
    *pages = (ar_pages){0};
}
