#include "unpack.h"

#include <stdbool.h>
#include <sys/stat.h>

#include "archive/rehearsal.h"
#include "fuzz.h"
#include "world.h"

/* Nothing that fits into them takes long, so that the fuzzer gets on. */
static const artrepo_archive_limits limits = {.bytes = 1 << 20, .entries = 200};

static artrepo_operation *with_threads(unsigned threads) {
    static artrepo_operation *operations[3];
    artrepo_operation **one = &operations[threads];
    if (*one == NULL) {
        *one = artrepo_operation_new();
        fuzz_check(*one != NULL);
        artrepo_operation_set_threads(*one, threads);
    }
    return *one;
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

/* ---- how it ended ---- */

typedef struct outcome {
    bool failed;
    mode_t type;   /* of the destination */
    uint64_t tree; /* as fuzz_world_check() has it */
} outcome;

static outcome look_at_world(artrepo_code code, const artrepo_error *error) {
    outcome seen = {.failed = code != ARTREPO_OK};
    struct stat status;
    fuzz_check_error(code, error);
    fuzz_check(code != ARTREPO_TRANSIENT && code != ARTREPO_CANCELLED && code != ARTREPO_NOT_FOUND);
    if (!seen.failed) {
        fuzz_check(lstat(fuzz_world_destination(), &status) == 0);
        seen.type = status.st_mode & S_IFMT;
    }
    seen.tree = fuzz_world_check(seen.failed);
    return seen;
}

/* ---- what a rehearsal says of it ---- */

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

static artrepo_code pour(void *data, artrepo_sink *sink, artrepo_error *error) {
    const memory *all = data;
    return artrepo_sink_write(sink, all->data, all->size, error);
}

static artrepo_code take_entry(void *data, const ar_rehearsed_entry *entry, artrepo_error *error) {
    (void)error;
    bool *refuses = data;
    *refuses = *refuses || entry->refusal.code != ARTREPO_OK;
    return ARTREPO_OK;
}

/* What can be unpacked is not refused there, and becomes what is said there. The other way round
 * that need not be: a rehearsal reads as little as it can, and does not see all that is damaged. */
static void check_rehearsal(artrepo_archive_kind kind, memory all, bool random,
                            const outcome *made) {
    bool refuses = false;
    artrepo_archive_strategy strategy = ARTREPO_ARCHIVE_STRATEGY_INIT;
    artrepo_error error = ARTREPO_ERROR_INIT;
    ar_rehearsal rehearsal = {
        .most_entries = 1 + limits.entries, .report = take_entry, .data = &refuses};
    ar_rehearsal_source source = {.pour = pour, .data = &all};
    ar_rehearsal_outcome said;
    if (made->failed) {
        return;
    }
    if (random) {
        source.random = (artrepo_random_access){&all, (int64_t)all.size, read_at};
    }
    strategy.kind = kind;
    artrepo_code code = ar_rehearse(&rehearsal, &strategy, &source, &limits, fuzz_world_scratch(),
                                    &said, with_threads(2), &error);
    fuzz_check_error(code, &error);
    fuzz_check(code == ARTREPO_OK && !refuses && !rehearsal.stopped);
    mode_t type = said.rule.keep ? S_IFREG : said.top_entries == 1 ? said.top_type : S_IFDIR;
    fuzz_check(type == made->type);
}

/* ---- streams ---- */

static outcome unpack_stream(artrepo_archive_kind kind, memory all, size_t piece,
                             unsigned threads) {
    artrepo_archive_strategy strategy = ARTREPO_ARCHIVE_STRATEGY_INIT;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_sink *sink = NULL;
    strategy.kind = kind;
    artrepo_code code = artrepo_archive_unpack(fuzz_world_destination(), &strategy, &limits,
                                               with_threads(threads), &sink, &error);
    fuzz_check(code == ARTREPO_OK);
    code = write_pieces(sink, all.data, all.size, piece, &error);
    if (code == ARTREPO_OK) {
        code = artrepo_sink_commit(sink, &error);
    }
    artrepo_sink_close(sink);
    return look_at_world(code, &error);
}

void fuzz_unpack_stream(artrepo_archive_kind kind, const void *data, size_t size, size_t piece) {
    memory all = {data, size};
    outcome whole = unpack_stream(kind, all, size, 2);
    if (piece < size) {
        outcome pieces = unpack_stream(kind, all, piece, 1);
        fuzz_check(pieces.failed == whole.failed && pieces.tree == whole.tree);
    }
    check_rehearsal(kind, all, kind != ARTREPO_ARCHIVE_ZIP && piece < size, &whole);
}

/* ---- zip ---- */

void fuzz_unpack_zip(const void *data, size_t size) {
    memory all = {data, size};
    artrepo_random_access access = {&all, (int64_t)size, read_at};
    artrepo_archive_strategy strategy = ARTREPO_ARCHIVE_STRATEGY_INIT;
    artrepo_error error = ARTREPO_ERROR_INIT;
    strategy.kind = ARTREPO_ARCHIVE_ZIP;
    artrepo_code code = artrepo_archive_unpack_random(fuzz_world_destination(), &strategy, &access,
                                                      &limits, with_threads(2), &error);
    outcome made = look_at_world(code, &error);
    check_rehearsal(ARTREPO_ARCHIVE_ZIP, all, true, &made);
}
