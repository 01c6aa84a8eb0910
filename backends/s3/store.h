/* An opened S3 location: what all rooms of this backend share. */
#ifndef AR_S3_STORE_H
#define AR_S3_STORE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "http/client.h"
#include "s3/config.h"
#include "s3/endpoint_memory.h"
#include "s3/part_buffers.h"
#include "s3/provider.h"
#include "s3/sign.h"

enum { AR_S3_MAX_KEY = 1024 };

typedef enum ar_s3_protocol { AR_S3_UNHEARD, AR_S3_HTTP, AR_S3_TLS } ar_s3_protocol;

typedef struct ar_s3 {
    ar_s3_config config;
    ar_s3_provider provider;
    ar_s3_signer signer;
    ar_http_client *http;
    char *endpoint; /* "https://HOST/path", for messages */
    pthread_mutex_t mutex;
    char region[AR_S3_REGION_BYTES]; /* as the store corrected it; under the mutex */
    _Atomic int64_t clock_offset_ms; /* the store's clock less ours, once it complained */
    _Atomic ar_s3_protocol protocol; /* what the store was heard to speak */
    ar_s3_endpoint_memory *memory;
    ar_s3_part_buffers part_buffers; /* of all streams that are uploaded at once */
} ar_s3;

void ar_s3_region(ar_s3 *s3, char region[AR_S3_REGION_BYTES]);
/* Remembers REGION; false when it is no name of a region. */
bool ar_s3_set_region(ar_s3 *s3, const char *region);

/* ARTREPO_INVALID for what S3 does not take as a key. */
artrepo_code ar_s3_check_key(const ar_s3 *s3, const char *verb, const char *key,
                             artrepo_error *error);

/* driver.h's functions, one room each. */
artrepo_code ar_s3_stat(void *state, const char *key, artrepo_object *object,
                        artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_s3_get(void *state, const char *key, const artrepo_range *range, artrepo_sink *sink,
                       artrepo_object *object, artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_s3_put(void *state, const char *key, artrepo_source *source,
                       const artrepo_put_options *options, artrepo_object *object,
                       artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_s3_list(void *state, const char *prefix, artrepo_list_callback *callback,
                        void *data, artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_s3_remove(void *state, const char *key, artrepo_operation *operation,
                          artrepo_error *error);
artrepo_code ar_s3_remove_many(void *state, const char *const *keys, size_t count,
                               artrepo_operation *operation, artrepo_error *error);

#endif
