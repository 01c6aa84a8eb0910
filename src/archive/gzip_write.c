#include "archive/codec.h"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <zlib.h>

#include "archive/deflate_join.h"
#include "archive/gzip_format.h"
#include "archive/sample.h"

enum { BLOCK_SIZE_LOG2 = 19, BLOCK_SIZE = 1 << BLOCK_SIZE_LOG2 };

/* What compresses at each gzip level, found by measuring (docs/benchmarks.md): the fastest that
 * makes archives no larger than the reference's at the same level. */
typedef struct encoder_choice {
    enum { STORE, ISAL, LIBDEFLATE } encoder;
    int level; /* the encoder's own */
} encoder_choice;

static const encoder_choice choices[] = {
    {STORE, 0},      {ISAL, 1},       {LIBDEFLATE, 1}, {LIBDEFLATE, 2}, {LIBDEFLATE, 4},
    {LIBDEFLATE, 5}, {LIBDEFLATE, 5}, {LIBDEFLATE, 6}, {LIBDEFLATE, 7}, {LIBDEFLATE, 8},
};
static const encoder_choice default_choice = {LIBDEFLATE, 5};

/* A worker's own. */
typedef struct gzip_encoder {
    encoder_choice choice;
    struct libdeflate_compressor *compressor;
    struct isal_zstream stream;
    uint8_t level_buffer[];
} gzip_encoder;

static void *open_worker(const artrepo_archive_strategy *strategy, unsigned threads) {
    (void)threads;
    encoder_choice choice =
        strategy->level == ARTREPO_LEVEL_DEFAULT ? default_choice : choices[strategy->level];
    size_t buffer_size = choice.encoder == ISAL ? ISAL_DEF_LVL1_DEFAULT : 0;
    gzip_encoder *encoder = malloc(sizeof *encoder + buffer_size);
    if (encoder == NULL) {
        return NULL;
    }
    encoder->choice = choice;
    encoder->compressor = NULL;
    if (choice.encoder == LIBDEFLATE &&
        (encoder->compressor = libdeflate_alloc_compressor(choice.level)) == NULL) {
        free(encoder);
        return NULL;
    }
    return encoder;
}

static void close_worker(void *state) {
    gzip_encoder *encoder = state;
    if (encoder != NULL) {
        libdeflate_free_compressor(encoder->compressor);
        free(encoder);
    }
}

/* Each returns the size of the piece at OUT, which has room for stored bytes; 0 when the block is
 * better stored. */

static size_t libdeflate_piece(gzip_encoder *encoder, const ar_block *block, unsigned char *out) {
    size_t size = libdeflate_deflate_compress(encoder->compressor, block->input, block->input_size,
                                              out, block->input_size);
    return size > 0 && ar_deflate_open_end(out, &size) ? size : 0;
}

static size_t isal_piece(gzip_encoder *encoder, const ar_block *block, unsigned char *out) {
    struct isal_zstream *stream = &encoder->stream;
    isal_deflate_stateless_init(stream);
    stream->level = (uint32_t)encoder->choice.level;
    stream->level_buf = encoder->level_buffer;
    stream->level_buf_size = ISAL_DEF_LVL1_DEFAULT;
    stream->hist_bits = 0;      /* the whole window; the init leaves what stands there */
    stream->flush = FULL_FLUSH; /* ends at a byte, refers to nothing before it */
    stream->end_of_stream = 0;
    stream->next_in = block->input;
    stream->avail_in = (uint32_t)block->input_size;
    stream->next_out = out;
    stream->avail_out = (uint32_t)block->input_size;
    return isal_deflate_stateless(stream) == COMP_OK ? stream->total_out : 0;
}

static size_t compress_piece(gzip_encoder *encoder, const ar_block *block, unsigned char *out) {
    if (encoder->choice.encoder == STORE ||
        ar_sample_is_incompressible(block->input, block->input_size)) {
        return 0;
    }
    return encoder->choice.encoder == ISAL ? isal_piece(encoder, block, out)
                                           : libdeflate_piece(encoder, block, out);
}

static artrepo_code compress_block(void *strategy, void *state, ar_block *block,
                                   artrepo_error *error) {
    (void)strategy;
    (void)error;
    unsigned char *piece = block->output + AR_GZIP_MARKER_SIZE;
    size_t size = compress_piece(state, block, piece);
    if (size == 0) {
        size = ar_deflate_store(block->input, block->input_size, piece);
    }
    ar_gzip_write_marker(block->output, (uint32_t)size);
    block->output_size = AR_GZIP_MARKER_SIZE + size;
    block->checksum = libdeflate_crc32(0, block->input, block->input_size);
    return ARTREPO_OK;
}

static size_t begin(unsigned char *out) {
    ar_gzip_write_header(out, BLOCK_SIZE_LOG2);
    return AR_GZIP_HEADER_SIZE;
}

static void add(ar_frame_state *frame, const ar_block *block) {
    frame->checksum =
        (uint32_t)crc32_combine(frame->checksum, block->checksum, (z_off_t)block->input_size);
    frame->size += block->input_size;
}

static size_t end(const ar_frame_state *frame, unsigned char *out) {
    for (size_t i = 0; i < AR_DEFLATE_END_SIZE; i++) {
        out[i] = ar_deflate_end[i];
    }
    ar_gzip_write_trailer(out + AR_DEFLATE_END_SIZE, frame->checksum, frame->size);
    return AR_DEFLATE_END_SIZE + AR_GZIP_TRAILER_SIZE;
}

const ar_codec ar_codec_gzip = {
    .name = "gzip",
    .block_size = BLOCK_SIZE,
    .output_capacity =
        AR_GZIP_MARKER_SIZE + AR_DEFLATE_STORED_BOUND(BLOCK_SIZE) + AR_DEFLATE_JOIN_ROOM,
    .compress = compress_block,
    .open_worker = open_worker,
    .close_worker = close_worker,
    .begin = begin,
    .add = add,
    .end = end,
};
