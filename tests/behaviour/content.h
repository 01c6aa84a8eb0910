/* Bytes that are known by a number, so that none have to be kept: what a source gives, what a sink
 * should get, and where either of them fails. */
#ifndef TESTS_BEHAVIOUR_CONTENT_H
#define TESTS_BEHAVIOUR_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <artrepo/operation.h>
#include <artrepo/stream.h>

typedef struct content {
    uint64_t seed;
    int64_t size;
} content;

/* The bytes of SEED from OFFSET on. */
void content_fill(uint64_t seed, int64_t offset, void *buffer, size_t size);
bool content_is(uint64_t seed, int64_t offset, const void *data, size_t size);

/* Where a stream does what streams rarely do; -1: never. */
typedef struct stream_events {
    int64_t fail_at;
    int64_t cancel_at; /* cancels OPERATION */
    artrepo_operation *operation;
    unsigned delay_ms; /* of each block */
} stream_events;

#define STREAM_EVENTS_INIT                                                                         \
    { -1, -1, NULL, 0 }

/* ---- source ---- */

typedef struct content_source {
    artrepo_source base; /* its size may be changed: -1 for unknown, or a wrong one */
    content what;
    int64_t position;
    stream_events events;
} content_source;

/* Nothing has to be closed. It reads in blocks of odd sizes, and can be read once. */
content_source content_source_of(content what);

/* ---- sink ---- */

typedef struct content_sink {
    artrepo_sink base;
    uint64_t seed;
    int64_t offset; /* in the content, of the next byte that should come */
    int64_t taken;
    bool wrong; /* another byte came */
    stream_events events;
    void (*begun)(void *data); /* called once, at the first byte */
    void *data;
} content_sink;

content_sink content_sink_of(uint64_t seed, int64_t offset);

#endif
