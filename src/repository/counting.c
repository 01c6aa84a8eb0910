#include "repository/counting.h"

#include <string.h>

#include "base/operation.h"

/* ---- source ---- */

static artrepo_code source_read(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                                artrepo_error *error) {
    ar_counting_source *source = (ar_counting_source *)base;
    artrepo_code code = artrepo_source_read(source->inner, buffer, capacity, got, error);
    source->failed = code != ARTREPO_OK;
    if (code != ARTREPO_OK) {
        return code;
    }
    source->position += (int64_t)*got;
    if (source->position > source->furthest) {
        ar_progress_add_bytes(source->operation, source->position - source->furthest);
        source->furthest = source->position;
    }
    return ARTREPO_OK;
}

static artrepo_code source_rewind(artrepo_source *base, artrepo_error *error) {
    ar_counting_source *source = (ar_counting_source *)base;
    if (source->position == 0) {
        return ARTREPO_OK;
    }
    artrepo_code code = artrepo_source_rewind(source->inner, error);
    source->failed = code != ARTREPO_OK;
    if (code == ARTREPO_OK) {
        source->position = 0;
    }
    return code;
}

/* The inner stream belongs to who made it. */
static void source_close(artrepo_source *base) {
    (void)base;
}

static const artrepo_source_functions rewindable = {source_read, source_rewind, source_close};
static const artrepo_source_functions readable_once = {source_read, NULL, source_close};

void ar_counting_source_init(ar_counting_source *source, artrepo_source *inner,
                             artrepo_operation *operation) {
    *source = (ar_counting_source){
        .base = {.functions = inner->functions->rewind == NULL ? &readable_once : &rewindable,
                 .size = inner->size,
                 .descriptor = inner->descriptor},
        .inner = inner,
        .operation = operation,
    };
}

/* ---- sink ---- */

static bool is_same(const artrepo_object *first, const artrepo_object *current) {
    if (first->version[0] != '\0' || current->version[0] != '\0') {
        return strcmp(first->version, current->version) == 0;
    }
    return first->size == current->size && first->modified_ms == current->modified_ms;
}

static artrepo_code sink_write(artrepo_sink *base, const void *data, size_t size,
                               artrepo_error *error) {
    ar_counting_sink *sink = (ar_counting_sink *)base;
    sink->failed = true;
    if (sink->delivered == 0) {
        sink->first = *sink->current;
    } else if (!is_same(&sink->first, sink->current)) {
        return artrepo_error_set(error, ARTREPO_IO,
                                 "the object was changed while it was read; try again");
    }
    if (sink->skip > 0) {
        size_t known = (int64_t)size < sink->skip ? size : (size_t)sink->skip;
        sink->skip -= (int64_t)known;
        data = (const char *)data + known;
        size -= known;
    }
    artrepo_code code = artrepo_sink_write(sink->inner, data, size, error);
    if (code == ARTREPO_OK) {
        sink->failed = false;
        sink->delivered += (int64_t)size;
        ar_progress_add_bytes(sink->operation, (int64_t)size);
    }
    return code;
}

static artrepo_code sink_commit(artrepo_sink *base, artrepo_error *error) {
    (void)base;
    return artrepo_error_set(error, ARTREPO_INTERNAL, "a driver must not commit the sink");
}

static void sink_close(artrepo_sink *base) {
    (void)base;
}

static const artrepo_sink_functions sink_functions = {sink_write, sink_commit, sink_close};

void ar_counting_sink_init(ar_counting_sink *sink, artrepo_sink *inner,
                           artrepo_operation *operation) {
    *sink = (ar_counting_sink){
        .base = {.functions = &sink_functions, .descriptor = -1},
        .inner = inner,
        .operation = operation,
    };
}
