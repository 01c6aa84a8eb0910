/* What the rooms of the libs3 driver share. It is a plug-in: public headers alone, and libs3. */
#ifndef AR_LIBS3_STORE_H
#define AR_LIBS3_STORE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <artrepo/driver.h>

#include "libs3/compat.h"

/* libs3 cuts longer keys off in listings, without a word. */
enum { AR_LIBS3_MAX_KEY = S3_MAX_KEY_SIZE - 2 };

enum { AR_LIBS3_MAX_IDLE = 8 };

typedef struct ar_libs3 {
    char *host; /* HOST[:PORT] */
    char *bucket_name;
    char *region;       /* NULL: libs3's default */
    char endpoint[300]; /* with its scheme, for messages */
    artrepo_secret access_key, secret_key;
    S3BucketContext bucket; /* points into the above */
    bool uses_library;

    pthread_mutex_t mutex;                     /* guards the rest */
    S3RequestContext *idle[AR_LIBS3_MAX_IDLE]; /* with connections that are kept open */
    size_t idle_count;
} ar_libs3;

/* ---- library.c ---- */

/* libs3's own state belongs to the whole process: each successful open needs a close. Any thread.
 */
artrepo_code ar_libs3_library_open(artrepo_error *error);
void ar_libs3_library_close(void);

/* ---- config.c, credentials.c, unsupported.c ---- */

artrepo_code ar_libs3_open(const artrepo_driver_settings *settings, artrepo_operation *operation,
                           void **state, artrepo_error *error);
void ar_libs3_close(void *state);

artrepo_code ar_libs3_read_credentials(const artrepo_driver_settings *settings, ar_libs3 *store,
                                       artrepo_error *error);
/* Names the first setting that libs3 cannot do. */
artrepo_code ar_libs3_refuse_unsupported(const artrepo_driver_settings *settings,
                                         artrepo_error *error);

/* ---- key.c ---- */

/* ARTREPO_UNSUPPORTED for keys that would not reach the store as they are. */
artrepo_code ar_libs3_check_key(const ar_libs3 *store, const char *verb, const char *key,
                                artrepo_error *error);
/* And for those that could not be listed again, once stored. */
artrepo_code ar_libs3_check_new_key(const ar_libs3 *store, const char *key, artrepo_error *error);
/* Whether listings show KEY as it is. */
bool ar_libs3_is_listable(const char *key);

/* ---- read.c, write.c, list.c, remove.c: the driver's functions ---- */

artrepo_code ar_libs3_stat(void *state, const char *key, artrepo_object *object,
                           artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_libs3_get(void *state, const char *key, const artrepo_range *range,
                          artrepo_sink *sink, artrepo_object *object, artrepo_operation *operation,
                          artrepo_error *error);
artrepo_code ar_libs3_put(void *state, const char *key, artrepo_source *source,
                          const artrepo_put_options *options, artrepo_object *object,
                          artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_libs3_list(void *state, const char *prefix, artrepo_list_callback *callback,
                           void *data, artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_libs3_remove(void *state, const char *key, artrepo_operation *operation,
                             artrepo_error *error);

#endif
