/*
 * An ordered pipeline of blocks: one producer thread fills blocks, several workers transform them
 * at the same time, one consumer (the caller's thread) gets them in the order they were filled in.
 *
 * Packing and unpacking are both this: the producer reads files and the workers compress, or the
 * producer cuts a compressed stream and the workers decompress. The number of blocks is fixed, so
 * that memory is bounded and whoever is ahead waits.
 */
#ifndef AR_ARCHIVE_PIPELINE_H
#define AR_ARCHIVE_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <artrepo/operation.h>

typedef struct ar_block {
    unsigned char *input; /* what the producer fills */
    size_t input_size;
    unsigned char *output; /* what the consumer gets; without a transform, the input */
    size_t output_size;
    size_t output_capacity; /* a transform may make the output larger, by realloc */
    uint64_t tag;           /* free for producer and transform to use */
    uint32_t checksum;      /* likewise */
    bool done;              /* the pipeline's own */
} ar_block;

typedef struct ar_pipeline ar_pipeline;

typedef struct ar_pipeline_plan {
    const char *producer_stage, *worker_stage; /* names in the stage profile */
    size_t input_capacity, output_capacity; /* bytes of each block; the output's 0: no transform */
    unsigned workers;

    /* Runs on the producer thread until it has submitted all. Returning an error fails the
     * pipeline. */
    artrepo_code (*produce)(void *context, ar_pipeline *pipeline, artrepo_error *error);
    /* Fills the output from the input; STATE is the worker's own. NULL: none. */
    artrepo_code (*transform)(void *context, void *state, ar_block *block, artrepo_error *error);
    /* A worker's own state, such as a compressor; both NULL: none. */
    void *(*open_worker)(void *context);
    void (*close_worker)(void *state);
    void *context;
    artrepo_operation *operation;
} ar_pipeline_plan;

artrepo_code ar_pipeline_open(const ar_pipeline_plan *plan, ar_pipeline **pipeline,
                              artrepo_error *error);
/* Stops the threads wherever they are, and waits for them. NULL is allowed. */
void ar_pipeline_close(ar_pipeline *pipeline);

/* Producer: a free block to fill; NULL when the pipeline has failed or is being closed. */
ar_block *ar_pipeline_take(ar_pipeline *pipeline);
/* Producer: the block that was taken last is filled. */
void ar_pipeline_submit(ar_pipeline *pipeline);

/* Consumer: the next block, valid until the next call; NULL at the end. */
artrepo_code ar_pipeline_next(ar_pipeline *pipeline, const ar_block **block, artrepo_error *error);

/* How many transforms ran at the same time at most, so far: for tests. */
unsigned ar_pipeline_peak_workers(const ar_pipeline *pipeline);

#endif
