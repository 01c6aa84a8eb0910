/* Service accounts by their key: a signed assertion is exchanged for a token (RFC 7523). */
#ifndef AR_GCS_SERVICE_ACCOUNT_H
#define AR_GCS_SERVICE_ACCOUNT_H

#include "gcs/account_file.h"

artrepo_code ar_gcs_service_account_token(const ar_gcs_account *account,
                                          ar_found_credentials *found, artrepo_error *error);

#endif
