/* The credentials of an opened S3 store, as src/remote/provider.h keeps and replaces them. */
#ifndef AR_S3_PROVIDER_H
#define AR_S3_PROVIDER_H

#include "remote/provider.h"
#include "s3/credentials.h"

typedef struct ar_s3_provider {
    ar_provider shared;
    char *region;   /* whose STS is asked */
    char *role_arn; /* of the settings; NULL: none */
    bool uses_sdk;  /* useSDKCreds */
} ar_s3_provider;

/* It must not move afterwards. */
void ar_s3_provider_open(ar_s3_provider *provider);
/* Reads the secrets of the settings, once, and contacts nobody. REGION is the store's, for STS
 * where neither the environment nor the profile names one. */
artrepo_code ar_s3_provider_configure(ar_s3_provider *provider,
                                      const artrepo_driver_settings *settings, const char *region,
                                      artrepo_error *error);
/* Nobody may hold credentials any more. */
void ar_s3_provider_close(ar_s3_provider *provider);

/* Those of what SHARED handed out. */
const ar_s3_credentials *ar_s3_provider_credentials(const ar_held_credentials *held);

#endif
