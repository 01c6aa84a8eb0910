/* The rehearsal of one stream: as little of it is read as the verdict needs. */
#include "archive/rehearsal.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "archive/place.h"

enum {
    /* Enough to tell what most streams are; where it is not, AR_FEED_HEAD is. */
    FIRST_HEAD = 4 << 10,
    /* More at once the longer it takes, since the reading may end any time. */
    LEAST_POUR = 64 << 10,
    MOST_POUR = 1 << 20
};

typedef struct rehearsed_stream {
    ar_rehearsal *rehearsal;
    const artrepo_archive_strategy *strategy;
    const ar_rehearsal_source *source;
    const artrepo_archive_limits *limits;
    ar_rehearsal_outcome *outcome;
    artrepo_operation *operation;
    unsigned char *head; /* AR_FEED_HEAD bytes */
    size_t head_size;
    ar_place place;

    ar_feed *feed;
    artrepo_error poured; /* how the thread that fills the feed ended */
} rehearsed_stream;

static bool is_random(const rehearsed_stream *stream) {
    return stream->source->random.read_at != NULL;
}

/* ---- what the stream is ---- */

static void note_head(rehearsed_stream *stream, const unsigned char *head, size_t size) {
    ar_rehearsal_outcome *outcome = stream->outcome;
    outcome->rule = ar_unpack_rule_for(stream->strategy, head, size);
    outcome->head_size = size < AR_REHEARSAL_HEAD ? size : AR_REHEARSAL_HEAD;
    memcpy(outcome->head, head, outcome->head_size);
}

static artrepo_code fill_head(rehearsed_stream *stream, size_t wanted, artrepo_error *error) {
    const artrepo_random_access *random = &stream->source->random;
    while (stream->head_size < wanted && (int64_t)stream->head_size < random->size) {
        size_t got = 0;
        artrepo_code code = random->read_at(random->data, (int64_t)stream->head_size,
                                            stream->head + stream->head_size,
                                            wanted - stream->head_size, &got, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        if (got == 0) {
            break;
        }
        stream->head_size += got;
    }
    return ARTREPO_OK;
}

/* Compressed data may begin with a long header, so that it takes more to see what is inside. */
static bool is_undecided(const ar_unpack_rule *rule) {
    return rule->keep && (rule->format == AR_STREAM_GZIP || rule->format == AR_STREAM_ZSTD);
}

static artrepo_code look_at_head(rehearsed_stream *stream, artrepo_error *error) {
    artrepo_code code = fill_head(stream, FIRST_HEAD, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    note_head(stream, stream->head, stream->head_size);
    if (is_undecided(&stream->outcome->rule) && stream->head_size == FIRST_HEAD) {
        code = fill_head(stream, AR_FEED_HEAD, error);
        note_head(stream, stream->head, stream->head_size);
    }
    return code;
}

/* ---- a stream that has to be read in order: a thread brings it ---- */

static artrepo_code pour_random(rehearsed_stream *stream, artrepo_error *error) {
    const artrepo_random_access *random = &stream->source->random;
    artrepo_code code = ar_feed_write(stream->feed, stream->head, stream->head_size, error);
    unsigned char *buffer = malloc(MOST_POUR);
    if (buffer == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to look into an archive");
    }
    int64_t offset = (int64_t)stream->head_size;
    size_t wanted = LEAST_POUR;
    while (code == ARTREPO_OK && offset < random->size) {
        size_t got = 0;
        code = random->read_at(random->data, offset, buffer, wanted, &got, error);
        wanted = wanted < MOST_POUR ? 2 * wanted : MOST_POUR;
        if (code == ARTREPO_OK && got == 0) {
            break;
        }
        if (code == ARTREPO_OK) {
            code = ar_feed_write(stream->feed, buffer, got, error);
            offset += (int64_t)got;
        }
    }
    free(buffer);
    return code;
}

typedef struct feed_sink {
    artrepo_sink base;
    ar_feed *feed;
} feed_sink;

static artrepo_code write_to_feed(artrepo_sink *sink, const void *data, size_t size,
                                  artrepo_error *error) {
    return ar_feed_write(((feed_sink *)sink)->feed, data, size, error);
}

static artrepo_code pour_whole(rehearsed_stream *stream, artrepo_error *error) {
    static const artrepo_sink_functions functions = {.write = write_to_feed};
    feed_sink sink = {{&functions, -1}, stream->feed};
    return stream->source->pour(stream->source->data, &sink.base, error);
}

static void *run(void *argument) {
    rehearsed_stream *stream = argument;
    artrepo_code code = is_random(stream) ? pour_random(stream, &stream->poured)
                                          : pour_whole(stream, &stream->poured);
    stream->poured.code = code;
    if (code == ARTREPO_OK) {
        ar_feed_end(stream->feed);
    } else {
        ar_feed_abandon(stream->feed);
    }
    return NULL;
}

/* What to do with a stream that only pours shows in the feed. */
static artrepo_code unpack(rehearsed_stream *stream, artrepo_error *error) {
    if (!is_random(stream)) {
        const unsigned char *head;
        size_t size;
        artrepo_code code = ar_feed_peek_head(stream->feed, AR_FEED_HEAD, &head, &size, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        note_head(stream, head, size);
        if (stream->outcome->rule.keep) {
            artrepo_error enough = ARTREPO_ERROR_INIT;
            artrepo_error_set(&enough, ARTREPO_CANCELLED, "enough was read");
            ar_feed_fail(stream->feed, &enough);
            return ARTREPO_OK;
        }
    }
    return ar_unpack_feed(&stream->outcome->rule, stream->feed, stream->place.directory,
                          stream->limits, stream->rehearsal, stream->operation, error);
}

static artrepo_code unpack_in_order(rehearsed_stream *stream, artrepo_error *error) {
    pthread_t thread;
    artrepo_code code = ar_feed_open(stream->operation, &stream->feed, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    int result = pthread_create(&thread, NULL, run, stream);
    if (result != 0) {
        ar_feed_close(stream->feed);
        return artrepo_error_set_errno(error, result, "cannot start a thread to read an archive");
    }
    code = unpack(stream, error);
    if (code != ARTREPO_OK) { /* nobody will take what the thread may be waiting to write */
        ar_feed_fail(stream->feed, error);
    }
    pthread_join(thread, NULL);
    /* A reader that was left alone says that it was cancelled; the writer knows why. */
    if (code == ARTREPO_CANCELLED && stream->poured.code != ARTREPO_OK) {
        *error = stream->poured;
        code = stream->poured.code;
    }
    ar_feed_close(stream->feed);
    return code;
}

/* ---- the whole ---- */

static artrepo_code unpack_by_rule(rehearsed_stream *stream, artrepo_error *error) {
    const ar_unpack_rule *rule = &stream->outcome->rule;
    bool compressed = rule->format == AR_STREAM_GZIP || rule->format == AR_STREAM_ZSTD;
    if (!is_random(stream) || (compressed && !rule->zip)) {
        return unpack_in_order(stream, error);
    }
    return (rule->zip ? ar_rehearse_zip : ar_rehearse_tar)(
        stream->rehearsal, NULL, &stream->source->random, stream->place.directory, stream->limits,
        stream->operation, error);
}

static artrepo_code note_top(rehearsed_stream *stream, artrepo_error *error) {
    ar_rehearsal_outcome *outcome = stream->outcome;
    artrepo_code code =
        ar_place_count(&stream->place, &outcome->top_entries, outcome->top_name, error);
    struct stat status;
    if (code == ARTREPO_OK && outcome->top_entries == 1 &&
        fstatat(stream->place.directory, outcome->top_name, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        outcome->top_type = status.st_mode & S_IFMT;
    }
    return code;
}

static artrepo_code unpack_aside(rehearsed_stream *stream, const char *scratch,
                                 artrepo_error *error) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/artrepo-rehearsal", scratch) >= (int)sizeof path) {
        return artrepo_error_set(error, ARTREPO_INVALID, "the name of the directory %s is too long",
                                 scratch);
    }
    artrepo_code code = ar_place_open(&stream->place, path, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    stream->outcome->began = true;
    code = unpack_by_rule(stream, error);
    artrepo_code noted = note_top(stream, code == ARTREPO_OK ? error : NULL);
    code = code == ARTREPO_OK ? noted : code;
    artrepo_code discarded = ar_place_discard(&stream->place, code == ARTREPO_OK ? error : NULL);
    return code == ARTREPO_OK ? discarded : code;
}

artrepo_code ar_rehearse(ar_rehearsal *rehearsal, const artrepo_archive_strategy *strategy,
                         const ar_rehearsal_source *source, const artrepo_archive_limits *limits,
                         const char *scratch, ar_rehearsal_outcome *outcome,
                         artrepo_operation *operation, artrepo_error *error) {
    artrepo_error own = ARTREPO_ERROR_INIT;
    artrepo_error *reason = error != NULL ? error : &own;
    rehearsed_stream stream = {.rehearsal = rehearsal,
                               .strategy = strategy,
                               .source = source,
                               .limits = limits,
                               .outcome = outcome,
                               .operation = operation,
                               .place = {.directory = -1}};
    *outcome = (ar_rehearsal_outcome){.rule = ar_unpack_rule_for(strategy, NULL, 0)};
    if (strategy->kind == ARTREPO_ARCHIVE_NONE) {
        return ARTREPO_OK;
    }
    stream.head = malloc(AR_FEED_HEAD);
    if (stream.head == NULL) {
        return artrepo_error_set(reason, ARTREPO_INTERNAL, "no memory to look into an archive");
    }
    artrepo_code code = is_random(&stream) ? look_at_head(&stream, reason) : ARTREPO_OK;
    if (code == ARTREPO_OK && (!is_random(&stream) || !outcome->rule.keep)) {
        code = unpack_aside(&stream, scratch, reason);
    }
    free(stream.head);
    return code;
}
