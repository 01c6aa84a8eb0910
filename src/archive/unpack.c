/* The sink that artrepo_archive_unpack() returns: what is written to it is queued for a thread that
 * detects, decompresses and extracts it beside the final path. */
#include <artrepo/archive.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "archive/extract.h"
#include "archive/feed.h"
#include "archive/place.h"
#include "archive/unpack_rule.h"
#include "base/file.h"

typedef struct unpack_sink {
    artrepo_sink base;
    char *path;
    artrepo_archive_strategy strategy;
    artrepo_archive_limits limits;
    artrepo_operation *operation;
    ar_feed *feed;

    pthread_t thread;
    bool running;
    /* The thread's; read by others once it has ended. */
    artrepo_error error;
    ar_place place;
    bool placed;        /* the content is in the place, ... */
    artrepo_sink *file; /* ... or in this file */
} unpack_sink;

/* ---- the thread ---- */

static artrepo_code copy_to_file(unpack_sink *sink, artrepo_error *error) {
    artrepo_code code = ar_file_make_parent(sink->path, error);
    if (code == ARTREPO_OK) {
        code =
            ar_file_not_made(artrepo_sink_open_file(sink->path, 0644, &sink->file, error), error);
    }
    while (code == ARTREPO_OK) {
        const unsigned char *data;
        size_t size;
        code = ar_feed_peek(sink->feed, &data, &size, error);
        if (code != ARTREPO_OK || size == 0) {
            break;
        }
        code = artrepo_sink_write(sink->file, data, size, error);
        ar_feed_consume(sink->feed, size);
        uint64_t consumed = *ar_feed_consumed(sink->feed);
        if (code == ARTREPO_OK && sink->limits.bytes > 0 && consumed > sink->limits.bytes) {
            code = artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                     "%s is larger than the %llu bytes that are allowed",
                                     sink->path, (unsigned long long)sink->limits.bytes);
        }
    }
    return code;
}

static artrepo_code extract(unpack_sink *sink, const ar_unpack_rule *rule, artrepo_error *error) {
    artrepo_code code = ar_place_open(&sink->place, sink->path, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    sink->placed = true;
    return ar_unpack_feed(rule, sink->feed, sink->place.directory, &sink->limits, NULL,
                          sink->operation, error);
}

static artrepo_code unpack(unpack_sink *sink, artrepo_error *error) {
    const unsigned char *head = NULL;
    size_t size = 0;
    if (sink->strategy.kind != ARTREPO_ARCHIVE_NONE) {
        artrepo_code code = ar_feed_peek_head(sink->feed, AR_FEED_HEAD, &head, &size, error);
        if (code != ARTREPO_OK) {
            return code;
        }
    }
    ar_unpack_rule rule = ar_unpack_rule_for(&sink->strategy, head, size);
    return rule.keep ? copy_to_file(sink, error) : extract(sink, &rule, error);
}

static void *run(void *argument) {
    unpack_sink *sink = argument;
    artrepo_code code = unpack(sink, &sink->error);
    sink->error.code = code;
    ar_feed_fail(sink->feed, code == ARTREPO_OK ? NULL : &sink->error);
    return NULL;
}

/* ---- the sink ---- */

static artrepo_code unpack_write(artrepo_sink *base, const void *data, size_t size,
                                 artrepo_error *error) {
    return ar_feed_write(((unpack_sink *)base)->feed, data, size, error);
}

static void join(unpack_sink *sink) {
    if (sink->running) {
        pthread_join(sink->thread, NULL);
        sink->running = false;
    }
}

static artrepo_code unpack_commit(artrepo_sink *base, artrepo_error *error) {
    unpack_sink *sink = (unpack_sink *)base;
    ar_feed_end(sink->feed);
    join(sink);
    if (sink->error.code != ARTREPO_OK) {
        if (error != NULL) {
            *error = sink->error;
        }
        return sink->error.code;
    }
    return sink->placed ? ar_place_commit_archive(&sink->place, error)
                        : artrepo_sink_commit(sink->file, error);
}

static void unpack_close(artrepo_sink *base) {
    unpack_sink *sink = (unpack_sink *)base;
    if (sink->feed != NULL) {
        ar_feed_abandon(sink->feed);
    }
    join(sink);
    if (sink->placed) {
        ar_place_close(&sink->place);
    }
    artrepo_sink_close(sink->file);
    ar_feed_close(sink->feed);
    free(sink->path);
    free(sink);
}

static const artrepo_sink_functions unpack_functions = {unpack_write, unpack_commit, unpack_close};

artrepo_code artrepo_archive_unpack(const char *path, const artrepo_archive_strategy *strategy,
                                    const artrepo_archive_limits *limits,
                                    artrepo_operation *operation, artrepo_sink **out,
                                    artrepo_error *error) {
    unpack_sink *sink = calloc(1, sizeof *sink);
    if (sink == NULL || (sink->path = strdup(path)) == NULL) {
        free(sink);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to unpack %s", path);
    }
    sink->base.functions = &unpack_functions;
    sink->base.descriptor = -1;
    sink->strategy = *strategy;
    sink->operation = operation;
    if (limits != NULL) {
        sink->limits = *limits;
    }
    artrepo_code code = ar_feed_open(operation, &sink->feed, error);
    if (code == ARTREPO_OK) {
        int result = pthread_create(&sink->thread, NULL, run, sink);
        sink->running = result == 0;
        if (result != 0) {
            code =
                artrepo_error_set_errno(error, result, "cannot start a thread to unpack %s", path);
        }
    }
    if (code != ARTREPO_OK) {
        unpack_close(&sink->base);
        return code;
    }
    *out = &sink->base;
    return ARTREPO_OK;
}

artrepo_code artrepo_archive_unpack_random(const char *path,
                                           const artrepo_archive_strategy *strategy,
                                           const artrepo_random_access *archive,
                                           const artrepo_archive_limits *limits,
                                           artrepo_operation *operation, artrepo_error *error) {
    if (strategy->kind != ARTREPO_ARCHIVE_ZIP) {
        return artrepo_error_set(error, ARTREPO_INVALID, "only zip archives are read in any order");
    }
    ar_place place;
    artrepo_code code = ar_place_open(&place, path, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    code = ar_extract_zip(archive, place.directory, limits, operation, error);
    if (code == ARTREPO_OK) {
        code = ar_place_commit_archive(&place, error);
    }
    ar_place_close(&place);
    return code;
}
