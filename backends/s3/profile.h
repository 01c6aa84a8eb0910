/* Profiles of the shared files: ~/.aws/config and ~/.aws/credentials. */
#ifndef AR_S3_PROFILE_H
#define AR_S3_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include <artrepo/error.h>
#include <artrepo/operation.h>

/* What a profile can say here; profile.c has their names in the files. */
typedef enum ar_s3_property {
    AR_S3_ACCESS_KEY,
    AR_S3_SECRET_KEY,
    AR_S3_SESSION_TOKEN,
    AR_S3_ROLE_ARN,
    AR_S3_SOURCE_PROFILE,
    AR_S3_CREDENTIAL_SOURCE,
    AR_S3_ROLE_SESSION_NAME,
    AR_S3_EXTERNAL_ID,
    AR_S3_DURATION_SECONDS,
    AR_S3_MFA_SERIAL,
    AR_S3_WEB_IDENTITY_TOKEN_FILE,
    AR_S3_CREDENTIAL_PROCESS,
    AR_S3_REGION,
    AR_S3_SSO_SESSION,
    AR_S3_SSO_START_URL,
    AR_S3_PROPERTY_COUNT
} ar_s3_property;

typedef struct ar_s3_profile {
    bool found;                         /* a file has a section of that name */
    char *values[AR_S3_PROPERTY_COUNT]; /* NULL: not said */
} ar_s3_profile;

/* The name that AWS_PROFILE gives, or "default". */
const char *ar_s3_profile_name(void);

/* From both files; what the credentials file says goes before the other. Files that are not there
 * are fine, and so is a profile that is in neither. Wipe PROFILE in every case. ERROR is never
 * NULL. */
artrepo_code ar_s3_profile_read(const char *name, ar_s3_profile *profile, artrepo_error *error);
/* Logs a warning when others can read the shared credentials file. */
void ar_s3_profile_warn_readable(const artrepo_operation *operation);
/* Adds what TEXT says of profile NAME. Sections of the config file are called "profile NAME" (but
 * "default" goes without), those of the credentials file "NAME". False when there is no memory. */
bool ar_s3_profile_parse(const char *text, bool is_config, const char *name,
                         ar_s3_profile *profile);
void ar_s3_profile_wipe(ar_s3_profile *profile);

#endif
