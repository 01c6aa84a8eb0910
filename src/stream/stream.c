#include <artrepo/stream.h>

artrepo_code artrepo_source_read(artrepo_source *source, void *buffer, size_t capacity, size_t *got,
                                 artrepo_error *error) {
    *got = 0;
    if (capacity == 0) {
        return ARTREPO_OK;
    }
    return source->functions->read(source, buffer, capacity, got, error);
}

artrepo_code artrepo_source_read_full(artrepo_source *source, void *buffer, size_t capacity,
                                      size_t *got, artrepo_error *error) {
    size_t total = 0;
    artrepo_code code = ARTREPO_OK;
    while (total < capacity) {
        size_t size;
        code = artrepo_source_read(source, (char *)buffer + total, capacity - total, &size, error);
        if (code != ARTREPO_OK || size == 0) {
            break;
        }
        total += size;
    }
    *got = total;
    return code;
}

artrepo_code artrepo_source_rewind(artrepo_source *source, artrepo_error *error) {
    if (source->functions->rewind == NULL) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED, "the source can be read once only");
    }
    return source->functions->rewind(source, error);
}

void artrepo_source_close(artrepo_source *source) {
    if (source != NULL) {
        source->functions->close(source);
    }
}

artrepo_code artrepo_sink_write(artrepo_sink *sink, const void *data, size_t size,
                                artrepo_error *error) {
    return size == 0 ? ARTREPO_OK : sink->functions->write(sink, data, size, error);
}

artrepo_code artrepo_sink_commit(artrepo_sink *sink, artrepo_error *error) {
    return sink->functions->commit(sink, error);
}

void artrepo_sink_close(artrepo_sink *sink) {
    if (sink != NULL) {
        sink->functions->close(sink);
    }
}
