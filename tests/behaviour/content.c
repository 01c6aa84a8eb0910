#include "content.h"

#include <string.h>

#include "suite.h"

/* ---- bytes ---- */

/* Eight bytes of SEED, well mixed. */
static uint64_t word_of(uint64_t seed, uint64_t index) {
    uint64_t x = (seed + 1) * 0x9e3779b97f4a7c15U + index * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

void content_fill(uint64_t seed, int64_t offset, void *buffer, size_t size) {
    unsigned char *out = buffer;
    uint64_t index = (uint64_t)offset / 8;
    size_t skip = (size_t)offset % 8;
    for (; skip == 0 && size >= 8; out += 8, size -= 8) { /* most of it, quickly */
        uint64_t word = word_of(seed, index++);
        memcpy(out, &word, 8);
    }
    while (size > 0) {
        uint64_t word = word_of(seed, index++);
        size_t length = size < 8 - skip ? size : 8 - skip;
        memcpy(out, (const unsigned char *)&word + skip, length);
        out += length;
        size -= length;
        skip = 0;
    }
}

bool content_is(uint64_t seed, int64_t offset, const void *data, size_t size) {
    unsigned char expected[4096];
    const unsigned char *left = data;
    while (size > 0) {
        size_t length = size < sizeof expected ? size : sizeof expected;
        content_fill(seed, offset, expected, length);
        if (memcmp(expected, left, length) != 0) {
            return false;
        }
        left += length;
        offset += (int64_t)length;
        size -= length;
    }
    return true;
}

/* ---- what both streams do ---- */

/* Whether the block that ends at END reaches the point AT. */
static bool reaches(int64_t at, int64_t end) {
    return at >= 0 && end >= at;
}

static void pass_time_and_cancel(const stream_events *events, int64_t end) {
    if (events->delay_ms > 0) {
        sleep_ms(events->delay_ms);
    }
    if (reaches(events->cancel_at, end)) {
        artrepo_operation_cancel(events->operation);
    }
}

/* ---- source ---- */

static artrepo_code source_read(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                                artrepo_error *error) {
    enum { BLOCK = 123457 };
    content_source *source = (content_source *)base;
    int64_t left = source->what.size - source->position;
    size_t size = capacity < BLOCK ? capacity : BLOCK;
    size = left < (int64_t)size ? (size_t)left : size;
    int64_t end = source->position + (int64_t)size;
    if (reaches(source->events.fail_at, end)) {
        return artrepo_error_set(error, ARTREPO_IO, "the test's source failed");
    }
    pass_time_and_cancel(&source->events, end);
    content_fill(source->what.seed, source->position, buffer, size);
    source->position = end;
    *got = size;
    return ARTREPO_OK;
}

static void source_close(artrepo_source *base) {
    (void)base;
}

static const artrepo_source_functions source_functions = {source_read, NULL, source_close};

content_source content_source_of(content what) {
    return (content_source){
        .base = {.functions = &source_functions, .size = what.size, .descriptor = -1},
        .what = what,
        .events = STREAM_EVENTS_INIT,
    };
}

/* ---- sink ---- */

static artrepo_code sink_write(artrepo_sink *base, const void *data, size_t size,
                               artrepo_error *error) {
    content_sink *sink = (content_sink *)base;
    bool first = sink->taken == 0 && size > 0;
    if (reaches(sink->events.fail_at, sink->taken + (int64_t)size)) {
        return artrepo_error_set(error, ARTREPO_IO, "the test's sink failed");
    }
    if (!content_is(sink->seed, sink->offset, data, size)) {
        sink->wrong = true;
    }
    sink->offset += (int64_t)size;
    sink->taken += (int64_t)size;
    if (first && sink->begun != NULL) {
        sink->begun(sink->data);
    }
    pass_time_and_cancel(&sink->events, sink->taken);
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

static const artrepo_sink_functions sink_functions = {sink_write, sink_commit, sink_close};

content_sink content_sink_of(uint64_t seed, int64_t offset) {
    return (content_sink){
        .base = {.functions = &sink_functions, .descriptor = -1},
        .seed = seed,
        .offset = offset,
        .events = STREAM_EVENTS_INIT,
    };
}
