/* A source that has any number of bytes at once, and a sink that counts and forgets. */
#ifndef ARTCTL_BENCH_STREAMS_H
#define ARTCTL_BENCH_STREAMS_H

#include <stddef.h>
#include <stdint.h>

#include <artrepo/stream.h>

/* SIZE bytes: the BLOCK over and over. It costs one copy. On the stack; close() does nothing. */
typedef struct bench_source {
    artrepo_source source;
    const char *block;
    size_t block_size;
    int64_t position;
} bench_source;

void bench_source_open(bench_source *source, const void *block, size_t block_size, int64_t size);

typedef struct bench_sink {
    artrepo_sink sink;
    int64_t bytes;
} bench_sink;

void bench_sink_open(bench_sink *sink);

#endif
