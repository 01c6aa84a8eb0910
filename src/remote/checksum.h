/* The cyclic checksums that stores compute of objects: those of parts make that of the whole. */
#ifndef AR_REMOTE_CHECKSUM_H
#define AR_REMOTE_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ar_checksum_kind {
    AR_CHECKSUM_NONE,
    AR_CHECKSUM_CRC32,
    AR_CHECKSUM_CRC32C,
    AR_CHECKSUM_CRC64NVME
} ar_checksum_kind;

enum { AR_CHECKSUM_TEXT = 16 };

/* Goes on from CRC, which is 0 at the beginning. */
uint64_t ar_checksum_update(ar_checksum_kind kind, uint64_t crc, const void *bytes, size_t size);
/* What CRC contributes to the checksum of a whole in which FOLLOWING bytes come behind its own:
 * that of the whole is the exclusive or of all contributions, in any order. */
uint64_t ar_checksum_shift(ar_checksum_kind kind, uint64_t crc, int64_t following);
/* In base64, as headers have it; "" for AR_CHECKSUM_NONE. */
void ar_checksum_text(ar_checksum_kind kind, uint64_t crc, char text[AR_CHECKSUM_TEXT]);

#endif
