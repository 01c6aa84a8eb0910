/* YAML and JSON documents as trees of values that know their place in the file. */
#ifndef AR_REPOSITORY_DOCUMENT_H
#define AR_REPOSITORY_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include <artrepo/error.h>

#include "base/value.h"

/* What a hostile document may cost. Aliases count as what they stand for. */
#define AR_DOCUMENT_MAX_SIZE ((size_t)1 << 20)
#define AR_DOCUMENT_MAX_NODES 100000
#define AR_DOCUMENT_MAX_MEMBERS 4096 /* of one object */
#define AR_DOCUMENT_MAX_DEPTH 64
#define AR_DOCUMENT_MAX_TEXT ((size_t)8 << 20) /* of all scalars and names */

/* Where the text lies: a whole file, or a scalar of another document. */
typedef struct ar_origin {
    const char *file_name;
    int line, column; /* added to the places found in the text */
    bool fixed;       /* every place is LINE and COLUMN: escapes hide the text's own lines */
} ar_origin;

/*
 * Plain scalars are typed as Argo's reader does (yes and on are booleans, 010 is a number), quoted
 * and block scalars are strings. Objects and arrays inside an object have the place of their name.
 * *ROOT is NULL when the document is empty. Errors: ARTREPO_INVALID "FILE:LINE:COLUMN: ...".
 */
artrepo_code ar_document_parse(const char *text, size_t size, const ar_origin *origin,
                               ar_value **root, artrepo_error *error);

/* ARTREPO_INVALID "FILE:LINE:COLUMN: ...", without the places when VALUE has none. */
artrepo_code ar_document_error(artrepo_error *error, const char *file_name, const ar_value *value,
                               const char *format, ...) ARTREPO_PRINTF(4, 5);

#endif
