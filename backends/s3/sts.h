/* AWS's Security Token Service: temporary credentials of a role. */
#ifndef AR_S3_STS_H
#define AR_S3_STS_H

#include "s3/credentials.h"

typedef struct ar_s3_role {
    const char *arn;
    const char *session_name;     /* NULL: one is made up */
    const char *external_id;      /* NULL: none */
    const char *duration_seconds; /* NULL: what the role has by default, an hour */
} ar_s3_role;

/* With the credentials of BASE. ERROR is never NULL. */
artrepo_code ar_s3_sts_assume_role(const ar_s3_lookup *lookup, const ar_s3_role *role,
                                   const ar_s3_credentials *base, ar_s3_credentials *credentials,
                                   artrepo_error *error);
/* With the token in TOKEN_FILE, which is read anew each time. ERROR is never NULL. */
artrepo_code ar_s3_sts_assume_role_with_web_identity(const ar_s3_lookup *lookup,
                                                     const ar_s3_role *role, const char *token_file,
                                                     ar_s3_credentials *credentials,
                                                     artrepo_error *error);

#endif
