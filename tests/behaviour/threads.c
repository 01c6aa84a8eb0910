/* Many threads on one handle. */
#include "listing.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { THREADS = 8, ROUNDS = 12 };

typedef struct worker {
    const suite *s;
    int number;
    artrepo_error error;
    char complaint[256]; /* "" when all was well */
} worker;

#define COMPLAIN(w, ...)                                                                           \
    do {                                                                                           \
        snprintf((w)->complaint, sizeof(w)->complaint, __VA_ARGS__);                               \
        return NULL;                                                                               \
    } while (0)

static void run_workers(const suite *s, void *(*work)(void *)) {
    worker workers[THREADS];
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (worker){.s = s, .number = i, .error = ARTREPO_ERROR_INIT};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        if (workers[i].complaint[0] != '\0') {
            fail_msg("thread %d: %s: %s", i, workers[i].complaint, workers[i].error.message);
        }
    }
}

/* ---- each its own objects ---- */

static artrepo_code count_one(void *data, const artrepo_object *object, artrepo_error *error) {
    (void)object;
    (void)error;
    ++*(int *)data;
    return ARTREPO_OK;
}

static void *work_alone(void *data) {
    worker *w = data;
    const suite *s = w->s;
    for (int round = 0; round < ROUNDS; round++) {
        content what = {(uint64_t)(500 + w->number * ROUNDS + round), 1000 + round * 40000};
        const char *key = key_of(s, "threads/%d/%d", w->number, round);
        content_source source = content_source_of(what);
        content_sink sink = content_sink_of(what.seed, 0);
        artrepo_object object;
        int listed = 0;
        source.base.size = round % 2 == 0 ? what.size : -1;
        if (do_put(s, key, &source.base, NULL, NULL, s->operation, &w->error) != ARTREPO_OK) {
            COMPLAIN(w, "put in round %d", round);
        }
        if (do_stat(s, key, &object, s->operation, &w->error) != ARTREPO_OK ||
            object.size != what.size) {
            COMPLAIN(w, "stat in round %d", round);
        }
        if (do_get(s, key, (artrepo_range){0, -1, NULL}, &sink.base, NULL, s->operation,
                   &w->error) != ARTREPO_OK ||
            sink.wrong || sink.taken != what.size) {
            COMPLAIN(w, "get in round %d", round);
        }
        if (suite_can(s, ARTREPO_CAN_LIST) &&
            (do_list(s, key_of(s, "threads/%d/", w->number), count_one, &listed, s->operation,
                     &w->error) != ARTREPO_OK ||
             listed == 0)) {
            COMPLAIN(w, "list in round %d", round);
        }
        if (suite_can(s, ARTREPO_CAN_REMOVE) && round % 3 == 0 &&
            do_remove(s, key, s->operation, &w->error) != ARTREPO_OK) {
            COMPLAIN(w, "remove in round %d", round);
        }
    }
    return NULL;
}

static void own_objects(void **state) {
    const suite *s = *state;
    run_workers(s, work_alone);
    if (suite_can(s, ARTREPO_CAN_LIST | ARTREPO_CAN_REMOVE)) {
        listing list = {.keys = NULL};
        assert_ok(list_keys(s, key_of(s, "threads/"), &list, s->operation, error));
        assert_int_equal(list.count, THREADS * (ROUNDS - ROUNDS / 3));
        assert_true(list.in_order);
        listing_free(&list);
    }
}

/* ---- all the same object ---- */

static content content_by(int number) {
    return (content){(uint64_t)(700 + number), 150000 + number * 1000};
}

/* Finds out by the first bytes who wrote what comes. */
typedef struct guessing_sink {
    artrepo_sink base;
    int writer; /* -1: nobody knows yet */
    int64_t taken;
    bool wrong;
} guessing_sink;

static artrepo_code guess(artrepo_sink *base, const void *data, size_t size, artrepo_error *error) {
    (void)error;
    guessing_sink *sink = (guessing_sink *)base;
    for (int i = 0; sink->writer < 0 && i < THREADS; i++) {
        sink->writer = content_is(content_by(i).seed, 0, data, size) ? i : -1;
    }
    sink->wrong = sink->wrong || sink->writer < 0 ||
                  !content_is(content_by(sink->writer).seed, sink->taken, data, size);
    sink->taken += (int64_t)size;
    return ARTREPO_OK;
}

static const artrepo_sink_functions guessing = {guess, NULL, NULL};

static void *work_on_one(void *data) {
    worker *w = data;
    const suite *s = w->s;
    const char *key = key_of(s, "threads-one");
    for (int round = 0; round < ROUNDS; round++) {
        content_source source = content_source_of(content_by(w->number));
        guessing_sink sink = {.base = {&guessing, -1}, .writer = -1};
        artrepo_code code = do_put(s, key, &source.base, NULL, NULL, s->operation, &w->error);
        bool may_lose = !suite_holds(s, LIMIT_RIVALS);
        if (code != ARTREPO_OK && !(may_lose && code == ARTREPO_TRANSIENT)) {
            COMPLAIN(w, "put in round %d", round);
        }
        code =
            do_get(s, key, (artrepo_range){0, -1, NULL}, &sink.base, NULL, s->operation, &w->error);
        if (code != ARTREPO_OK && (code != ARTREPO_IO || sink.wrong)) {
            COMPLAIN(w, "get in round %d", round);
        }
        if (code == ARTREPO_OK && (sink.wrong || sink.taken != content_by(sink.writer).size)) {
            COMPLAIN(w, "get in round %d gave a mixture", round);
        }
    }
    return NULL;
}

/* Whoever wins, it is one writer's object in whole. */
static void same_object(void **state) {
    run_workers(*state, work_on_one);
}

/* ---- directories that are removed beside each other ---- */

static void *work_on_directories(void *data) {
    worker *w = data;
    const suite *s = w->s;
    for (int round = 0; round < ROUNDS / 3; round++) {
        const char *directory = key_of(s, "threads-below/%d", w->number);
        bool is_directory = false;
        for (int i = 0; i < 5; i++) {
            content what = {(uint64_t)(900 + w->number), 1000 * i};
            content_source source = content_source_of(what);
            if (do_put(s, key_of(s, "threads-below/%d/%d", w->number, i), &source.base, NULL, NULL,
                       s->operation, &w->error) != ARTREPO_OK) {
                COMPLAIN(w, "put %d in round %d", i, round);
            }
        }
        if (artrepo_repository_is_directory(s->repository, directory, &is_directory, s->operation,
                                            &w->error) != ARTREPO_OK ||
            !is_directory) {
            COMPLAIN(w, "no directory in round %d", round);
        }
        if (do_remove(s, key_of(s, "threads-below/%d/", w->number), s->operation, &w->error) !=
            ARTREPO_OK) {
            COMPLAIN(w, "remove in round %d", round);
        }
        if (artrepo_repository_is_directory(s->repository, directory, &is_directory, s->operation,
                                            &w->error) != ARTREPO_OK ||
            is_directory) {
            COMPLAIN(w, "a directory that was removed in round %d", round);
        }
    }
    return NULL;
}

static void own_directories(void **state) {
    const suite *s = *state;
    listing list = {.keys = NULL};
    run_workers(s, work_on_directories);
    assert_ok(list_keys(s, key_of(s, "threads-below/"), &list, s->operation, error));
    assert_int_equal(list.count, 0);
    listing_free(&list);
}

const suite_case thread_cases[] = {
    {"threads on their own objects", own_objects, ARTREPO_CAN_PUT, BOTH},
    {"threads on the same object", same_object, ARTREPO_CAN_PUT, BOTH},
    {"threads on their own directories", own_directories,
     ARTREPO_CAN_PUT | ARTREPO_CAN_LIST | ARTREPO_CAN_REMOVE, REPOSITORY},
    {NULL, NULL, 0, 0},
};
