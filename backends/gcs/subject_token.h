/* The tokens by which a workload outside of Google proves who it is: from a file or an address. */
#ifndef AR_GCS_SUBJECT_TOKEN_H
#define AR_GCS_SUBJECT_TOKEN_H

#include <artrepo/driver.h>

#include "gcs/account_file.h"

/* As `credential_source` says. Clear TOKEN. ARTREPO_UNSUPPORTED for sources of other kinds. */
artrepo_code ar_gcs_subject_token(const ar_gcs_account *account, artrepo_secret *token,
                                  artrepo_error *error);

#endif
