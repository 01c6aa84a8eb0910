#include "archive/feed.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/operation.h"

#define CAPACITY ((size_t)2 << 20)

struct ar_feed {
    pthread_mutex_t mutex;
    pthread_cond_t changed_by_writer, changed_by_reader;
    unsigned char *bytes; /* a ring */
    uint64_t written;
    _Atomic uint64_t consumed;
    bool ended, abandoned, dropped;
    artrepo_error failure;
    ar_stage *stage;
};

artrepo_code ar_feed_open(artrepo_operation *operation, ar_feed **out, artrepo_error *error) {
    ar_feed *feed = calloc(1, sizeof *feed);
    if (feed == NULL || (feed->bytes = malloc(CAPACITY)) == NULL) {
        free(feed);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a queue");
    }
    pthread_mutex_init(&feed->mutex, NULL);
    pthread_cond_init(&feed->changed_by_writer, NULL);
    pthread_cond_init(&feed->changed_by_reader, NULL);
    feed->stage = ar_operation_stage(operation, "receive");
    *out = feed;
    return ARTREPO_OK;
}

void ar_feed_close(ar_feed *feed) {
    if (feed == NULL) {
        return;
    }
    pthread_mutex_destroy(&feed->mutex);
    pthread_cond_destroy(&feed->changed_by_writer);
    pthread_cond_destroy(&feed->changed_by_reader);
    free(feed->bytes);
    free(feed);
}

/* ---- the writing side ---- */

/* The free part of the ring up to its end or the oldest byte; waits for some. */
static artrepo_code wait_for_room(ar_feed *feed, size_t *at, size_t *room, artrepo_error *error) {
    int64_t start = 0;
    pthread_mutex_lock(&feed->mutex);
    while (feed->failure.code == ARTREPO_OK && !feed->dropped &&
           feed->written - feed->consumed == CAPACITY) {
        start = start == 0 ? ar_clock_now_ns() : start;
        pthread_cond_wait(&feed->changed_by_reader, &feed->mutex);
    }
    artrepo_code code = feed->failure.code;
    if (code != ARTREPO_OK && error != NULL) {
        *error = feed->failure;
    }
    *at = feed->written % CAPACITY;
    size_t free_bytes = CAPACITY - (size_t)(feed->written - feed->consumed);
    *room = free_bytes < CAPACITY - *at ? free_bytes : CAPACITY - *at;
    if (feed->dropped) {
        *room = 0;
    }
    pthread_mutex_unlock(&feed->mutex);
    if (start != 0) {
        ar_stage_add_output_wait(feed->stage, ar_clock_now_ns() - start);
    }
    return code;
}

artrepo_code ar_feed_write(ar_feed *feed, const void *data, size_t size, artrepo_error *error) {
    const unsigned char *from = data;
    ar_stage_add_busy(feed->stage, 0, (int64_t)size);
    while (size > 0) {
        size_t at;
        size_t room;
        artrepo_code code = wait_for_room(feed, &at, &room, error);
        if (code != ARTREPO_OK || room == 0) {
            return code;
        }
        size_t count = size < room ? size : room;
        memcpy(feed->bytes + at, from, count); /* nobody else touches the free part */
        from += count;
        size -= count;
        pthread_mutex_lock(&feed->mutex);
        feed->written += count;
        pthread_cond_signal(&feed->changed_by_writer);
        pthread_mutex_unlock(&feed->mutex);
    }
    return ARTREPO_OK;
}

static void set_flag(ar_feed *feed, bool *flag) {
    pthread_mutex_lock(&feed->mutex);
    *flag = true;
    pthread_cond_broadcast(&feed->changed_by_writer);
    pthread_cond_broadcast(&feed->changed_by_reader);
    pthread_mutex_unlock(&feed->mutex);
}

void ar_feed_end(ar_feed *feed) {
    set_flag(feed, &feed->ended);
}

void ar_feed_abandon(ar_feed *feed) {
    set_flag(feed, &feed->abandoned);
}

/* ---- the reading side ---- */

/* Waits until WANTED bytes are there, or there will be no more. */
static artrepo_code wait_for_bytes(ar_feed *feed, size_t wanted, const unsigned char **data,
                                   size_t *size, artrepo_error *error) {
    pthread_mutex_lock(&feed->mutex);
    while (!feed->abandoned && !feed->ended && feed->written - feed->consumed < wanted) {
        pthread_cond_wait(&feed->changed_by_writer, &feed->mutex);
    }
    bool abandoned = feed->abandoned;
    size_t at = feed->consumed % CAPACITY;
    size_t available = (size_t)(feed->written - feed->consumed);
    pthread_mutex_unlock(&feed->mutex);
    if (abandoned) {
        return artrepo_error_set(error, ARTREPO_CANCELLED, "the data is not wanted any more");
    }
    *data = feed->bytes + at;
    *size = available < CAPACITY - at ? available : CAPACITY - at;
    return ARTREPO_OK;
}

artrepo_code ar_feed_peek(ar_feed *feed, const unsigned char **data, size_t *size,
                          artrepo_error *error) {
    return wait_for_bytes(feed, 1, data, size, error);
}

artrepo_code ar_feed_peek_head(ar_feed *feed, size_t wanted, const unsigned char **data,
                               size_t *size, artrepo_error *error) {
    return wait_for_bytes(feed, wanted, data, size, error);
}

void ar_feed_consume(ar_feed *feed, size_t size) {
    pthread_mutex_lock(&feed->mutex);
    feed->consumed += size;
    pthread_cond_signal(&feed->changed_by_reader);
    pthread_mutex_unlock(&feed->mutex);
}

artrepo_code ar_feed_read(ar_feed *feed, void *buffer, size_t size, size_t *got,
                          artrepo_error *error) {
    size_t total = 0;
    artrepo_code code = ARTREPO_OK;
    while (total < size) {
        const unsigned char *data;
        size_t available;
        code = ar_feed_peek(feed, &data, &available, error);
        if (code != ARTREPO_OK || available == 0) {
            break;
        }
        size_t count = size - total < available ? size - total : available;
        memcpy((unsigned char *)buffer + total, data, count);
        ar_feed_consume(feed, count);
        total += count;
    }
    *got = total;
    return code;
}

void ar_feed_fail(ar_feed *feed, const artrepo_error *error) {
    if (error == NULL) {
        set_flag(feed, &feed->dropped);
        return;
    }
    pthread_mutex_lock(&feed->mutex);
    feed->failure = *error;
    pthread_cond_broadcast(&feed->changed_by_reader);
    pthread_mutex_unlock(&feed->mutex);
}

const _Atomic uint64_t *ar_feed_consumed(const ar_feed *feed) {
    return &feed->consumed;
}
