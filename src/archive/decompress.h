/*
 * A compressed stream is decompressed by a pipeline, in parallel where the stream allows it.
 *
 * Each format has a producer that cuts the stream out of a feed and a transform that decompresses a
 * piece. What cannot be cut is decompressed by the producer itself into a block tagged as plain.
 */
#ifndef AR_ARCHIVE_DECOMPRESS_H
#define AR_ARCHIVE_DECOMPRESS_H

#include "archive/block_reader.h"
#include "archive/detect.h"
#include "archive/feed.h"
#include "archive/pipeline.h"

typedef struct ar_decompressor ar_decompressor;

/* FEED must outlive it. FORMAT: gzip, zstd, or anything else for bytes that are passed on. */
artrepo_code ar_decompressor_open(ar_stream_format format, ar_feed *feed,
                                  artrepo_operation *operation, ar_decompressor **decompressor,
                                  artrepo_error *error);
/* FEED must have ended, failed or been abandoned, so that the producer comes to its end. NULL is
 * allowed. */
void ar_decompressor_close(ar_decompressor *decompressor);
ar_block_reader *ar_decompressor_reader(ar_decompressor *decompressor);

/* ---- what a format is made of ---- */

enum { AR_PIECE_PLAIN = 1, AR_PIECE_COMPRESSED, AR_PIECE_MEMBER, AR_PIECE_TRAILER };

typedef struct ar_decompress_state {
    ar_feed *feed;
    artrepo_operation *operation;
    /* Of what came out so far, for formats whose check is at their end. */
    uint32_t checksum;
    uint64_t size;
} ar_decompress_state;

typedef struct ar_decompress_format {
    size_t input_capacity, output_capacity;
    bool parallel;
    artrepo_code (*produce)(ar_decompress_state *state, ar_pipeline *pipeline,
                            artrepo_error *error);
    artrepo_code (*transform)(void *worker, ar_block *block, artrepo_error *error);
    void *(*open_worker)(void *context);
    void (*close_worker)(void *worker);
    /* In order, before a block is handed out. NULL: nothing to check. */
    artrepo_code (*accept)(ar_decompress_state *state, const ar_block *block, artrepo_error *error);
} ar_decompress_format;

extern const ar_decompress_format ar_decompress_gzip;
extern const ar_decompress_format ar_decompress_zstd;
extern const ar_decompress_format ar_decompress_plain;

/* FORMAT is "gzip" or "zstd". */
artrepo_code ar_stream_damaged(const char *format, const char *what, artrepo_error *error);
artrepo_code ar_stream_ends_early(const char *format, artrepo_error *error);

/* For producers: SIZE bytes of the feed into the next block, which is not submitted yet. *BLOCK is
 * NULL when the pipeline has ended: then there is nothing more to do. */
artrepo_code ar_take_piece(ar_decompress_state *state, ar_pipeline *pipeline, const char *format,
                           size_t size, unsigned tag, ar_block **block, artrepo_error *error);

/* For transforms: the plain input becomes the output without a copy. */
void ar_block_pass_on(ar_block *block);

#endif
