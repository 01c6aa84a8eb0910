/* Whose requests they are: an access key with its secret, where they come from, when they end. */
#ifndef AR_S3_CREDENTIALS_H
#define AR_S3_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#include <artrepo/driver.h>

typedef struct ar_s3_credentials {
    char *access_key;
    char *secret_key;
    char *session_token; /* NULL: none */
    int64_t expiry_ms;   /* by this machine's clock; 0: they do not end */
    const char *origin;  /* for messages: "the environment", ...; static storage */
} ar_s3_credentials;

/* Wipes them. */
void ar_s3_credentials_free(ar_s3_credentials *credentials);
/* Copies of the texts; TOKEN may be NULL or empty. False when there is no memory. */
bool ar_s3_credentials_set(ar_s3_credentials *credentials, const char *access_key,
                           const char *secret_key, const char *token);
bool ar_s3_credentials_are_equal(const ar_s3_credentials *a, const ar_s3_credentials *b);
/* ARTREPO_ACCESS_DENIED when they would end the headers that they go into. ORIGIN must be set. */
artrepo_code ar_s3_credentials_check(const ar_s3_credentials *credentials, artrepo_error *error);

/* accessKeySecret, secretKeySecret and sessionTokenSecret. All stay empty when neither of the two
 * keys is set. */
artrepo_code ar_s3_credentials_of_settings(const artrepo_driver_settings *settings,
                                           ar_s3_credentials *credentials, artrepo_error *error);

/* What every place that credentials can come from is given. */
typedef struct ar_s3_lookup {
    const char *region; /* whose STS is asked */
    bool roles_first;   /* before keys that lie around: nothing in the settings asks for those */
    artrepo_operation *operation;
} ar_s3_lookup;

#endif
