/* Which pieces an object is read in, and how they reach the sink. A piece's own transfer is
 * piece.c's. */
#include "remote/download.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/group.h"
#include "remote/piece.h"

/* ---- the pieces ---- */

#define FILE_PIECE (INT64_C(8) << 20)
#define STREAM_PIECE (INT64_C(4) << 20)
#define MIN_STREAM_PIECE (INT64_C(1) << 20)
#define STREAM_WINDOW (INT64_C(24) << 20) /* what is read ahead of a sink, at the most */

/* Streams are held in memory until the sink has taken what comes before. */
static int64_t piece_length(const artrepo_sink *sink, unsigned transfers) {
    if (sink->descriptor >= 0) {
        return FILE_PIECE;
    }
    int64_t length = STREAM_WINDOW / (transfers > 0 ? transfers : 1);
    return length > STREAM_PIECE       ? STREAM_PIECE
           : length < MIN_STREAM_PIECE ? MIN_STREAM_PIECE
                                       : length;
}

static unsigned window_of(unsigned transfers) {
    unsigned most = (unsigned)(STREAM_WINDOW / MIN_STREAM_PIECE);
    return transfers > most ? most : transfers > 0 ? transfers : 1;
}

static artrepo_code deliver(ar_download *download, const ar_piece *piece, artrepo_error *error) {
    if (piece->buffer == NULL) {
        return ARTREPO_OK; /* it is in the file already */
    }
    int64_t start = ar_clock_now_ns();
    artrepo_code code =
        artrepo_sink_write(download->sink, piece->buffer, (size_t)piece->length, error);
    ar_stage_add_output_wait(download->stage, ar_clock_now_ns() - start);
    return code;
}

/* ---- into a file, in any order ---- */

static artrepo_code run_file_piece(void *context, void *item, bool failed, artrepo_error *error) {
    ar_piece *piece = item;
    artrepo_code code = failed ? ARTREPO_OK : ar_piece_fetch(context, piece, error);
    free(piece);
    return code;
}

static artrepo_code get_into_file(ar_download *download, int64_t offset, int64_t length,
                                  artrepo_error *error) {
    unsigned transfers = artrepo_operation_transfers(download->operation);
    ar_group *group;
    artrepo_code code = ar_group_open(transfers, transfers, run_file_piece, download,
                                      download->operation, &group, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    while (code == ARTREPO_OK && offset < download->end) {
        ar_piece *piece = calloc(1, sizeof *piece);
        if (piece == NULL) {
            artrepo_error failure = ARTREPO_ERROR_INIT;
            artrepo_error_set(&failure, ARTREPO_INTERNAL, "no memory to read '%s'", download->key);
            ar_group_fail(group, &failure);
            break;
        }
        piece->offset = offset;
        piece->length = length < download->end - offset ? length : download->end - offset;
        offset += piece->length;
        code = ar_group_add(group, piece, error);
    }
    return ar_group_close(group, error);
}

/* ---- into a stream, ahead and in order ---- */

typedef struct window {
    ar_download *download;
    pthread_mutex_t mutex;
    pthread_cond_t arrived;
    ar_piece *pieces; /* a ring */
    unsigned size;
} window;

static artrepo_code run_stream_piece(void *context, void *item, bool failed, artrepo_error *error) {
    window *w = context;
    ar_piece *piece = item;
    artrepo_code code = failed ? ARTREPO_OK : ar_piece_fetch(w->download, piece, error);
    pthread_mutex_lock(&w->mutex);
    piece->state = failed || code != ARTREPO_OK ? AR_PIECE_FAILED : AR_PIECE_ARRIVED;
    pthread_cond_signal(&w->arrived);
    pthread_mutex_unlock(&w->mutex);
    return code;
}

static bool wait_for(window *w, const ar_piece *piece) {
    pthread_mutex_lock(&w->mutex);
    while (piece->state == AR_PIECE_UNDER_WAY) {
        pthread_cond_wait(&w->arrived, &w->mutex);
    }
    bool arrived = piece->state == AR_PIECE_ARRIVED;
    pthread_mutex_unlock(&w->mutex);
    return arrived;
}

/* Keeps the ring full, and the sink fed from its oldest piece. */
static void feed_sink(window *w, ar_group *group, int64_t offset, int64_t length) {
    ar_download *download = w->download;
    size_t size = w->size > 0 ? w->size : 1;
    size_t first = 0, next = 0; /* delivered, started */
    while (first < next || offset < download->end) {
        while (offset < download->end && next - first < size) {
            ar_piece *piece = &w->pieces[next++ % size];
            piece->offset = offset;
            piece->length = length < download->end - offset ? length : download->end - offset;
            piece->received = 0;
            piece->crc = 0;
            piece->state = AR_PIECE_UNDER_WAY;
            offset += piece->length;
            if (ar_group_add(group, piece, NULL) != ARTREPO_OK) {
                return;
            }
        }
        artrepo_error failure = ARTREPO_ERROR_INIT;
        const ar_piece *oldest = &w->pieces[first++ % size];
        if (!wait_for(w, oldest)) {
            return;
        }
        if (deliver(download, oldest, &failure) != ARTREPO_OK) {
            ar_group_fail(group, &failure);
            return;
        }
    }
}

static artrepo_code get_into_stream(ar_download *download, int64_t offset, int64_t length,
                                    artrepo_error *error) {
    unsigned size = window_of(artrepo_operation_transfers(download->operation));
    window w = {.download = download, .size = size};
    w.pieces = calloc(size, sizeof *w.pieces);
    if (w.pieces == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to read '%s'", download->key);
    }
    pthread_mutex_init(&w.mutex, NULL);
    pthread_cond_init(&w.arrived, NULL);
    ar_group *group;
    artrepo_code code =
        ar_group_open(size, size, run_stream_piece, &w, download->operation, &group, error);
    if (code == ARTREPO_OK) {
        feed_sink(&w, group, offset, length);
        code = ar_group_close(group, error);
    }
    for (unsigned i = 0; i < size; i++) {
        free(w.pieces[i].buffer);
    }
    free(w.pieces);
    pthread_cond_destroy(&w.arrived);
    pthread_mutex_destroy(&w.mutex);
    return code;
}

/* ---- get ---- */

/* Reading begins where the object ends, or behind it: there is nothing to read. */
static artrepo_code get_nothing(ar_download *download, const artrepo_range *range,
                                artrepo_error *error) {
    artrepo_code code = download->store->stat(download->context, download->object, error);
    if (code == ARTREPO_OK && range->version != NULL &&
        strcmp(range->version, download->object->version) != 0) {
        ar_download_replaced(error);
        return ar_download_failed(download, error);
    }
    return code;
}

/* The store answered that the object has nothing from RANGE's offset on. */
static artrepo_code get_empty_end(ar_download *download, const artrepo_range *range,
                                  artrepo_error *error) {
    artrepo_code code = get_nothing(download, range, error);
    if (code == ARTREPO_OK && download->object->size > range->offset) { /* not this one */
        ar_download_replaced(error);
        code = ar_download_failed(download, error);
        error->retryable = true; /* nothing was delivered */
    }
    return code;
}

/* A file can be started over; a sink has what it was given. */
static artrepo_code verify(ar_download *download, artrepo_error *error) {
    artrepo_code code = ar_download_verify(download, error);
    if (code != ARTREPO_OK) {
        ar_download_failed(download, error);
        error->retryable = download->sink->descriptor >= 0;
    }
    return code;
}

/* The first piece tells what the object is; the others are pinned to it. */
static artrepo_code get_pieces(ar_download *download, const artrepo_range *range,
                               artrepo_error *error) {
    unsigned transfers = artrepo_operation_transfers(download->operation);
    int64_t length = piece_length(download->sink, transfers);
    ar_piece first = {.offset = range->offset, .length = length};
    if (range->length >= 0 && range->length < length) {
        first.length = range->length;
    }
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_code code = ar_piece_fetch(download, &first, &failure);
    if (code != ARTREPO_OK && failure.http_status == 416) {
        code = get_empty_end(download, range, &failure);
    } else if (code == ARTREPO_OK) {
        if (first.offset + first.length >= download->end) {
            code = verify(download, &failure);
            failure.retryable = code != ARTREPO_OK; /* nothing was delivered */
        }
        if (code == ARTREPO_OK) {
            code = deliver(download, &first, &failure);
        }
    }
    free(first.buffer);
    int64_t offset = first.offset + first.length;
    if (code == ARTREPO_OK && download->known && offset < download->end) {
        if (download->sink->descriptor >= 0) {
            code = get_into_file(download, offset, length, &failure);
        } else {
            code = get_into_stream(download, offset, length, &failure);
        }
        if (code == ARTREPO_OK) {
            code = verify(download, &failure);
        }
    }
    if (code != ARTREPO_OK) {
        *error = failure;
    }
    return code;
}

artrepo_code ar_download_get(const ar_download_store *store, void *context, const char *key,
                             const artrepo_range *range, artrepo_sink *sink, artrepo_object *object,
                             artrepo_operation *operation, artrepo_error *error) {
    ar_download download = {.store = store,
                            .context = context,
                            .key = key,
                            .sink = sink,
                            .object = object,
                            .operation = operation,
                            .stage = ar_operation_stage(operation, "download"),
                            .start = range->offset,
                            .wanted = range->length,
                            .whole = range->offset == 0 && range->length < 0};
    if (range->offset < 0) {
        return artrepo_error_set(error, ARTREPO_INVALID, "get '%s': the offset is negative", key);
    }
    if (range->version != NULL) {
        snprintf(download.pin, sizeof download.pin, "%s", range->version);
    }
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_code code = range->length == 0 ? get_nothing(&download, range, &failure)
                                           : get_pieces(&download, range, &failure);
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    return code;
}
