/* How the body of a request is vouched for. */
#ifndef AR_S3_PAYLOAD_H
#define AR_S3_PAYLOAD_H

#include "s3/request.h"

/* On plain HTTP the signature covers the body's SHA-256. On TLS it does not, and the store verifies
 * a CRC-32C instead, which costs next to nothing. */
typedef struct ar_s3_payload {
    char digest[AR_S3_SHA256_HEX]; /* for x-amz-content-sha256 */
    char crc32c[12];               /* base64; "" for none */
} ar_s3_payload;

/* Reads all of BODY once. */
artrepo_code ar_s3_payload_of(ar_s3 *s3, const ar_http_body *body, bool with_checksum,
                              ar_s3_payload *payload, artrepo_error *error);
void ar_s3_add_payload(const ar_s3_payload *payload, ar_s3_request *request);

/* Whether bodies get a checksum, unless the store has refused it. */
bool ar_s3_wants_checksum(ar_s3 *s3);
/* Whether ERROR refuses the checksum rather than the request; it is then remembered. */
bool ar_s3_refuses_checksum(ar_s3 *s3, const artrepo_error *error);

#endif
