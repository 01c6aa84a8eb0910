/* Service accounts that others may act as: their token is exchanged for the account's. */
#ifndef AR_GCS_IMPERSONATION_H
#define AR_GCS_IMPERSONATION_H

#include "gcs/account_file.h"

#define AR_GCS_IMPERSONATION_URL "service_account_impersonation_url"

/* Replaces FOUND, the token of who asks, by that of the account which
 * service_account_impersonation_url names. FOUND is freed when that fails. */
artrepo_code ar_gcs_impersonate(const ar_gcs_account *account, ar_found_credentials *found,
                                artrepo_error *error);

/* A file of type impersonated_service_account, which holds the one of who asks. */
artrepo_code ar_gcs_impersonated_account_token(const ar_gcs_account *account,
                                               ar_found_credentials *found, artrepo_error *error);

#endif
