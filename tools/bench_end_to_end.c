/* artctl bench end-to-end: what put and get do, from a path to the store and back. */
#include <stdio.h>
#include <stdlib.h>

#include <artrepo/executor.h>

#include "bench.h"
#include "bench_repository.h"
#include "bench_scratch.h"

typedef struct transfer_run {
    struct bench *bench;
    const bench_repository *repository;
    const bench_data_set *set;
    const bench_strategy *strategy;
    const artrepo_artifact *artifact;
    const char *key, *loaded; /* LOADED is a path in the scratch directory */
    int64_t stored_bytes;
    bool is_checked;
} transfer_run;

static artrepo_code put(void *data, artrepo_error *error) {
    transfer_run *run = data;
    artrepo_transfer transfer = {0};
    artrepo_code code =
        artrepo_artifact_save(run->repository->repository, run->key, run->artifact, run->set->path,
                              &transfer, run->bench->context->operation, error);
    run->stored_bytes = transfer.bytes;
    return code;
}

static artrepo_code get(void *data, artrepo_error *error) {
    const transfer_run *run = data;
    return artrepo_artifact_load(run->repository->repository, run->key, run->artifact, run->loaded,
                                 NULL, NULL, run->bench->context->operation, error);
}

static artrepo_code check_and_remove(void *data, artrepo_error *error) {
    transfer_run *run = data;
    artrepo_code code = ARTREPO_OK;
    if (!run->is_checked) {
        code = bench_data_set_check(run->set, run->loaded, error);
        run->is_checked = true;
    }
    return code == ARTREPO_OK ? bench_remove_tree(run->loaded, error) : code;
}

static artrepo_code measure(transfer_run *run, const char *work, bench_action *action) {
    char label[200];
    struct bench *bench = run->bench;
    snprintf(label, sizeof label, "%s %.100s as %s", work, run->set->name, run->strategy->name);
    bench_row row = {.benchmark = "end-to-end",
                     .data = run->set->name,
                     .strategy = run->strategy->name,
                     .work = work,
                     .medium = run->repository->kind,
                     .bytes = run->set->bytes,
                     .files = run->set->files};
    action->label = label;
    action->data = run;
    artrepo_code code = bench_repeat(bench, action, &row.summary);
    row.stored_bytes = run->stored_bytes;
    return code == ARTREPO_OK ? bench_report_add(&bench->report, bench->context, &row) : code;
}

static artrepo_code put_and_get(transfer_run *run) {
    bench_action putting = {.run = put};
    bench_action getting = {.run = get, .finish = check_and_remove};
    artrepo_code code = measure(run, "put", &putting);
    if (code == ARTREPO_OK) {
        code = measure(run, "get", &getting);
    }
    return code == ARTREPO_OK ? bench_repository_empty(run->repository, &run->bench->context->error)
                              : code;
}

static artrepo_code measure_strategy(transfer_run *run) {
    artrepo_artifact *artifact = NULL;
    artrepo_code code = artrepo_artifact_new("bench", NULL, &artifact, &run->bench->context->error);
    if (code == ARTREPO_OK) {
        artrepo_artifact_set_strategy(artifact, &run->strategy->strategy);
        run->artifact = artifact;
        run->is_checked = false;
        code = put_and_get(run);
    }
    artrepo_artifact_free(artifact);
    return code;
}

static artrepo_code measure_sets(transfer_run *run, const bench_data_sets *sets) {
    const bench_strategies *strategies = &run->bench->strategies;
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; i < sets->count; i++) {
        run->set = &sets->items[i];
        for (size_t k = 0; code == ARTREPO_OK && k < strategies->count; k++) {
            run->strategy = &strategies->items[k];
            code = measure_strategy(run);
        }
    }
    return code;
}

artrepo_code bench_end_to_end(struct bench *bench, const char *path) {
    artrepo_error *error = &bench->context->error;
    bench_data_sets sets = {0};
    bench_repository repository = {0};
    char *key = NULL, *loaded = NULL;
    artrepo_code code = bench_repository_open(&repository, bench->context);
    if (code == ARTREPO_OK) {
        code = bench_data_sets_open(bench, path, &sets);
    }
    if (code == ARTREPO_OK) {
        code = bench_repository_key(&repository, "artifact", &key, error);
    }
    if (code == ARTREPO_OK) {
        code = bench_path_join(bench->scratch, "loaded", &loaded, error);
    }
    if (code == ARTREPO_OK) {
        transfer_run run = {
            .bench = bench, .repository = &repository, .key = key, .loaded = loaded};
        repository.is_used = true;
        code = measure_sets(&run, &sets);
    }
    code = bench_repository_close(&repository, code);
    free(key);
    free(loaded);
    bench_data_sets_clear(&sets);
    return code;
}
