/* People who have logged in with gcloud: their refresh token is exchanged for a token. */
#ifndef AR_GCS_USER_ACCOUNT_H
#define AR_GCS_USER_ACCOUNT_H

#include "gcs/account_file.h"

artrepo_code ar_gcs_user_account_token(const ar_gcs_account *account, ar_found_credentials *found,
                                       artrepo_error *error);

#endif
