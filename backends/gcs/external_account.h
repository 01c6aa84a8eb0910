/* Workload identity federation: a token of another provider is exchanged for one of Google's
 * (RFC 8693), and that one perhaps for a service account's. */
#ifndef AR_GCS_EXTERNAL_ACCOUNT_H
#define AR_GCS_EXTERNAL_ACCOUNT_H

#include "gcs/account_file.h"

artrepo_code ar_gcs_external_account_token(const ar_gcs_account *account,
                                           ar_found_credentials *found, artrepo_error *error);

#endif
