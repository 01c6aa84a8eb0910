/* libarchive converts names between the thread's locale and UTF-8. In a library the locale is
 * whatever the application has, often "C", in which every non-ASCII name fails to convert: while
 * libarchive works for us, the calling thread has a UTF-8 locale. Other threads are not touched. */
#ifndef AR_ARCHIVE_LOCALE_SCOPE_H
#define AR_ARCHIVE_LOCALE_SCOPE_H

#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>
#include <string.h>

typedef struct ar_locale_scope {
    locale_t used, before;
} ar_locale_scope;

/* False, with errno set, when there is no UTF-8 locale to be had: without one names would be stored
 * that say nothing of their encoding. */
static inline bool ar_locale_enter(ar_locale_scope *scope) {
    scope->used = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (scope->used == (locale_t)0) {
        return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    }
    scope->before = uselocale(scope->used);
    return true;
}

static inline void ar_locale_leave(const ar_locale_scope *scope) {
    if (scope->used != (locale_t)0) {
        uselocale(scope->before);
        freelocale(scope->used);
    }
}

#endif
