/* How the body of a request is vouched for. */
#ifndef AR_S3_PAYLOAD_H
#define AR_S3_PAYLOAD_H

#include "remote/checksum.h"
#include "s3/request.h"

/* On plain HTTP the signature covers the body's SHA-256; on TLS it does not. A CRC-32C, which costs
 * next to nothing, is sent on both: the store verifies it, keeps it with the object, and gives it
 * to whoever reads the object. */
typedef struct ar_s3_payload {
    char digest[AR_S3_SHA256_HEX]; /* for x-amz-content-sha256 */
    uint64_t crc;
    char crc32c[AR_CHECKSUM_TEXT]; /* of CRC; "" for none */
} ar_s3_payload;

/* Reads all of BODY once. */
artrepo_code ar_s3_payload_of(ar_s3 *s3, const ar_http_body *body, bool with_checksum,
                              ar_s3_payload *payload, artrepo_error *error);
void ar_s3_add_payload(const ar_s3_payload *payload, ar_s3_request *request);

/* For Content-MD5, which some requests must have. False when the hash cannot be had. */
enum { AR_S3_MD5_BASE64 = 28 };
bool ar_s3_md5_base64(const void *data, size_t size, char text[AR_S3_MD5_BASE64]);

/* Whether bodies get a checksum, unless the store has refused it. */
bool ar_s3_wants_checksum(ar_s3 *s3);
/* Whether ERROR refuses what was said of checksums rather than the request. */
bool ar_s3_is_checksum_refusal(const artrepo_error *error);
/* Whether ERROR refuses the checksum rather than the request; it is then remembered. */
bool ar_s3_refuses_checksum(ar_s3 *s3, const artrepo_error *error);

#endif
