/* What the settings under `gcs:` and the environment mean. */
#ifndef AR_GCS_CONFIG_H
#define AR_GCS_CONFIG_H

#include <stdbool.h>

#include <artrepo/driver.h>

typedef struct ar_gcs_config {
    char *bucket;
    char *endpoint;             /* "https://HOST[/PATH]", without a slash at the end */
    bool anonymous;             /* the endpoint is an emulator's */
    artrepo_secret account_key; /* serviceAccountKeySecret; no data: none */
} ar_gcs_config;

/* Free CONFIG (zeroed before) in every case. */
artrepo_code ar_gcs_config_read(const artrepo_driver_settings *settings, ar_gcs_config *config,
                                artrepo_error *error);
void ar_gcs_config_free(ar_gcs_config *config);

#endif
