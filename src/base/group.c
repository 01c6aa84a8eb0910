#include "base/group.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

struct ar_group {
    ar_group_run *run;
    void *context;
    artrepo_operation *operation;

    pthread_mutex_t mutex;
    pthread_cond_t not_empty, not_full;
    void **items; /* a ring */
    size_t capacity, first, count;
    unsigned idle;   /* threads that wait for an item */
    unsigned adding; /* callers that wait for room */
    bool inline_only, closed;
    artrepo_error failure; /* the first */

    pthread_t *threads; /* started when there is something to do for them */
    unsigned thread_count, thread_limit;
};

static bool has_failed(ar_group *group) {
    pthread_mutex_lock(&group->mutex);
    bool failed = group->failure.code != ARTREPO_OK;
    pthread_mutex_unlock(&group->mutex);
    return failed;
}

void ar_group_fail(ar_group *group, const artrepo_error *error) {
    pthread_mutex_lock(&group->mutex);
    if (group->failure.code == ARTREPO_OK) {
        group->failure = *error;
    }
    pthread_cond_broadcast(&group->not_full);
    pthread_mutex_unlock(&group->mutex);
}

static void run_item(ar_group *group, void *item) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    bool failed = has_failed(group);
    if (!failed && artrepo_operation_check(group->operation, &error) != ARTREPO_OK) {
        ar_group_fail(group, &error);
        failed = true;
    }
    artrepo_code code = group->run(group->context, item, failed, &error);
    if (code != ARTREPO_OK && !failed) {
        error.code = code;
        ar_group_fail(group, &error);
    }
}

/* The mutex is held. */
static void *take_item(ar_group *group) {
    void *item = group->items[group->first];
    group->first = (group->first + 1) % group->capacity;
    group->count--;
    /* Those who add are woken when there is room for several items: one switch of threads then
     * serves them all. */
    if (group->adding > 0 && group->count <= group->capacity / 2) {
        pthread_cond_broadcast(&group->not_full);
    }
    return item;
}

static void *run_thread(void *argument) {
    ar_group *group = argument;
    pthread_mutex_lock(&group->mutex);
    for (;;) {
        while (group->count == 0 && !group->closed) {
            group->idle++;
            pthread_cond_wait(&group->not_empty, &group->mutex);
            group->idle--;
        }
        if (group->count == 0) {
            break;
        }
        void *item = take_item(group);
        pthread_mutex_unlock(&group->mutex);
        run_item(group, item);
        pthread_mutex_lock(&group->mutex);
    }
    pthread_mutex_unlock(&group->mutex);
    return NULL;
}

/* The mutex is held. Fewer threads do the same work. */
static bool start_thread(ar_group *group) {
    bool started =
        pthread_create(&group->threads[group->thread_count], NULL, run_thread, group) == 0;
    group->thread_count += started;
    return started;
}

artrepo_code ar_group_open(unsigned threads, size_t queue, ar_group_run *run, void *context,
                           artrepo_operation *operation, ar_group **out, artrepo_error *error) {
    queue = queue < 1 ? 1 : queue;
    ar_group *group = calloc(1, sizeof *group);
    void **items = calloc(queue, sizeof *items);
    pthread_t *handles = calloc(threads + 1, sizeof *handles);
    if (group == NULL || items == NULL || handles == NULL) {
        free(group);
        free(items);
        free(handles);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for %u threads", threads);
    }
    group->run = run;
    group->context = context;
    group->operation = operation;
    group->items = items;
    group->capacity = queue;
    group->threads = handles;
    group->thread_limit = threads;
    group->inline_only = threads <= 1;
    pthread_mutex_init(&group->mutex, NULL);
    pthread_cond_init(&group->not_empty, NULL);
    pthread_cond_init(&group->not_full, NULL);
    *out = group;
    return ARTREPO_OK;
}

void ar_group_widen(ar_group *group, unsigned threads) {
    pthread_mutex_lock(&group->mutex);
    if (!group->inline_only && threads > group->thread_limit) {
        pthread_t *handles = realloc(group->threads, threads * sizeof *handles);
        if (handles != NULL) {
            group->threads = handles;
            group->thread_limit = threads;
        }
    }
    size_t waiting = group->count;
    while (waiting-- > group->idle && group->thread_count < group->thread_limit &&
           start_thread(group)) {
    }
    pthread_mutex_unlock(&group->mutex);
}

/* Into the queue, and to a thread. False when there is no thread at all. */
static bool enqueue(ar_group *group, void *item) {
    pthread_mutex_lock(&group->mutex);
    while (group->count == group->capacity) {
        group->adding++;
        pthread_cond_wait(&group->not_full, &group->mutex);
        group->adding--;
    }
    bool has_thread = group->idle > group->count ||
                      (group->thread_count < group->thread_limit && start_thread(group)) ||
                      group->thread_count > 0;
    if (has_thread) {
        group->items[(group->first + group->count) % group->capacity] = item;
        group->count++;
        pthread_cond_signal(&group->not_empty);
    }
    pthread_mutex_unlock(&group->mutex);
    return has_thread;
}

artrepo_code ar_group_add(ar_group *group, void *item, artrepo_error *error) {
    if (group->inline_only || !enqueue(group, item)) {
        run_item(group, item);
    }
    pthread_mutex_lock(&group->mutex);
    artrepo_code code = group->failure.code;
    if (code != ARTREPO_OK && error != NULL) {
        *error = group->failure;
    }
    pthread_mutex_unlock(&group->mutex);
    return code;
}

/* The last ones may still start others. */
static void join_threads(ar_group *group) {
    for (unsigned i = 0;; i++) {
        pthread_mutex_lock(&group->mutex);
        bool is_there = i < group->thread_count;
        pthread_t thread = group->threads[is_there ? i : 0];
        pthread_mutex_unlock(&group->mutex);
        if (!is_there) {
            return;
        }
        pthread_join(thread, NULL);
    }
}

artrepo_code ar_group_close(ar_group *group, artrepo_error *error) {
    if (group == NULL) {
        return ARTREPO_OK;
    }
    pthread_mutex_lock(&group->mutex);
    group->closed = true;
    pthread_cond_broadcast(&group->not_empty);
    pthread_mutex_unlock(&group->mutex);
    join_threads(group);
    artrepo_code code = group->failure.code;
    if (code != ARTREPO_OK && error != NULL) {
        *error = group->failure;
    }
    pthread_mutex_destroy(&group->mutex);
    pthread_cond_destroy(&group->not_empty);
    pthread_cond_destroy(&group->not_full);
    free(group->items);
    free(group->threads);
    free(group);
    return code;
}
