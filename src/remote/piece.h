/* A range of an object, fetched by one request, or by several where the connection breaks. */
#ifndef AR_REMOTE_PIECE_H
#define AR_REMOTE_PIECE_H

#include <stdatomic.h>

#include "base/operation.h"
#include "remote/download.h"

typedef struct ar_download {
    const ar_download_store *store;
    void *context;
    const char *key;
    artrepo_sink *sink;
    artrepo_object *object; /* filled by the first answer, while KNOWN is false */
    artrepo_operation *operation;
    ar_stage *stage;
    int64_t start;  /* of the object: what lands at offset 0 of the sink */
    int64_t wanted; /* bytes from there; -1: all */
    int64_t end;    /* of the object: behind the last byte that is wanted; once KNOWN */
    bool known;
    bool whole;                /* all of the object is asked for, so that it can be verified */
    ar_checksum_kind checksum; /* that the first answer has; NONE: there is nothing to verify */
    char expected[AR_CHECKSUM_TEXT];
    _Atomic uint64_t combined; /* of the pieces that have arrived */
    char pin[128];             /* the version that all answers must have; "" before the first */
} ar_download;

typedef enum ar_piece_state {
    AR_PIECE_UNDER_WAY,
    AR_PIECE_ARRIVED,
    AR_PIECE_FAILED
} ar_piece_state;

typedef struct ar_piece {
    int64_t offset;
    int64_t length; /* of the first piece: at the most, until the answer tells */
    int64_t received;
    uint64_t crc; /* of what was received */
    char *buffer; /* what was received, when the sink is no file; free() it, or use it again */
    size_t capacity;
    ar_piece_state state; /* the caller's */
} ar_piece;

/* All of PIECE, with the operation's retries; into the file, or into its buffer. The first piece of
 * a download must have been fetched before others are, at the same time, by several threads. */
artrepo_code ar_piece_fetch(ar_download *download, ar_piece *piece, artrepo_error *error);

/* All pieces have arrived: whether they are what the store has. */
artrepo_code ar_download_verify(const ar_download *download, artrepo_error *error);

/* Puts the download before ERROR's message. */
artrepo_code ar_download_failed(const ar_download *download, artrepo_error *error);

#endif
