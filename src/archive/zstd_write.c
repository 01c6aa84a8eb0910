#include "archive/codec.h"

#include <stdlib.h>
#include <zstd.h>

#include "archive/zstd_format.h"

enum { DEFAULT_LEVEL = 3 };

/* With long distances, matches are looked for this far back. */
enum { LONG_WINDOW_LOG = 25, LONG_JOB_SIZE = 4 << 20 };

static ZSTD_CCtx *new_compressor(const artrepo_archive_strategy *strategy) {
    ZSTD_CCtx *compressor = ZSTD_createCCtx();
    if (compressor != NULL) {
        int level = strategy->level == ARTREPO_LEVEL_DEFAULT ? DEFAULT_LEVEL : strategy->level;
        ZSTD_CCtx_setParameter(compressor, ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(compressor, ZSTD_c_checksumFlag, 1);
    }
    return compressor;
}

static void *open_worker(const artrepo_archive_strategy *strategy, unsigned threads) {
    (void)threads;
    return new_compressor(strategy);
}

static void *open_long_worker(const artrepo_archive_strategy *strategy, unsigned threads) {
    ZSTD_CCtx *compressor = new_compressor(strategy);
    if (compressor != NULL) {
        ZSTD_CCtx_setParameter(compressor, ZSTD_c_enableLongDistanceMatching, 1);
        ZSTD_CCtx_setParameter(compressor, ZSTD_c_windowLog, LONG_WINDOW_LOG);
        /* Fails where libzstd was built without threads, and it does the work by itself then. */
        ZSTD_CCtx_setParameter(compressor, ZSTD_c_nbWorkers, (int)threads);
        ZSTD_CCtx_setParameter(compressor, ZSTD_c_jobSize, LONG_JOB_SIZE);
    }
    return compressor;
}

static void close_worker(void *state) {
    ZSTD_freeCCtx(state);
}

static artrepo_code failed(size_t result, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "zstd cannot compress: %s",
                             ZSTD_getErrorName(result));
}

static artrepo_code compress_block(void *strategy, void *state, ar_block *block,
                                   artrepo_error *error) {
    (void)strategy;
    size_t size =
        ZSTD_compress2(state, block->output + AR_ZSTD_MARKER_SIZE,
                       ZSTD_COMPRESSBOUND(AR_ZSTD_BLOCK_SIZE), block->input, block->input_size);
    if (ZSTD_isError(size)) {
        return failed(size, error);
    }
    ar_zstd_write_marker(block->output, (uint32_t)size);
    block->output_size = AR_ZSTD_MARKER_SIZE + size;
    return ARTREPO_OK;
}

static bool grow_output(ar_block *block, ZSTD_outBuffer *output) {
    size_t capacity = block->output_capacity + ZSTD_COMPRESSBOUND(AR_ZSTD_BLOCK_SIZE);
    unsigned char *larger = realloc(block->output, capacity);
    if (larger == NULL) {
        return false;
    }
    block->output = larger;
    block->output_capacity = capacity;
    output->dst = larger;
    output->size = capacity;
    return true;
}

/* libzstd's threads hand out what they finished whenever they like: at one block, the output of
 * many may come. What they can hold back is bounded by their jobs. */
static artrepo_code compress_long_block(void *strategy, void *state, ar_block *block,
                                        artrepo_error *error) {
    (void)strategy;
    bool last = block->tag == AR_BLOCK_LAST;
    ZSTD_inBuffer input = {block->input, block->input_size, 0};
    ZSTD_outBuffer output = {block->output, block->output_capacity, 0};
    size_t left;
    do {
        if (output.pos == output.size && !grow_output(block, &output)) {
            return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to compress");
        }
        left = ZSTD_compressStream2(state, &output, &input, last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left)) {
            return failed(left, error);
        }
    } while (input.pos < input.size || (last && left > 0));
    block->output_size = output.pos;
    return ARTREPO_OK;
}

const ar_codec ar_codec_zstd = {
    .name = "zstd",
    .block_size = AR_ZSTD_BLOCK_SIZE,
    .output_capacity = AR_ZSTD_MARKER_SIZE + ZSTD_COMPRESSBOUND(AR_ZSTD_BLOCK_SIZE),
    .compress = compress_block,
    .open_worker = open_worker,
    .close_worker = close_worker,
};

const ar_codec ar_codec_zstd_long = {
    .name = "zstd",
    .block_size = AR_ZSTD_BLOCK_SIZE,
    .output_capacity = ZSTD_COMPRESSBOUND(AR_ZSTD_BLOCK_SIZE),
    .serial = true,
    .compress = compress_long_block,
    .open_worker = open_long_worker,
    .close_worker = close_worker,
};

const ar_codec ar_codec_none = {
    .name = "none",
    .block_size = AR_ZSTD_BLOCK_SIZE,
};
