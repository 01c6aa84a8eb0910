/* Credentials that the environment names. */
#ifndef AR_S3_ENVIRONMENT_SOURCE_H
#define AR_S3_ENVIRONMENT_SOURCE_H

#include "s3/credentials.h"

/* AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. ARTREPO_NOT_FOUND when they are
 * not set. ERROR is never NULL. */
artrepo_code ar_s3_environment_credentials(ar_s3_credentials *credentials, artrepo_error *error);
/* AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN, as Kubernetes' service accounts have them. The
 * same. */
artrepo_code ar_s3_web_identity_credentials(const ar_s3_lookup *lookup,
                                            ar_s3_credentials *credentials, artrepo_error *error);

#endif
