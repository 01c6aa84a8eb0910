/* libarchive converts names between the thread's locale and UTF-8. In a library the locale is
 * whatever the application has, often "C", in which every non-ASCII name fails to convert: while
 * libarchive works for us, the calling thread has a UTF-8 locale. Other threads are not touched. */
#ifndef AR_ARCHIVE_LOCALE_SCOPE_H
#define AR_ARCHIVE_LOCALE_SCOPE_H

#include <locale.h>

typedef struct ar_locale_scope {
    locale_t used, before;
} ar_locale_scope;

static inline ar_locale_scope ar_locale_enter(void) {
    ar_locale_scope scope = {newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), (locale_t)0};
    if (scope.used != (locale_t)0) {
        scope.before = uselocale(scope.used);
    }
    return scope;
}

static inline void ar_locale_leave(ar_locale_scope scope) {
    if (scope.used != (locale_t)0) {
        uselocale(scope.before);
        freelocale(scope.used);
    }
}

#endif
