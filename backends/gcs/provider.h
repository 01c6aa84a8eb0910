/* The tokens of an opened GCS store, as src/remote/provider.h keeps and replaces them. A token is
 * the header line "Authorization: Bearer TOKEN". */
#ifndef AR_GCS_PROVIDER_H
#define AR_GCS_PROVIDER_H

#include "gcs/config.h"
#include "remote/provider.h"

typedef struct ar_gcs_provider {
    ar_provider shared;
    const ar_gcs_config *config;
} ar_gcs_provider;

/* Neither may move afterwards; CONFIG is read when the first token is needed. */
void ar_gcs_provider_open(ar_gcs_provider *provider, const ar_gcs_config *config);
/* Nobody may hold a token any more. */
void ar_gcs_provider_close(ar_gcs_provider *provider);

#endif
