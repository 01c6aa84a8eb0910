/* The cyclic checksums that stores compute of objects: those of parts make that of the whole. */
#ifndef AR_S3_CHECKSUM_H
#define AR_S3_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/response.h"

typedef enum ar_s3_checksum_kind {
    AR_S3_CHECKSUM_NONE,
    AR_S3_CHECKSUM_CRC32,
    AR_S3_CHECKSUM_CRC32C,
    AR_S3_CHECKSUM_CRC64NVME
} ar_s3_checksum_kind;

enum { AR_S3_CHECKSUM_TEXT = 16 };

/* Goes on from CRC, which is 0 at the beginning. */
uint64_t ar_s3_checksum_update(ar_s3_checksum_kind kind, uint64_t crc, const void *bytes,
                               size_t size);
/* What CRC contributes to the checksum of a whole in which FOLLOWING bytes come behind its own:
 * that of the whole is the exclusive or of all contributions, in any order. */
uint64_t ar_s3_checksum_shift(ar_s3_checksum_kind kind, uint64_t crc, int64_t following);
/* In base64, as headers have it; "" for AR_S3_CHECKSUM_NONE. */
void ar_s3_checksum_text(ar_s3_checksum_kind kind, uint64_t crc, char text[AR_S3_CHECKSUM_TEXT]);

/* What the store says of the whole object, the cheapest to verify when there are several.
 * AR_S3_CHECKSUM_NONE when it says nothing, or only what it made of the checksums of an upload's
 * parts ("composite"): without the parts' sizes nothing can be compared with that. */
ar_s3_checksum_kind ar_s3_checksum_of_headers(const ar_http_response *response,
                                              char text[AR_S3_CHECKSUM_TEXT]);

#endif
