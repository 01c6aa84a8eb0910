/* Writes a stream of bytes into the blocks of a pipeline, from its producer thread. */
#ifndef AR_ARCHIVE_BLOCK_WRITER_H
#define AR_ARCHIVE_BLOCK_WRITER_H

#include "archive/pipeline.h"

typedef struct ar_block_writer {
    ar_pipeline *pipeline;
    size_t block_size;
    ar_block *block; /* being filled; NULL: none taken */
} ar_block_writer;

/* The free space to write to; at least one byte. NULL when the pipeline has ended: give up, what
 * went wrong is known to it. */
unsigned char *ar_block_writer_space(ar_block_writer *writer, size_t *space);
/* SIZE bytes of the space were written. */
void ar_block_writer_advance(ar_block_writer *writer, size_t size);

/* DATA NULL: zeros. False as above. */
bool ar_block_writer_put(ar_block_writer *writer, const void *data, size_t size);
/* Hands the last block over. */
void ar_block_writer_finish(ar_block_writer *writer);

#endif
