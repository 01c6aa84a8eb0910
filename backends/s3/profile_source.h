/* What the profile that is chosen says of credentials. */
#ifndef AR_S3_PROFILE_SOURCE_H
#define AR_S3_PROFILE_SOURCE_H

#include "s3/credentials.h"

/* ARTREPO_NOT_FOUND when no profile is chosen and the default one says nothing. ERROR is never
 * NULL. */
artrepo_code ar_s3_profile_credentials(const ar_s3_lookup *lookup, ar_s3_credentials *credentials,
                                       artrepo_error *error);

#endif
