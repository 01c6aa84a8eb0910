#include "bench_streams.h"

#include <string.h>

/* ---- source ---- */

static artrepo_code source_read(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                                artrepo_error *error) {
    bench_source *source = (bench_source *)base;
    (void)error;
    int64_t left = source->source.size - source->position;
    size_t count = left < (int64_t)capacity ? (size_t)left : capacity, used = 0;
    while (used < count) {
        size_t from = (size_t)(source->position % (int64_t)source->block_size);
        size_t part = source->block_size - from;
        part = part < count - used ? part : count - used;
        memcpy((char *)buffer + used, source->block + from, part);
        source->position += (int64_t)part;
        used += part;
    }
    *got = count;
    return ARTREPO_OK;
}

static artrepo_code source_rewind(artrepo_source *base, artrepo_error *error) {
    (void)error;
    ((bench_source *)base)->position = 0;
    return ARTREPO_OK;
}

static void source_close(artrepo_source *base) {
    (void)base;
}

void bench_source_open(bench_source *source, const void *block, size_t block_size, int64_t size) {
    static const artrepo_source_functions functions = {source_read, source_rewind, source_close};
    *source = (bench_source){{&functions, size, -1}, block, block_size, 0};
}

/* ---- sink ---- */

static artrepo_code sink_write(artrepo_sink *base, const void *data, size_t size,
                               artrepo_error *error) {
    (void)data;
    (void)error;
    ((bench_sink *)base)->bytes += (int64_t)size;
    return ARTREPO_OK;
}

static artrepo_code sink_commit(artrepo_sink *base, artrepo_error *error) {
    (void)base;
    (void)error;
    return ARTREPO_OK;
}

static void sink_close(artrepo_sink *base) {
    (void)base;
}

void bench_sink_open(bench_sink *sink) {
    static const artrepo_sink_functions functions = {sink_write, sink_commit, sink_close};
    *sink = (bench_sink){{&functions, -1}, 0};
}
