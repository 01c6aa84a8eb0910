#include "archive/codec.h"

#include <zstd.h>

#include "archive/zstd_format.h"

enum { DEFAULT_LEVEL = 3 };

static void *open_worker(void *context) {
    const artrepo_archive_strategy *strategy = context;
    ZSTD_CCtx *compressor = ZSTD_createCCtx();
    if (compressor == NULL) {
        return NULL;
    }
    int level = strategy->level == ARTREPO_LEVEL_DEFAULT ? DEFAULT_LEVEL : strategy->level;
    ZSTD_CCtx_setParameter(compressor, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(compressor, ZSTD_c_checksumFlag, 1);
    return compressor;
}

static void close_worker(void *state) {
    ZSTD_freeCCtx(state);
}

static artrepo_code compress_block(void *strategy, void *state, ar_block *block,
                                   artrepo_error *error) {
    (void)strategy;
    size_t size =
        ZSTD_compress2(state, block->output + AR_ZSTD_MARKER_SIZE,
                       ZSTD_COMPRESSBOUND(AR_ZSTD_BLOCK_SIZE), block->input, block->input_size);
    if (ZSTD_isError(size)) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "zstd cannot compress: %s",
                                 ZSTD_getErrorName(size));
    }
    ar_zstd_write_marker(block->output, (uint32_t)size);
    block->output_size = AR_ZSTD_MARKER_SIZE + size;
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

const ar_codec ar_codec_none = {
    .name = "none",
    .block_size = AR_ZSTD_BLOCK_SIZE,
};
