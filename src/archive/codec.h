/*
 * A codec: what turns the blocks of an archive stream into its compressed form, many at a time.
 *
 * The consumer of the pipeline frames the blocks: begin, then for each block in order its output
 * and `add`, then end.
 */
#ifndef AR_ARCHIVE_CODEC_H
#define AR_ARCHIVE_CODEC_H

#include <stdbool.h>

#include <artrepo/archive.h>

#include "archive/pipeline.h"

#define AR_CODEC_FRAME_SIZE 32

/* The tag of the empty block that ends the input of a serial codec. */
enum { AR_BLOCK_LAST = 1 };

typedef struct ar_frame_state {
    uint32_t checksum;
    uint64_t size;
} ar_frame_state;

typedef struct ar_codec {
    const char *name;
    size_t block_size;
    size_t output_capacity; /* 0: blocks are passed on as they are */
    /* Each block continues the one before: there is one worker, which may run threads of its own
     * and gets an empty block at the end. */
    bool serial;
    artrepo_code (*compress)(void *strategy, void *state, ar_block *block, artrepo_error *error);
    void *(*open_worker)(const artrepo_archive_strategy *strategy, unsigned threads);
    void (*close_worker)(void *state);
    /* Each writes up to AR_CODEC_FRAME_SIZE bytes and returns how many; NULL: none. */
    size_t (*begin)(unsigned char *out);
    void (*add)(ar_frame_state *frame, const ar_block *block);
    size_t (*end)(const ar_frame_state *frame, unsigned char *out);
} ar_codec;

extern const ar_codec ar_codec_gzip;
extern const ar_codec ar_codec_zstd;
extern const ar_codec ar_codec_zstd_long;
extern const ar_codec ar_codec_none;

#endif
