/* Multipart uploads that were begun unheard: the store did as it was asked, and its answer was
 * lost. Nobody knows their ids, and their cost stays. */
#ifndef AR_S3_STRAYS_H
#define AR_S3_STRAYS_H

#include "s3/request.h"

/* When requests to begin an upload went out whose answers never came; by this machine's clock. */
typedef struct ar_s3_strays {
    bool any;
    int64_t from_ms, to_ms;
} ar_s3_strays;

void ar_s3_strays_note(ar_s3_strays *strays, int64_t from_ms, int64_t to_ms);

/*
 * Aborts uploads of KEY but OWN_ID (NULL: none) that were begun in that time and have no parts:
 * somebody else's has some by the end of ours. To be called then. Failures are logged; without an
 * operation's cancel flag, as other aborts.
 */
void ar_s3_strays_abort(ar_s3 *s3, const char *key, const char *own_id, const ar_s3_strays *strays,
                        artrepo_operation *operation);

#endif
