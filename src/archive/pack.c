/* The source that artrepo_archive_pack() returns: a pipeline whose blocks are framed in order. */
#include <artrepo/archive.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "archive/strategy.h"
#include "archive/tar_write.h"
#include "archive/zip_write.h"
#include "base/path.h"

typedef struct pack_source {
    artrepo_source base;
    char *path, *top;
    artrepo_archive_strategy strategy;
    const ar_codec *codec;
    artrepo_operation *operation;

    ar_pipeline *pipeline; /* NULL until the first read */
    ar_frame_state frame;
    unsigned char frame_bytes[AR_CODEC_FRAME_SIZE];
    const unsigned char *chunk; /* what is to be handed out next */
    size_t chunk_size;
    bool ended; /* the frame's end is the chunk, or is handed out */
} pack_source;

static artrepo_code write_archive(pack_source *source, ar_pipeline *pipeline,
                                  artrepo_error *error) {
    ar_block_writer writer = {.pipeline = pipeline, .block_size = source->codec->block_size};
    bool zip = source->strategy.kind == ARTREPO_ARCHIVE_ZIP;
    return zip ? ar_zip_write(source->path, source->top, &writer, source->operation, error)
               : ar_tar_write(source->path, source->top, &writer, source->operation, error);
}

static artrepo_code produce(void *context, ar_pipeline *pipeline, artrepo_error *error) {
    pack_source *source = context;
    artrepo_code code = write_archive(source, pipeline, error);
    if (code == ARTREPO_OK && source->codec->serial) {
        ar_block *last = ar_pipeline_take(pipeline);
        if (last != NULL) {
            last->tag = AR_BLOCK_LAST;
            ar_pipeline_submit(pipeline);
        }
    }
    return code;
}

static artrepo_code compress(void *context, void *state, ar_block *block, artrepo_error *error) {
    pack_source *source = context;
    return source->codec->compress(&source->strategy, state, block, error);
}

static void *open_worker(void *context) {
    pack_source *source = context;
    return source->codec->open_worker(&source->strategy,
                                      artrepo_operation_threads(source->operation));
}

/* Starts the threads. */
static artrepo_code start(pack_source *source, artrepo_error *error) {
    const ar_codec *codec = source->codec;
    bool compresses = codec->compress != NULL;
    ar_pipeline_plan plan = {
        .producer_stage = "read",
        .worker_stage = "compress",
        .input_capacity = codec->block_size,
        .output_capacity = codec->output_capacity,
        .workers = compresses && !codec->serial ? artrepo_operation_threads(source->operation) : 1,
        .produce = produce,
        .transform = compresses ? compress : NULL,
        .open_worker = compresses ? open_worker : NULL,
        .close_worker = codec->close_worker,
        .context = source,
        .operation = source->operation,
    };
    source->frame = (ar_frame_state){0, 0};
    source->ended = false;
    source->chunk = source->frame_bytes;
    source->chunk_size = codec->begin == NULL ? 0 : codec->begin(source->frame_bytes);
    return ar_pipeline_open(&plan, &source->pipeline, error);
}

/* Makes the chunk what comes next; empty at the end. */
static artrepo_code advance(pack_source *source, artrepo_error *error) {
    const ar_codec *codec = source->codec;
    const ar_block *block;
    artrepo_code code = ar_pipeline_next(source->pipeline, &block, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (block != NULL) {
        source->chunk = block->output;
        source->chunk_size = block->output_size;
        if (codec->add != NULL) {
            codec->add(&source->frame, block);
        }
    } else if (!source->ended) {
        source->ended = true;
        source->chunk = source->frame_bytes;
        source->chunk_size =
            codec->end == NULL ? 0 : codec->end(&source->frame, source->frame_bytes);
    }
    return ARTREPO_OK;
}

static artrepo_code pack_read(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                              artrepo_error *error) {
    pack_source *source = (pack_source *)base;
    artrepo_code code = ARTREPO_OK;
    if (source->pipeline == NULL) {
        code = start(source, error);
    }
    while (code == ARTREPO_OK && source->chunk_size == 0 && !source->ended) {
        code = advance(source, error);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    *got = capacity < source->chunk_size ? capacity : source->chunk_size;
    memcpy(buffer, source->chunk, *got);
    source->chunk += *got;
    source->chunk_size -= *got;
    return ARTREPO_OK;
}

static artrepo_code pack_rewind(artrepo_source *base, artrepo_error *error) {
    (void)error;
    pack_source *source = (pack_source *)base;
    ar_pipeline_close(source->pipeline);
    source->pipeline = NULL;
    source->chunk_size = 0;
    source->ended = false;
    return ARTREPO_OK;
}

static void pack_close(artrepo_source *base) {
    pack_source *source = (pack_source *)base;
    ar_pipeline_close(source->pipeline);
    free(source->path);
    free(source->top);
    free(source);
}

static const artrepo_source_functions pack_functions = {pack_read, pack_rewind, pack_close};

static artrepo_code check_path(const char *path, bool must_be_file, artrepo_error *error) {
    struct stat status;
    if (stat(path, &status) != 0) {
        return artrepo_error_set_errno(error, errno, "cannot archive %s", path);
    }
    if (S_ISDIR(status.st_mode) && must_be_file) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "%s is a directory: the none strategy packs single files", path);
    }
    if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "%s is neither a regular file nor a directory", path);
    }
    return ARTREPO_OK;
}

artrepo_code artrepo_archive_pack(const char *path, const char *name,
                                  const artrepo_archive_strategy *strategy,
                                  artrepo_operation *operation, artrepo_source **out,
                                  artrepo_error *error) {
    bool none = strategy->kind == ARTREPO_ARCHIVE_NONE;
    artrepo_code code = artrepo_archive_strategy_check(strategy, error);
    if (code == ARTREPO_OK) {
        code = check_path(path, none, error);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    if (none) {
        return artrepo_source_open_file(path, out, error);
    }
    pack_source *source = calloc(1, sizeof *source);
    if (source == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to archive %s", path);
    }
    source->base = (artrepo_source){&pack_functions, -1, -1};
    source->path = strdup(path);
    source->top = name == NULL ? ar_path_base(path) : strdup(name);
    source->strategy = *strategy;
    source->codec = strategy->kind == ARTREPO_ARCHIVE_ZIP ? &ar_codec_none
                                                          : ar_archive_strategy_codec(strategy);
    source->operation = operation;
    if (source->path == NULL || source->top == NULL) {
        pack_close(&source->base);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to archive %s", path);
    }
    *out = &source->base;
    return ARTREPO_OK;
}
