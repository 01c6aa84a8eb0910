/* Whose requests they are: an access key with its secret, and where they come from. */
#ifndef AR_S3_CREDENTIALS_H
#define AR_S3_CREDENTIALS_H

#include <artrepo/driver.h>

typedef struct ar_s3_credentials {
    char *access_key;
    char *secret_key;
    char *session_token; /* NULL: none */
    const char *origin;  /* for messages: "accessKeySecret", "the environment", ... */
} ar_s3_credentials;

/* Static keys of the settings; without them the environment, then the shared credentials file. */
artrepo_code ar_s3_credentials_read(const artrepo_driver_settings *settings,
                                    ar_s3_credentials *credentials, artrepo_error *error);
/* Wipes them. */
void ar_s3_credentials_free(ar_s3_credentials *credentials);

/* Of a file in the format of ~/.aws/credentials. ARTREPO_NOT_FOUND when PROFILE or its keys are
 * not in TEXT. */
artrepo_code ar_s3_credentials_parse(const char *text, const char *profile,
                                     ar_s3_credentials *credentials, artrepo_error *error);

#endif
