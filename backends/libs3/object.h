/* What an answer says of an object. */
#ifndef AR_LIBS3_OBJECT_H
#define AR_LIBS3_OBJECT_H

#include "libs3/call.h"

/* ETAG without its quotes. */
void ar_libs3_copy_etag(const char *etag, char *version, size_t size);

/* Fails where libs3 could not read the headers that S3 always sends, so that their absence is not
 * taken for an empty object. */
artrepo_code ar_libs3_object_of_properties(const ar_libs3_call *call,
                                           const S3ResponseProperties *properties,
                                           artrepo_object *object, artrepo_error *error);

/* stat, as a part of other verbs: VERB stands in messages. */
artrepo_code ar_libs3_head(ar_libs3 *store, const char *verb, const char *key,
                           artrepo_object *object, artrepo_operation *operation,
                           artrepo_error *error);

#endif
