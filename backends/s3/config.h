/* What the settings under `s3:` mean. Secrets of the account are credentials.h's. */
#ifndef AR_S3_CONFIG_H
#define AR_S3_CONFIG_H

#include <stdbool.h>

#include <artrepo/driver.h>

#include "s3/endpoint.h"

typedef enum ar_s3_addressing {
    AR_S3_ADDRESSING_AUTO,
    AR_S3_ADDRESSING_PATH,
    AR_S3_ADDRESSING_VIRTUAL_HOSTED
} ar_s3_addressing;

typedef enum ar_s3_encryption {
    AR_S3_ENCRYPTION_NONE, /* what the bucket does by default */
    AR_S3_ENCRYPTION_S3,
    AR_S3_ENCRYPTION_KMS,
    AR_S3_ENCRYPTION_CUSTOMER
} ar_s3_encryption;

typedef struct ar_s3_config {
    char *host; /* HOST[:PORT]; for Amazon's, url.c makes it of the endpoint and the region */
    char *path; /* "" or "/prefix", without a slash at the end */
    bool tls;
    ar_s3_endpoint endpoint;
    char *bucket;
    char *region; /* never empty */
    bool region_given;
    ar_s3_addressing addressing;
    ar_s3_encryption encryption;
    char *kms_key_id;  /* NULL: the bucket's */
    char *kms_context; /* base64 of JSON; NULL: none */
    artrepo_secret customer_password;
    artrepo_secret ca;
    bool create_bucket, object_locking;
} ar_s3_config;

/* Free CONFIG (zeroed before) in every case. */
artrepo_code ar_s3_config_read(const artrepo_driver_settings *settings, ar_s3_config *config,
                               artrepo_error *error);
void ar_s3_config_free(ar_s3_config *config);

#endif
