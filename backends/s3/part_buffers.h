/* The memory of the parts that are read, waiting and in flight: bounded for all uploads of a store
 * together, and used again. */
#ifndef AR_S3_PART_BUFFERS_H
#define AR_S3_PART_BUFFERS_H

#include <pthread.h>
#include <stddef.h>

typedef struct ar_s3_part_buffer {
    struct ar_s3_part_buffer *next;
    size_t capacity;
    size_t size;
    char data[];
} ar_s3_part_buffer;

/* Of a store. */
typedef struct ar_s3_part_buffers {
    pthread_mutex_t mutex;
    pthread_cond_t given;
    ar_s3_part_buffer *idle;
    size_t used, idle_bytes; /* of all buffers that are out, and that are not */
    unsigned users;
} ar_s3_part_buffers;

void ar_s3_part_buffers_open(ar_s3_part_buffers *buffers);
/* Nobody may have a share any more. */
void ar_s3_part_buffers_close(ar_s3_part_buffers *buffers);

/* What one upload has of it. */
typedef struct ar_s3_part_share {
    ar_s3_part_buffers *all;
    size_t budget; /* for all uploads: what others have out counts, too */
    size_t out;
} ar_s3_part_share;

void ar_s3_part_share_open(ar_s3_part_share *share, ar_s3_part_buffers *buffers, size_t budget);
/* All buffers must have been given back. The memory is kept for as long as there are other shares.
 */
void ar_s3_part_share_close(ar_s3_part_share *share);

/* Waits until there is room within the budget. A share that has nothing out may always have one
 * buffer, of whatever size, so that no upload ever waits for another one to end; whoever has some
 * out must see to it that they are given back meanwhile. NULL when there is no memory. */
ar_s3_part_buffer *ar_s3_part_share_take(ar_s3_part_share *share, size_t capacity);
void ar_s3_part_share_give(ar_s3_part_share *share, ar_s3_part_buffer *buffer);

#endif
