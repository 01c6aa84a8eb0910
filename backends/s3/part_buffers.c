#include "s3/part_buffers.h"

#include <stdlib.h>

void ar_s3_part_buffers_open(ar_s3_part_buffers *buffers, size_t budget) {
    *buffers = (ar_s3_part_buffers){.budget = budget};
    pthread_mutex_init(&buffers->mutex, NULL);
    pthread_cond_init(&buffers->given, NULL);
}

static void free_idle(ar_s3_part_buffers *buffers) {
    while (buffers->idle != NULL) {
        ar_s3_part_buffer *buffer = buffers->idle;
        buffers->idle = buffer->next;
        free(buffer);
    }
}

void ar_s3_part_buffers_close(ar_s3_part_buffers *buffers) {
    free_idle(buffers);
    pthread_cond_destroy(&buffers->given);
    pthread_mutex_destroy(&buffers->mutex);
}

ar_s3_part_buffer *ar_s3_part_buffers_take(ar_s3_part_buffers *buffers, size_t capacity) {
    pthread_mutex_lock(&buffers->mutex);
    while (buffers->used > 0 && buffers->used + capacity > buffers->budget) {
        pthread_cond_wait(&buffers->given, &buffers->mutex);
    }
    ar_s3_part_buffer *buffer = buffers->idle;
    if (buffer != NULL && buffer->capacity == capacity) {
        buffers->idle = buffer->next;
    } else {
        free_idle(buffers); /* parts have become larger: those are of no use any more */
        buffer = malloc(sizeof *buffer + capacity);
    }
    if (buffer != NULL) {
        buffer->capacity = capacity;
        buffer->size = 0;
        buffers->used += capacity;
    }
    pthread_mutex_unlock(&buffers->mutex);
    return buffer;
}

void ar_s3_part_buffers_give(ar_s3_part_buffers *buffers, ar_s3_part_buffer *buffer) {
    pthread_mutex_lock(&buffers->mutex);
    buffers->used -= buffer->capacity;
    buffer->next = buffers->idle;
    buffers->idle = buffer;
    pthread_cond_signal(&buffers->given);
    pthread_mutex_unlock(&buffers->mutex);
}
