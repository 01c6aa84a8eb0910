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
    bool closed;
    artrepo_error failure; /* the first */

    unsigned thread_count;
    pthread_t threads[];
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

static void *run_thread(void *argument) {
    ar_group *group = argument;
    pthread_mutex_lock(&group->mutex);
    for (;;) {
        while (group->count == 0 && !group->closed) {
            pthread_cond_wait(&group->not_empty, &group->mutex);
        }
        if (group->count == 0) {
            break;
        }
        void *item = group->items[group->first];
        group->first = (group->first + 1) % group->capacity;
        group->count--;
        pthread_cond_signal(&group->not_full);
        pthread_mutex_unlock(&group->mutex);
        run_item(group, item);
        pthread_mutex_lock(&group->mutex);
    }
    pthread_mutex_unlock(&group->mutex);
    return NULL;
}

artrepo_code ar_group_open(unsigned threads, size_t queue, ar_group_run *run, void *context,
                           artrepo_operation *operation, ar_group **out, artrepo_error *error) {
    if (threads <= 1) {
        threads = 0;
    }
    if (queue < 1) {
        queue = 1;
    }
    ar_group *group = calloc(1, sizeof *group + threads * sizeof group->threads[0]);
    void **items = calloc(queue, sizeof *items);
    if (group == NULL || items == NULL) {
        free(group);
        free(items);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for %u threads", threads);
    }
    group->run = run;
    group->context = context;
    group->operation = operation;
    group->items = items;
    group->capacity = queue;
    pthread_mutex_init(&group->mutex, NULL);
    pthread_cond_init(&group->not_empty, NULL);
    pthread_cond_init(&group->not_full, NULL);
    while (group->thread_count < threads) {
        int result = pthread_create(&group->threads[group->thread_count], NULL, run_thread, group);
        if (result != 0 && group->thread_count == 0) {
            ar_group_close(group, NULL);
            return artrepo_error_set_errno(error, result, "cannot start a thread");
        }
        if (result != 0) {
            break; /* fewer threads do the same work */
        }
        group->thread_count++;
    }
    *out = group;
    return ARTREPO_OK;
}

artrepo_code ar_group_add(ar_group *group, void *item, artrepo_error *error) {
    if (group->thread_count == 0) {
        run_item(group, item);
    } else {
        pthread_mutex_lock(&group->mutex);
        while (group->count == group->capacity) {
            pthread_cond_wait(&group->not_full, &group->mutex);
        }
        group->items[(group->first + group->count) % group->capacity] = item;
        group->count++;
        pthread_cond_signal(&group->not_empty);
        pthread_mutex_unlock(&group->mutex);
    }
    pthread_mutex_lock(&group->mutex);
    artrepo_code code = group->failure.code;
    if (code != ARTREPO_OK && error != NULL) {
        *error = group->failure;
    }
    pthread_mutex_unlock(&group->mutex);
    return code;
}

artrepo_code ar_group_close(ar_group *group, artrepo_error *error) {
    if (group == NULL) {
        return ARTREPO_OK;
    }
    pthread_mutex_lock(&group->mutex);
    group->closed = true;
    pthread_cond_broadcast(&group->not_empty);
    pthread_mutex_unlock(&group->mutex);
    for (unsigned i = 0; i < group->thread_count; i++) {
        pthread_join(group->threads[i], NULL);
    }
    artrepo_code code = group->failure.code;
    if (code != ARTREPO_OK && error != NULL) {
        *error = group->failure;
    }
    pthread_mutex_destroy(&group->mutex);
    pthread_cond_destroy(&group->not_empty);
    pthread_cond_destroy(&group->not_full);
    free(group->items);
    free(group);
    return code;
}
