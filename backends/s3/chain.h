/* The order in which credentials are looked for, where the settings have no keys. */
#ifndef AR_S3_CHAIN_H
#define AR_S3_CHAIN_H

#include "s3/credentials.h"

/* As AWS's SDKs do: the environment, a web identity, the shared files, the container's role, the
 * machine's. When roles come first: a web identity and the container's role stand before the
 * others. ARTREPO_ACCESS_DENIED tells what was tried. ERROR is never NULL. */
artrepo_code ar_s3_chain_credentials(const ar_s3_lookup *lookup, ar_s3_credentials *credentials,
                                     artrepo_error *error);

#endif
