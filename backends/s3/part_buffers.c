#include "s3/part_buffers.h"

#include <stdlib.h>

void ar_s3_part_buffers_open(ar_s3_part_buffers *buffers) {
    *buffers = (ar_s3_part_buffers){.used = 0};
    pthread_mutex_init(&buffers->mutex, NULL);
    pthread_cond_init(&buffers->given, NULL);
}

static void free_idle(ar_s3_part_buffers *buffers) {
    while (buffers->idle != NULL) {
        ar_s3_part_buffer *buffer = buffers->idle;
        buffers->idle = buffer->next;
        free(buffer);
    }
    buffers->idle_bytes = 0;
}

void ar_s3_part_buffers_close(ar_s3_part_buffers *buffers) {
    free_idle(buffers);
    pthread_cond_destroy(&buffers->given);
    pthread_mutex_destroy(&buffers->mutex);
}

/* ---- one upload's share ---- */

void ar_s3_part_share_open(ar_s3_part_share *share, ar_s3_part_buffers *buffers, size_t budget) {
    *share = (ar_s3_part_share){.all = buffers, .budget = budget};
    pthread_mutex_lock(&buffers->mutex);
    buffers->users++;
    pthread_mutex_unlock(&buffers->mutex);
}

void ar_s3_part_share_close(ar_s3_part_share *share) {
    ar_s3_part_buffers *all = share->all;
    pthread_mutex_lock(&all->mutex);
    if (--all->users == 0) {
        free_idle(all);
    }
    pthread_mutex_unlock(&all->mutex);
}

ar_s3_part_buffer *ar_s3_part_share_take(ar_s3_part_share *share, size_t capacity) {
    ar_s3_part_buffers *all = share->all;
    pthread_mutex_lock(&all->mutex);
    while (share->out > 0 && all->used + capacity > share->budget) {
        pthread_cond_wait(&all->given, &all->mutex);
    }
    ar_s3_part_buffer *buffer = all->idle;
    if (buffer != NULL && buffer->capacity == capacity) {
        all->idle = buffer->next;
        all->idle_bytes -= capacity;
    } else {
        free_idle(all); /* parts have become larger: those are of no use any more */
        buffer = malloc(sizeof *buffer + capacity);
    }
    if (buffer != NULL) {
        buffer->capacity = capacity;
        buffer->size = 0;
        all->used += capacity;
        share->out += capacity;
    }
    pthread_mutex_unlock(&all->mutex);
    return buffer;
}

void ar_s3_part_share_give(ar_s3_part_share *share, ar_s3_part_buffer *buffer) {
    ar_s3_part_buffers *all = share->all;
    pthread_mutex_lock(&all->mutex);
    share->out -= buffer->capacity;
    all->used -= buffer->capacity;
    if (all->used + all->idle_bytes + buffer->capacity <= share->budget) {
        buffer->next = all->idle;
        all->idle = buffer;
        all->idle_bytes += buffer->capacity;
    } else {
        free(buffer);
    }
    pthread_cond_broadcast(&all->given);
    pthread_mutex_unlock(&all->mutex);
}
