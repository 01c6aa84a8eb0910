#include "archive/decompress.h"

#include <stdlib.h>

struct ar_decompressor {
    ar_block_reader reader;
    const ar_decompress_format *format;
    ar_decompress_state state;
    ar_pipeline *pipeline;
};

void ar_block_pass_on(ar_block *block) {
    unsigned char *input = block->input;
    block->input = block->output;
    block->output = input;
    block->output_size = block->input_size;
}

artrepo_code ar_stream_damaged(const char *format, const char *what, artrepo_error *error) {
    return artrepo_error_set(
        error, ARTREPO_IO, "the %s stream is damaged: %s; store the artifact again", format, what);
}

artrepo_code ar_stream_ends_early(const char *format, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_IO,
                             "the archive ends early (unexpected end of the %s stream); store the "
                             "artifact again",
                             format);
}

artrepo_code ar_take_piece(ar_decompress_state *state, ar_pipeline *pipeline, const char *format,
                           size_t size, unsigned tag, ar_block **out, artrepo_error *error) {
    ar_block *block = ar_pipeline_take(pipeline);
    *out = block;
    if (block == NULL) {
        return ARTREPO_OK;
    }
    artrepo_code code = ar_feed_read(state->feed, block->input, size, &block->input_size, error);
    if (code == ARTREPO_OK && block->input_size < size) {
        code = ar_stream_ends_early(format, error);
    }
    block->tag = tag;
    return code;
}

/* ---- bytes that are passed on ---- */

enum { PLAIN_BLOCK = 256 << 10 };

static artrepo_code produce_plain(ar_decompress_state *state, ar_pipeline *pipeline,
                                  artrepo_error *error) {
    ar_block *block;
    while ((block = ar_pipeline_take(pipeline)) != NULL) {
        artrepo_code code =
            ar_feed_read(state->feed, block->input, PLAIN_BLOCK, &block->input_size, error);
        if (code != ARTREPO_OK || block->input_size == 0) {
            return code;
        }
        ar_pipeline_submit(pipeline);
    }
    return ARTREPO_OK;
}

const ar_decompress_format ar_decompress_plain = {
    .input_capacity = PLAIN_BLOCK,
    .produce = produce_plain,
};

/* ---- the pipeline ---- */

static artrepo_code produce(void *context, ar_pipeline *pipeline, artrepo_error *error) {
    ar_decompressor *decompressor = context;
    return decompressor->format->produce(&decompressor->state, pipeline, error);
}

static artrepo_code transform(void *context, void *worker, ar_block *block, artrepo_error *error) {
    ar_decompressor *decompressor = context;
    return decompressor->format->transform(worker, block, error);
}

static artrepo_code next_block(ar_block_reader *reader, const void **data, size_t *size,
                               artrepo_error *error) {
    ar_decompressor *decompressor = (ar_decompressor *)reader;
    const ar_block *block;
    do {
        artrepo_code code = ar_pipeline_next(decompressor->pipeline, &block, error);
        if (code == ARTREPO_OK && block != NULL && decompressor->format->accept != NULL) {
            code = decompressor->format->accept(&decompressor->state, block, error);
        }
        if (code != ARTREPO_OK) {
            return code;
        }
    } while (block != NULL && block->output_size == 0);
    *data = block == NULL ? NULL : block->output;
    *size = block == NULL ? 0 : block->output_size;
    return ARTREPO_OK;
}

static const ar_decompress_format *format_for(ar_stream_format format) {
    switch (format) {
    case AR_STREAM_GZIP:
        return &ar_decompress_gzip;
    case AR_STREAM_ZSTD:
        return &ar_decompress_zstd;
    default:
        return &ar_decompress_plain;
    }
}

artrepo_code ar_decompressor_open(ar_stream_format stream, ar_feed *feed,
                                  artrepo_operation *operation, ar_decompressor **out,
                                  artrepo_error *error) {
    ar_decompressor *decompressor = calloc(1, sizeof *decompressor);
    if (decompressor == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to decompress");
    }
    const ar_decompress_format *format = format_for(stream);
    decompressor->reader.next = next_block;
    decompressor->format = format;
    decompressor->state = (ar_decompress_state){.feed = feed, .operation = operation};
    ar_pipeline_plan plan = {
        .producer_stage = "split",
        .worker_stage = "decompress",
        .input_capacity = format->input_capacity,
        .output_capacity = format->output_capacity,
        .workers = format->parallel ? artrepo_operation_threads(operation) : 1,
        .produce = produce,
        .transform = format->transform == NULL ? NULL : transform,
        .open_worker = format->open_worker,
        .close_worker = format->close_worker,
        .context = decompressor,
        .operation = operation,
    };
    artrepo_code code = ar_pipeline_open(&plan, &decompressor->pipeline, error);
    if (code != ARTREPO_OK) {
        free(decompressor);
        return code;
    }
    *out = decompressor;
    return ARTREPO_OK;
}

void ar_decompressor_close(ar_decompressor *decompressor) {
    if (decompressor != NULL) {
        ar_pipeline_close(decompressor->pipeline);
        free(decompressor);
    }
}

ar_block_reader *ar_decompressor_reader(ar_decompressor *decompressor) {
    return &decompressor->reader;
}
