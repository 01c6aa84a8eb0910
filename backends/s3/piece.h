/* A range of an object, fetched by one request, or by several where the connection breaks. */
#ifndef AR_S3_PIECE_H
#define AR_S3_PIECE_H

#include <stdatomic.h>

#include "base/operation.h"
#include "s3/checksum.h"
#include "s3/encryption.h"

typedef struct ar_s3_download {
    ar_s3 *s3;
    const char *key;
    artrepo_sink *sink;
    artrepo_object *object; /* filled by the first answer, while KNOWN is false */
    artrepo_operation *operation;
    ar_stage *stage;
    ar_s3_customer_key customer;
    int64_t start;  /* of the object: what lands at offset 0 of the sink */
    int64_t wanted; /* bytes from there; -1: all */
    int64_t end;    /* of the object: behind the last byte that is wanted; once KNOWN */
    bool known;
    bool whole; /* all of the object is asked for, so that its checksum can be verified */
    ar_s3_checksum_kind checksum; /* that the first answer has; NONE: there is nothing to verify */
    char expected[AR_S3_CHECKSUM_TEXT];
    _Atomic uint64_t combined; /* of the pieces that have arrived */
    char pin[132]; /* the ETag in quotation marks that all answers must have; "" before the first */
} ar_s3_download;

typedef enum ar_s3_piece_state {
    AR_S3_PIECE_UNDER_WAY,
    AR_S3_PIECE_ARRIVED,
    AR_S3_PIECE_FAILED
} ar_s3_piece_state;

typedef struct ar_s3_piece {
    int64_t offset;
    int64_t length; /* of the first piece: at the most, until the answer tells */
    int64_t received;
    uint64_t crc; /* of what was received */
    char *buffer; /* what was received, when the sink is no file; free() it, or use it again */
    size_t capacity;
    ar_s3_piece_state state; /* the caller's */
} ar_s3_piece;

/* All of PIECE, with the operation's retries; into the file, or into its buffer. The first piece of
 * a download must have been fetched before others are, at the same time, by several threads. */
artrepo_code ar_s3_piece_fetch(ar_s3_download *download, ar_s3_piece *piece, artrepo_error *error);

/* All pieces have arrived: whether they are what the store has. */
artrepo_code ar_s3_download_verify(const ar_s3_download *download, artrepo_error *error);

void ar_s3_pin(ar_s3_download *download, const char *version);
/* The object is another one than the pinned. */
artrepo_code ar_s3_replaced(artrepo_error *error);
/* The store gives no ETag, so that several requests could get a mixture. */
artrepo_code ar_s3_cannot_pin(artrepo_error *error);
/* Puts the download before ERROR's message. */
artrepo_code ar_s3_download_failed(const ar_s3_download *download, artrepo_error *error);

#endif
