/*
 * Reads any gzip stream: members of ours are cut into pieces and BGZF members are taken whole, both
 * decompressed in parallel; any other member is inflated as it comes.
 */
#include "archive/decompress.h"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "archive/deflate_join.h"
#include "archive/gzip_format.h"

enum { MAX_BLOCK_LOG2 = 19, MAX_BLOCK = 1 << MAX_BLOCK_LOG2, BGZF_HEADER_SIZE = 18 };
#define INPUT_CAPACITY (AR_DEFLATE_STORED_BOUND((size_t)MAX_BLOCK) + AR_DEFLATE_JOIN_ROOM)

static const char format_name[] = "gzip";

static artrepo_code damaged(artrepo_error *error, const char *what) {
    return ar_stream_damaged(format_name, what, error);
}

static artrepo_code ends_early(artrepo_error *error) {
    return ar_stream_ends_early(format_name, error);
}

/* ---- members of ours ---- */

/* SIZE bytes that need nothing more. */
static artrepo_code produce_whole(ar_decompress_state *state, ar_pipeline *pipeline, size_t size,
                                  unsigned tag, artrepo_error *error) {
    ar_block *block;
    artrepo_code code = ar_take_piece(state, pipeline, format_name, size, tag, &block, error);
    if (code == ARTREPO_OK && block != NULL) {
        ar_pipeline_submit(pipeline);
    }
    return code;
}

/* One piece of SIZE bytes, made a complete deflate stream by an empty last block. */
static artrepo_code produce_piece(ar_decompress_state *state, ar_pipeline *pipeline, uint32_t size,
                                  artrepo_error *error) {
    if (size > INPUT_CAPACITY - AR_DEFLATE_END_SIZE) {
        return damaged(error, "a piece is larger than a block can be");
    }
    ar_block *block;
    artrepo_code code =
        ar_take_piece(state, pipeline, format_name, size, AR_PIECE_COMPRESSED, &block, error);
    if (code != ARTREPO_OK || block == NULL) {
        return code;
    }
    memcpy(block->input + size, ar_deflate_end, AR_DEFLATE_END_SIZE);
    block->input_size = size + AR_DEFLATE_END_SIZE;
    ar_pipeline_submit(pipeline);
    return ARTREPO_OK;
}

/* The bytes behind the last piece: HEAD has the first of them. */
static artrepo_code produce_trailer(ar_decompress_state *state, ar_pipeline *pipeline,
                                    const unsigned char *head, artrepo_error *error) {
    if (memcmp(head, ar_deflate_end, AR_DEFLATE_END_SIZE) != 0) {
        return damaged(error, "a marker between two pieces is missing");
    }
    return produce_whole(state, pipeline, AR_GZIP_TRAILER_SIZE, AR_PIECE_TRAILER, error);
}

static artrepo_code produce_pieces(ar_decompress_state *state, ar_pipeline *pipeline,
                                   artrepo_error *error) {
    for (;;) {
        unsigned char marker[AR_GZIP_MARKER_SIZE];
        size_t got;
        /* The end is shorter than a marker: its bytes must be told apart before more is read. */
        artrepo_code code = ar_feed_read(state->feed, marker, AR_DEFLATE_END_SIZE, &got, error);
        if (code != ARTREPO_OK || got < AR_DEFLATE_END_SIZE) {
            return code != ARTREPO_OK ? code : ends_early(error);
        }
        if ((marker[0] & 7) != 0) {
            return produce_trailer(state, pipeline, marker, error);
        }
        size_t rest = AR_GZIP_MARKER_SIZE - AR_DEFLATE_END_SIZE;
        uint32_t size;
        code = ar_feed_read(state->feed, marker + AR_DEFLATE_END_SIZE, rest, &got, error);
        if (code == ARTREPO_OK && got < rest) {
            code = ends_early(error);
        }
        if (code == ARTREPO_OK && !ar_gzip_read_marker(marker, &size)) {
            code = damaged(error, "a marker between two pieces is not one");
        }
        if (code == ARTREPO_OK) {
            code = produce_piece(state, pipeline, size, error);
        }
        if (code != ARTREPO_OK) {
            return code;
        }
    }
}

/* ---- BGZF members ---- */

/* The size of the member when HEADER is that of a BGZF one; 0 otherwise. */
static size_t bgzf_member_size(const unsigned char *header, size_t size) {
    static const unsigned char start[4] = {0x1f, 0x8b, 8, 4};
    static const unsigned char extra[6] = {6, 0, 'B', 'C', 2, 0};
    if (size < BGZF_HEADER_SIZE || memcmp(header, start, sizeof start) != 0 ||
        memcmp(header + 10, extra, sizeof extra) != 0) {
        return 0;
    }
    return (header[16] | (size_t)header[17] << 8) + 1;
}

/* ---- any other member ---- */

static const char *inflate_message(int result) {
    switch (result) {
    case ISAL_INVALID_WRAPPER:
    case ISAL_UNSUPPORTED_METHOD:
        return "no gzip header where one must be";
    case ISAL_INCORRECT_CHECKSUM:
        return "its checksum does not fit";
    default:
        return "its compressed data makes no sense";
    }
}

/* Inflates into BLOCK until it is full, or the member or the input ends. */
static artrepo_code fill_block(ar_decompress_state *state, struct inflate_state *inflate,
                               ar_block *block, artrepo_error *error) {
    inflate->next_out = block->input;
    inflate->avail_out = MAX_BLOCK;
    while (inflate->avail_out > 0 && inflate->block_state != ISAL_BLOCK_FINISH) {
        const unsigned char *data;
        size_t size;
        artrepo_code code = ar_feed_peek(state->feed, &data, &size, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        uint32_t before = inflate->avail_out;
        inflate->next_in = (uint8_t *)data;
        inflate->avail_in = (uint32_t)size;
        int result = isal_inflate(inflate);
        ar_feed_consume(state->feed, size - inflate->avail_in);
        if (result < 0) {
            return damaged(error, inflate_message(result));
        }
        if (size == 0 && inflate->avail_out == before &&
            inflate->block_state != ISAL_BLOCK_FINISH) {
            return ends_early(error);
        }
    }
    block->input_size = MAX_BLOCK - inflate->avail_out;
    block->tag = AR_PIECE_PLAIN;
    return ARTREPO_OK;
}

static artrepo_code inflate_member(ar_decompress_state *state, ar_pipeline *pipeline,
                                   struct inflate_state *inflate, artrepo_error *error) {
    isal_inflate_reset(inflate);
    inflate->crc_flag = ISAL_GZIP;
    do {
        ar_block *block = ar_pipeline_take(pipeline);
        if (block == NULL) {
            return ARTREPO_OK;
        }
        artrepo_code code = fill_block(state, inflate, block, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        ar_pipeline_submit(pipeline);
    } while (inflate->block_state != ISAL_BLOCK_FINISH);
    return ARTREPO_OK;
}

/* ---- the stream ---- */

/* One member, whose header of LENGTH bytes at HEAD has not been consumed. */
static artrepo_code produce_next(ar_decompress_state *state, ar_pipeline *pipeline,
                                 const unsigned char *head, size_t length,
                                 struct inflate_state *inflate, artrepo_error *error) {
    unsigned block_log2;
    if (ar_gzip_read_header(head, length, &block_log2) && block_log2 <= MAX_BLOCK_LOG2) {
        ar_feed_consume(state->feed, AR_GZIP_HEADER_SIZE);
        return produce_pieces(state, pipeline, error);
    }
    size_t member = bgzf_member_size(head, length);
    return member > 0 ? produce_whole(state, pipeline, member, AR_PIECE_MEMBER, error)
                      : inflate_member(state, pipeline, inflate, error);
}

/* Tapes and disk images end in zeros; other tools pass over them too. */
static artrepo_code skip_zeros(ar_feed *feed, artrepo_error *error) {
    for (;;) {
        const unsigned char *data;
        size_t size;
        artrepo_code code = ar_feed_peek(feed, &data, &size, error);
        if (code != ARTREPO_OK || size == 0) {
            return code;
        }
        size_t zeros = 0;
        while (zeros < size && data[zeros] == 0) {
            zeros++;
        }
        ar_feed_consume(feed, zeros);
        if (zeros < size) {
            return damaged(error, "something that is not gzip follows behind its end");
        }
    }
}

static artrepo_code produce_stream(ar_decompress_state *state, ar_pipeline *pipeline,
                                   struct inflate_state *inflate, artrepo_error *error) {
    for (;;) {
        const unsigned char *head;
        size_t length;
        artrepo_code code = ar_feed_peek(state->feed, &head, &length, error);
        if (code != ARTREPO_OK || length == 0) {
            return code;
        }
        if (head[0] == 0) {
            return skip_zeros(state->feed, error);
        }
        code = produce_next(state, pipeline, head, length, inflate, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        if (artrepo_operation_check(state->operation, error) != ARTREPO_OK) {
            return ARTREPO_CANCELLED;
        }
    }
}

static artrepo_code produce_gzip(ar_decompress_state *state, ar_pipeline *pipeline,
                                 artrepo_error *error) {
    struct inflate_state *inflate = malloc(sizeof *inflate);
    if (inflate == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to decompress");
    }
    isal_inflate_init(inflate);
    artrepo_code code = produce_stream(state, pipeline, inflate, error);
    free(inflate);
    return code;
}

/* ---- workers ---- */

static void *open_worker(void *context) {
    (void)context;
    return libdeflate_alloc_decompressor();
}

static void close_worker(void *worker) {
    if (worker != NULL) {
        libdeflate_free_decompressor(worker);
    }
}

static artrepo_code decompress_piece(struct libdeflate_decompressor *decompressor, ar_block *block,
                                     artrepo_error *error) {
    enum libdeflate_result result =
        libdeflate_deflate_decompress(decompressor, block->input, block->input_size, block->output,
                                      MAX_BLOCK, &block->output_size);
    if (result != LIBDEFLATE_SUCCESS) {
        return damaged(error, "a piece cannot be decompressed");
    }
    block->checksum = libdeflate_crc32(0, block->output, block->output_size);
    return ARTREPO_OK;
}

static artrepo_code transform(void *worker, ar_block *block, artrepo_error *error) {
    switch (block->tag) {
    case AR_PIECE_COMPRESSED:
        return decompress_piece(worker, block, error);
    case AR_PIECE_MEMBER:
        return libdeflate_gzip_decompress(worker, block->input, block->input_size, block->output,
                                          MAX_BLOCK, &block->output_size) == LIBDEFLATE_SUCCESS
                   ? ARTREPO_OK
                   : damaged(error, "a member cannot be decompressed");
    case AR_PIECE_PLAIN:
        ar_block_pass_on(block);
        return ARTREPO_OK;
    default:
        return ARTREPO_OK; /* a trailer: nothing comes out of it */
    }
}

/* ---- in order ---- */

static artrepo_code accept(ar_decompress_state *state, const ar_block *block,
                           artrepo_error *error) {
    if (block->tag == AR_PIECE_COMPRESSED) {
        state->checksum =
            (uint32_t)crc32_combine(state->checksum, block->checksum, (z_off_t)block->output_size);
        state->size += block->output_size;
    } else if (block->tag == AR_PIECE_TRAILER) {
        if (!ar_gzip_check_trailer(block->input, state->checksum, state->size)) {
            return damaged(error, inflate_message(ISAL_INCORRECT_CHECKSUM));
        }
        state->checksum = 0;
        state->size = 0;
    }
    return ARTREPO_OK;
}

const ar_decompress_format ar_decompress_gzip = {
    .input_capacity = INPUT_CAPACITY,
    .output_capacity = INPUT_CAPACITY, /* alike, so that plain blocks are passed on by a swap */
    .parallel = true,
    .produce = produce_gzip,
    .transform = transform,
    .open_worker = open_worker,
    .close_worker = close_worker,
    .accept = accept,
};
