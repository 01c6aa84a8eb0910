/* Many threads that do the same at once; what one of them complains of fails the test. */
#ifndef TESTS_UNIT_THREADS_H
#define TESTS_UNIT_THREADS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>

enum { THREADS = 8 };

typedef struct worker {
    void *shared;
    int number;
    pthread_barrier_t *start;
    void (*work)(struct worker *worker);
    char complaint[1024]; /* "" when all was well */
} worker;

/* Cmocka's own checks must not be used in these threads. In a function of type worker's work. */
#define COMPLAIN(w, ...)                                                                           \
    do {                                                                                           \
        snprintf((w)->complaint, sizeof(w)->complaint, __VA_ARGS__);                               \
        return;                                                                                    \
    } while (0)

#define NEED(w, condition)                                                                         \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            COMPLAIN(w, "%s:%d: not so: %s", __FILE__, __LINE__, #condition);                      \
        }                                                                                          \
    } while (0)

/* CALL fills the local variable ERROR. */
#define NEED_OK(w, call, error)                                                                    \
    do {                                                                                           \
        if ((call) != ARTREPO_OK) {                                                                \
            COMPLAIN(w, "%s:%d: %s: %s", __FILE__, __LINE__, #call, (error).message);              \
        }                                                                                          \
    } while (0)

static void *run_worker(void *data) {
    worker *w = data;
    pthread_barrier_wait(w->start);
    w->work(w);
    return NULL;
}

/* Runs WORK in all threads; the test goes on when the last one has ended. */
static void run_at_once(void (*work)(worker *), void *shared) {
    worker workers[THREADS];
    pthread_t threads[THREADS];
    pthread_barrier_t start;
    assert_int_equal(pthread_barrier_init(&start, NULL, THREADS), 0);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (worker){.shared = shared, .number = i, .start = &start, .work = work};
        assert_int_equal(pthread_create(&threads[i], NULL, run_worker, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    pthread_barrier_destroy(&start);
    for (int i = 0; i < THREADS; i++) {
        if (workers[i].complaint[0] != '\0') {
            fail_msg("thread %d: %s", i, workers[i].complaint);
        }
    }
}

#endif
