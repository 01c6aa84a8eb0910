/* Keys that read like paths which lead somewhere else ("a//b", "/a", "a/./b", "a/../b"): S3 keeps
 * them as they are, and stores on a file system may take them for other keys without a word. */
#ifndef AR_S3_ODD_KEYS_H
#define AR_S3_ODD_KEYS_H

#include "s3/parts.h"

/* Amazon keeps all keys: there none is odd. */
bool ar_s3_is_odd_key(const ar_s3 *s3, const char *key);

/* Before JOB puts its object: ARTREPO_INVALID when the store would make another one of its key. The
 * first time this puts, lists and removes an empty object beside it. */
artrepo_code ar_s3_check_odd_put(const ar_s3_put_job *job, artrepo_error *error);

/* Before an odd KEY is read or removed: ARTREPO_NOT_FOUND when the store's listing does not have
 * it, whatever the store answers when it is asked for it. A store that does not let itself be
 * listed is believed. */
artrepo_code ar_s3_check_odd_object(ar_s3 *s3, const char *verb, const char *key,
                                    artrepo_operation *operation, artrepo_error *error);

#endif
