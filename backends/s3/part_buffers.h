/* The memory of the parts that are read, waiting and in flight: bounded, and used again. */
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

typedef struct ar_s3_part_buffers {
    pthread_mutex_t mutex;
    pthread_cond_t given;
    ar_s3_part_buffer *idle;
    size_t budget;
    size_t used; /* bytes of all buffers that are out */
} ar_s3_part_buffers;

/* BUDGET bytes in all; a single buffer may be larger. */
void ar_s3_part_buffers_open(ar_s3_part_buffers *buffers, size_t budget);
/* All buffers must have been given back. */
void ar_s3_part_buffers_close(ar_s3_part_buffers *buffers);

/* Waits until there is room within the budget. NULL when there is no memory. */
ar_s3_part_buffer *ar_s3_part_buffers_take(ar_s3_part_buffers *buffers, size_t capacity);
void ar_s3_part_buffers_give(ar_s3_part_buffers *buffers, ar_s3_part_buffer *buffer);

#endif
