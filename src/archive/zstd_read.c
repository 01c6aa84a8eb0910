/* Reads any zstd stream: frames with a size before them are decompressed in parallel, any other as
 * it comes. */
#include "archive/decompress.h"

#include <zstd.h>

#include "archive/zstd_format.h"

#define INPUT_CAPACITY ZSTD_COMPRESSBOUND(AR_ZSTD_BLOCK_SIZE)
/* 128 MiB, what `zstd` itself takes without being asked for more. */
enum { MAX_WINDOW_LOG = 27 };

static const char format_name[] = "zstd";

static artrepo_code damaged(artrepo_error *error, const char *what) {
    return ar_stream_damaged(format_name, what, error);
}

static artrepo_code ends_early(artrepo_error *error) {
    return ar_stream_ends_early(format_name, error);
}

/* A frame whose marker has been consumed. */
static artrepo_code produce_frame(ar_decompress_state *state, ar_pipeline *pipeline, size_t size,
                                  artrepo_error *error) {
    if (size > INPUT_CAPACITY) {
        return damaged(error, "a frame is larger than its kind can be");
    }
    ar_block *block;
    artrepo_code code =
        ar_take_piece(state, pipeline, format_name, size, AR_PIECE_COMPRESSED, &block, error);
    if (code == ARTREPO_OK && block != NULL) {
        ar_pipeline_submit(pipeline);
    }
    return code;
}

/* Decompresses into BLOCK until it is full or the input ends. *BETWEEN says whether it stopped
 * between two frames. */
static artrepo_code fill_block(ar_decompress_state *state, ZSTD_DCtx *decompressor, ar_block *block,
                               bool *between, bool *at_end, artrepo_error *error) {
    ZSTD_outBuffer output = {block->input, AR_ZSTD_BLOCK_SIZE, 0};
    *at_end = false;
    while (output.pos < output.size && !*at_end) {
        const unsigned char *data;
        size_t size;
        artrepo_code code = ar_feed_peek(state->feed, &data, &size, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        size_t before = output.pos;
        ZSTD_inBuffer input = {data, size, 0};
        size_t result = ZSTD_decompressStream(decompressor, &output, &input);
        ar_feed_consume(state->feed, input.pos);
        if (ZSTD_isError(result)) {
            return damaged(error, ZSTD_getErrorName(result));
        }
        *at_end = size == 0 && output.pos == before;
        if (!*at_end) {
            *between = result == 0;
        }
    }
    block->input_size = output.pos;
    block->tag = AR_PIECE_PLAIN;
    return ARTREPO_OK;
}

static artrepo_code produce_unmarked(ar_decompress_state *state, ar_pipeline *pipeline,
                                     ZSTD_DCtx *decompressor, artrepo_error *error) {
    bool between = false;
    bool at_end = false;
    while (!at_end) {
        ar_block *block = ar_pipeline_take(pipeline);
        if (block == NULL) {
            return ARTREPO_OK;
        }
        artrepo_code code = fill_block(state, decompressor, block, &between, &at_end, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        ar_pipeline_submit(pipeline);
    }
    return between ? ARTREPO_OK : ends_early(error);
}

/* Consumes the marker of a frame of a size that we take whole. */
static artrepo_code take_marker(ar_feed *feed, bool *marked, uint32_t *size, artrepo_error *error) {
    const unsigned char *data;
    size_t available;
    *marked = false;
    artrepo_code code = ar_feed_peek(feed, &data, &available, error);
    if (code != ARTREPO_OK || available == 0 || data[0] != AR_ZSTD_MARKER_FIRST) {
        return code;
    }
    unsigned char marker[AR_ZSTD_MARKER_SIZE];
    size_t got;
    code = ar_feed_read(feed, marker, sizeof marker, &got, error);
    if (code == ARTREPO_OK && (got < sizeof marker || !ar_zstd_read_marker(marker, size))) {
        code = got < sizeof marker ? ends_early(error)
                                   : damaged(error, "a skippable frame of an unknown kind");
    }
    *marked = code == ARTREPO_OK;
    return code;
}

/* Marked frames as long as there are; the rest is one unmarked stream. */
static artrepo_code produce_zstd(ar_decompress_state *state, ar_pipeline *pipeline,
                                 artrepo_error *error) {
    for (;;) {
        const unsigned char *data;
        size_t available;
        artrepo_code code = ar_feed_peek(state->feed, &data, &available, error);
        if (code != ARTREPO_OK || available == 0) {
            return code;
        }
        bool marked;
        uint32_t size = 0;
        code = take_marker(state->feed, &marked, &size, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        if (!marked) {
            break;
        }
        code = produce_frame(state, pipeline, size, error);
        if (code != ARTREPO_OK) {
            return code;
        }
    }
    ZSTD_DCtx *decompressor = ZSTD_createDCtx();
    if (decompressor == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to decompress");
    }
    ZSTD_DCtx_setParameter(decompressor, ZSTD_d_windowLogMax, MAX_WINDOW_LOG);
    artrepo_code code = produce_unmarked(state, pipeline, decompressor, error);
    ZSTD_freeDCtx(decompressor);
    return code;
}

static void *open_worker(void *context) {
    (void)context;
    return ZSTD_createDCtx();
}

static void close_worker(void *worker) {
    ZSTD_freeDCtx(worker);
}

static artrepo_code transform(void *worker, ar_block *block, artrepo_error *error) {
    if (block->tag == AR_PIECE_PLAIN) {
        ar_block_pass_on(block);
        return ARTREPO_OK;
    }
    size_t size = ZSTD_decompressDCtx(worker, block->output, AR_ZSTD_BLOCK_SIZE, block->input,
                                      block->input_size);
    if (ZSTD_isError(size)) {
        return damaged(error, ZSTD_getErrorName(size));
    }
    block->output_size = size;
    return ARTREPO_OK;
}

const ar_decompress_format ar_decompress_zstd = {
    .input_capacity = INPUT_CAPACITY,
    .output_capacity = INPUT_CAPACITY,
    .parallel = true,
    .produce = produce_zstd,
    .transform = transform,
    .open_worker = open_worker,
    .close_worker = close_worker,
};
