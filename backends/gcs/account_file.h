/* Google's JSON files of credentials, whatever their type. */
#ifndef AR_GCS_ACCOUNT_FILE_H
#define AR_GCS_ACCOUNT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "remote/json.h"
#include "remote/provider.h"

typedef struct ar_gcs_account_text {
    const char *text;
    size_t size;
    const char *where; /* for messages */
    bool keys_only;    /* nothing but the key of a service account will do */
} ar_gcs_account_text;

/* A token of whoever TEXT is about. Never quotes it, as there are secrets in it. ERROR is never
 * NULL. */
artrepo_code ar_gcs_account_token(const ar_gcs_account_text *text, artrepo_operation *operation,
                                  ar_found_credentials *found, artrepo_error *error);

/* What the rooms of the types are given. */
typedef struct ar_gcs_account {
    const json_t *root;
    const char *where;
    artrepo_operation *operation;
} ar_gcs_account;

/* Member NAME of an account; ARTREPO_INVALID when it is missing. */
artrepo_code ar_gcs_account_member(const ar_gcs_account *account, const char *name,
                                   const char **value, artrepo_error *error);
/* The address at NAME, or OTHERWISE when it is missing (NULL: that is an error). Secrets are sent
 * there: it must be https, or lead to this machine. */
artrepo_code ar_gcs_account_address(const ar_gcs_account *account, const char *name,
                                    const char *otherwise, const char **url, artrepo_error *error);

#define AR_GCS_STORAGE_SCOPE "https://www.googleapis.com/auth/devstorage.read_write"
#define AR_GCS_PLATFORM_SCOPE "https://www.googleapis.com/auth/cloud-platform"
#define AR_GCS_TOKEN_URL "https://oauth2.googleapis.com/token"

#endif
