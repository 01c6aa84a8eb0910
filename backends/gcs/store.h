/* An opened GCS location: what all rooms of this backend share. */
#ifndef AR_GCS_STORE_H
#define AR_GCS_STORE_H

#include "gcs/config.h"
#include "gcs/provider.h"
#include "http/client.h"

enum { AR_GCS_MAX_KEY = 1024 };

typedef struct ar_gcs {
    ar_gcs_config config;
    ar_gcs_provider provider;
    ar_http_client *http;
} ar_gcs;

/* ARTREPO_INVALID for what GCS does not take as a name of an object. */
artrepo_code ar_gcs_check_key(const ar_gcs *gcs, const char *verb, const char *key,
                              artrepo_error *error);

/* driver.h's functions, one room each. */
artrepo_code ar_gcs_stat(void *state, const char *key, artrepo_object *object,
                         artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_gcs_get(void *state, const char *key, const artrepo_range *range,
                        artrepo_sink *sink, artrepo_object *object, artrepo_operation *operation,
                        artrepo_error *error);
artrepo_code ar_gcs_put(void *state, const char *key, artrepo_source *source,
                        const artrepo_put_options *options, artrepo_object *object,
                        artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_gcs_list(void *state, const char *prefix, artrepo_list_callback *callback,
                         void *data, artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_gcs_remove(void *state, const char *key, artrepo_operation *operation,
                           artrepo_error *error);

#endif
