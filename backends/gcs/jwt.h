/* JSON Web Tokens (RFC 7519) signed with RS256, by which a service account vouches for itself. */
#ifndef AR_GCS_JWT_H
#define AR_GCS_JWT_H

#include <stdint.h>

#include <artrepo/error.h>

#include "base/buffer.h"

typedef struct ar_gcs_assertion {
    const char *issuer, *audience, *scope;
    const char *key_id;      /* NULL: none */
    const char *private_key; /* PEM: PKCS #8 or #1 */
    int64_t issued_s, expires_s;
} ar_gcs_assertion;

/* Appends "HEADER.CLAIMS.SIGNATURE" to TEXT. ARTREPO_INVALID when the key cannot be read, without
 * quoting it. */
artrepo_code ar_gcs_jwt_sign(const ar_gcs_assertion *assertion, ar_buffer *text,
                             artrepo_error *error);

#endif
