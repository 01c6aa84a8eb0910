/* artctl bench store: objects to and from the configured repository, without archives or files. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "bench.h"
#include "bench_random.h"
#include "bench_repository.h"
#include "bench_streams.h"

typedef struct store_run {
    struct bench *bench;
    bench_repository *repository;
    const char *name; /* of the data: "large", "small" */
    int64_t object_bytes;
    uint64_t count; /* of objects */
    artrepo_code (*transfer)(struct store_run *run, uint64_t number, artrepo_error *error);

    /* While threads run: */
    atomic_uint_fast64_t next;
    atomic_bool failed;
    pthread_mutex_t mutex; /* of the error */
    artrepo_code code;
    artrepo_error *error;
} store_run;

/* ---- one object ---- */

static artrepo_code object_key(const store_run *run, uint64_t number, char **key,
                               artrepo_error *error) {
    char name[64];
    snprintf(name, sizeof name, "%s/%08llu", run->name, (unsigned long long)number);
    return bench_repository_key(run->repository, name, key, error);
}

static artrepo_code put_object(store_run *run, uint64_t number, artrepo_error *error) {
    bench_source source;
    char *key = NULL;
    artrepo_code code = object_key(run, number, &key, error);
    bench_source_open(&source, run->bench->buffer, BENCH_BUFFER, run->object_bytes);
    if (code == ARTREPO_OK) {
        code = artrepo_repository_put(run->repository->repository, key, &source.source, NULL, NULL,
                                      run->bench->context->operation, error);
    }
    free(key);
    return code;
}

static artrepo_code get_object(store_run *run, uint64_t number, artrepo_error *error) {
    bench_sink sink;
    char *key = NULL;
    artrepo_code code = object_key(run, number, &key, error);
    bench_sink_open(&sink);
    if (code == ARTREPO_OK) {
        code = artrepo_repository_get(run->repository->repository, key, NULL, &sink.sink, NULL,
                                      run->bench->context->operation, error);
    }
    if (code == ARTREPO_OK && sink.bytes != run->object_bytes) {
        code = artrepo_error_set(error, ARTREPO_IO, "'%s' came back as %lld bytes instead of %lld",
                                 key, (long long)sink.bytes, (long long)run->object_bytes);
    }
    free(key);
    return code;
}

/* ---- all objects, as many at once as the operation allows ---- */

static void keep_first_error(store_run *run, artrepo_code code, const artrepo_error *error) {
    pthread_mutex_lock(&run->mutex);
    if (run->code == ARTREPO_OK) {
        run->code = code;
        *run->error = *error;
    }
    pthread_mutex_unlock(&run->mutex);
    atomic_store(&run->failed, true);
}

static void *transfer_some(void *data) {
    store_run *run = data;
    artrepo_error error = ARTREPO_ERROR_INIT;
    while (!atomic_load(&run->failed)) {
        uint64_t number = atomic_fetch_add(&run->next, 1);
        if (number >= run->count) {
            break;
        }
        artrepo_code code = run->transfer(run, number, &error);
        if (code != ARTREPO_OK) {
            keep_first_error(run, code, &error);
        }
    }
    return NULL;
}

static artrepo_code transfer_all(void *data, artrepo_error *error) {
    enum { MOST_THREADS = 1024 };
    store_run *run = data;
    pthread_t threads[MOST_THREADS];
    uint64_t wanted = artrepo_operation_transfers(run->bench->context->operation);
    wanted = wanted < run->count ? wanted : run->count;
    size_t started = 0;
    atomic_store(&run->next, 0);
    atomic_store(&run->failed, false);
    run->code = ARTREPO_OK;
    run->error = error;
    /* This thread is one of them. */
    while (started + 1 < wanted && started < MOST_THREADS &&
           pthread_create(&threads[started], NULL, transfer_some, run) == 0) {
        started++;
    }
    transfer_some(run);
    for (size_t i = 0; i < started; i++) {
        pthread_join(threads[i], NULL);
    }
    return run->code;
}

/* ---- rows ---- */

static artrepo_code measure(store_run *run, const char *work) {
    char label[80];
    struct bench *bench = run->bench;
    snprintf(label, sizeof label, "%s %s", work, run->name);
    bench_action action = {.label = label, .run = transfer_all, .data = run};
    int64_t bytes = run->object_bytes * (int64_t)run->count;
    bench_row row = {.benchmark = "store",
                     .data = run->name,
                     .strategy = "",
                     .work = work,
                     .medium = run->repository->kind,
                     .bytes = bytes,
                     .stored_bytes = bytes,
                     .files = (int64_t)run->count};
    artrepo_code code = bench_repeat(bench, &action, &row.summary);
    return code == ARTREPO_OK ? bench_report_add(&bench->report, bench->context, &row) : code;
}

static artrepo_code put_and_get(store_run *run) {
    run->transfer = put_object;
    artrepo_code code = measure(run, "put");
    if (code == ARTREPO_OK) {
        run->transfer = get_object;
        code = measure(run, "get");
    }
    return code == ARTREPO_OK ? bench_repository_empty(run->repository, &run->bench->context->error)
                              : code;
}

artrepo_code bench_store(struct bench *bench) {
    const struct options *options = &bench->context->options;
    bench_repository repository;
    bench_random random = bench_random_seed(1, 0);
    bench_random_bytes(&random, bench->buffer, BENCH_BUFFER);
    artrepo_code code = bench_repository_open(&repository, bench->context);
    store_run run = {.bench = bench, .repository = &repository, .mutex = PTHREAD_MUTEX_INITIALIZER};
    repository.is_used = code == ARTREPO_OK;
    if (code == ARTREPO_OK) {
        run.name = "large";
        run.object_bytes = (int64_t)options->large_size;
        run.count = 1;
        code = put_and_get(&run);
    }
    if (code == ARTREPO_OK) {
        run.name = "small";
        run.object_bytes = (int64_t)options->small_size;
        run.count = options->small_count;
        code = put_and_get(&run);
    }
    return bench_repository_close(&repository, code);
}
