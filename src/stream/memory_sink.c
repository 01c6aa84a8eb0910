#include <artrepo/stream.h>

#include <stdlib.h>

#include "base/buffer.h"

typedef struct memory_sink {
    artrepo_sink base;
    ar_buffer content;
    size_t limit;
} memory_sink;

static artrepo_code memory_write(artrepo_sink *base, const void *data, size_t size,
                                 artrepo_error *error) {
    memory_sink *sink = (memory_sink *)base;
    if (size > sink->limit - sink->content.size) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "more than the %zu bytes that were expected at most", sink->limit);
    }
    if (!ar_buffer_append(&sink->content, data, size)) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for %zu bytes",
                                 sink->content.size + size);
    }
    return ARTREPO_OK;
}

static artrepo_code memory_commit(artrepo_sink *base, artrepo_error *error) {
    (void)base;
    (void)error;
    return ARTREPO_OK;
}

static void memory_close(artrepo_sink *base) {
    memory_sink *sink = (memory_sink *)base;
    ar_buffer_free(&sink->content);
    free(sink);
}

static const artrepo_sink_functions memory_functions = {memory_write, memory_commit, memory_close};

artrepo_code artrepo_sink_open_memory(size_t limit, artrepo_sink **out, artrepo_error *error) {
    memory_sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a sink");
    }
    sink->base.functions = &memory_functions;
    sink->base.descriptor = -1;
    sink->limit = limit;
    *out = &sink->base;
    return ARTREPO_OK;
}

const void *artrepo_sink_memory(const artrepo_sink *base, size_t *size) {
    const memory_sink *sink = (const memory_sink *)base;
    *size = sink->content.size;
    return sink->content.data;
}
