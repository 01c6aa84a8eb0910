/* A bounded queue of bytes from one thread, which is handed them, to another, which wants to read.
 */
#ifndef AR_ARCHIVE_FEED_H
#define AR_ARCHIVE_FEED_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <artrepo/operation.h>

typedef struct ar_feed ar_feed;

artrepo_code ar_feed_open(artrepo_operation *operation, ar_feed **feed, artrepo_error *error);
void ar_feed_close(ar_feed *feed); /* NULL is allowed */

/* ---- the writing side ---- */

/* Waits while the queue is full. Fails with what ar_feed_fail was told. */
artrepo_code ar_feed_write(ar_feed *feed, const void *data, size_t size, artrepo_error *error);
/* There will be no more bytes. */
void ar_feed_end(ar_feed *feed);
/* The bytes will not be complete: reading fails with ARTREPO_CANCELLED. */
void ar_feed_abandon(ar_feed *feed);

/* ---- the reading side ---- */

/* Waits for at least one byte; *SIZE is 0 at the end. *DATA is valid until the next call. */
artrepo_code ar_feed_peek(ar_feed *feed, const unsigned char **data, size_t *size,
                          artrepo_error *error);
/* Before anything was consumed: waits for WANTED bytes (at most AR_FEED_HEAD) or the end. */
#define AR_FEED_HEAD ((size_t)128 << 10)
artrepo_code ar_feed_peek_head(ar_feed *feed, size_t wanted, const unsigned char **data,
                               size_t *size, artrepo_error *error);
/* Takes SIZE of the bytes that were peeked at. */
void ar_feed_consume(ar_feed *feed, size_t size);
/* *GOT is less than SIZE only at the end. */
artrepo_code ar_feed_read(ar_feed *feed, void *buffer, size_t size, size_t *got,
                          artrepo_error *error);
/* Nothing more will be read: writing fails with ERROR, or, with NULL, takes bytes and drops them.
 */
void ar_feed_fail(ar_feed *feed, const artrepo_error *error);

/* How many bytes were consumed so far. */
const _Atomic uint64_t *ar_feed_consumed(const ar_feed *feed);

#endif
