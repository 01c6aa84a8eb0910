#include "unpack.h"

#include "fuzz.h"
#include "world.h"

/* Nothing that fits into them takes long, so that the fuzzer gets on. */
static const artrepo_archive_limits limits = {.bytes = 1 << 20, .entries = 200};

static artrepo_operation *operation(void) {
    static artrepo_operation *one;
    if (one == NULL) {
        one = artrepo_operation_new();
        fuzz_check(one != NULL);
        artrepo_operation_set_threads(one, 2);
    }
    return one;
}

static artrepo_code write_pieces(artrepo_sink *sink, const unsigned char *data, size_t size,
                                 size_t piece, artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    while (code == ARTREPO_OK && size > 0) {
        size_t part = size < piece ? size : piece;
        code = artrepo_sink_write(sink, data, part, error);
        data += part;
        size -= part;
    }
    return code;
}

void fuzz_unpack_stream(artrepo_archive_kind kind, const void *data, size_t size, size_t piece) {
    artrepo_archive_strategy strategy = ARTREPO_ARCHIVE_STRATEGY_INIT;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_sink *sink = NULL;
    strategy.kind = kind;
    artrepo_code code = artrepo_archive_unpack(fuzz_world_destination(), &strategy, &limits,
                                               operation(), &sink, &error);
    fuzz_check(code == ARTREPO_OK);
    code = write_pieces(sink, data, size, piece, &error);
    if (code == ARTREPO_OK) {
        code = artrepo_sink_commit(sink, &error);
    }
    artrepo_sink_close(sink);
    fuzz_check_error(code, &error);
    fuzz_check(code != ARTREPO_TRANSIENT && code != ARTREPO_CANCELLED && code != ARTREPO_NOT_FOUND);
    fuzz_world_check(code != ARTREPO_OK);
}

typedef struct memory {
    const unsigned char *data;
    size_t size;
} memory;

static artrepo_code read_at(void *data, int64_t offset, void *buffer, size_t capacity, size_t *got,
                            artrepo_error *error) {
    (void)error;
    const memory *all = data;
    fuzz_check(offset >= 0 && (uint64_t)offset <= all->size);
    size_t left = all->size - (size_t)offset;
    *got = left < capacity ? left : capacity;
    if (*got > 0) {
        memcpy(buffer, all->data + offset, *got);
    }
    return ARTREPO_OK;
}

void fuzz_unpack_zip(const void *data, size_t size) {
    memory all = {data, size};
    artrepo_random_access access = {&all, (int64_t)size, read_at};
    artrepo_archive_strategy strategy = ARTREPO_ARCHIVE_STRATEGY_INIT;
    artrepo_error error = ARTREPO_ERROR_INIT;
    strategy.kind = ARTREPO_ARCHIVE_ZIP;
    artrepo_code code = artrepo_archive_unpack_random(fuzz_world_destination(), &strategy, &access,
                                                      &limits, operation(), &error);
    fuzz_check_error(code, &error);
    fuzz_check(code != ARTREPO_TRANSIENT && code != ARTREPO_CANCELLED && code != ARTREPO_NOT_FOUND);
    fuzz_world_check(code != ARTREPO_OK);
}
