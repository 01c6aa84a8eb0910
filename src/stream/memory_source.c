#include <artrepo/stream.h>

#include <stdlib.h>
#include <string.h>

typedef struct memory_source {
    artrepo_source base;
    const char *data;
    size_t size;
    size_t position;
} memory_source;

static artrepo_code memory_read(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                                artrepo_error *error) {
    (void)error;
    memory_source *source = (memory_source *)base;
    size_t left = source->size - source->position;
    *got = left < capacity ? left : capacity;
    if (*got > 0) {
        memcpy(buffer, source->data + source->position, *got);
    }
    source->position += *got;
    return ARTREPO_OK;
}

static artrepo_code memory_rewind(artrepo_source *base, artrepo_error *error) {
    (void)error;
    ((memory_source *)base)->position = 0;
    return ARTREPO_OK;
}

static void memory_close(artrepo_source *base) {
    free(base);
}

static const artrepo_source_functions memory_functions = {memory_read, memory_rewind, memory_close};

artrepo_code artrepo_source_open_memory(const void *data, size_t size, artrepo_source **out,
                                        artrepo_error *error) {
    memory_source *source = calloc(1, sizeof *source);
    if (source == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a source");
    }
    source->base.functions = &memory_functions;
    source->base.size = (int64_t)size;
    source->base.descriptor = -1;
    source->data = data;
    source->size = size;
    *out = &source->base;
    return ARTREPO_OK;
}
