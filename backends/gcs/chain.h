/* Where tokens are looked for when the settings have no key: Google's Application Default
 * Credentials. */
#ifndef AR_GCS_CHAIN_H
#define AR_GCS_CHAIN_H

#include "remote/provider.h"

/* The file of GOOGLE_APPLICATION_CREDENTIALS, gcloud's own file, the machine's metadata server.
 * ARTREPO_ACCESS_DENIED tells what was tried. ERROR is never NULL. */
artrepo_code ar_gcs_chain_token(artrepo_operation *operation, ar_found_credentials *found,
                                artrepo_error *error);

#endif
