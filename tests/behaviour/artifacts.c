/* Artifacts on top of a store: files and directories, saved and loaded with every strategy. */
#include "listing.h"
#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NEEDS = ARTREPO_CAN_PUT };

static artrepo_artifact *artifact_with(const char *strategy) {
    artrepo_artifact *artifact = NULL;
    assert_ok(artrepo_artifact_new("behaviour", NULL, &artifact, error));
    if (strategy != NULL) {
        artrepo_archive_strategy parsed = ARTREPO_ARCHIVE_STRATEGY_INIT;
        assert_ok(artrepo_archive_strategy_parse(strategy, &parsed, error));
        artrepo_artifact_set_strategy(artifact, &parsed);
    }
    return artifact;
}

/* Saved with a strategy, and loaded with one: where that is NULL the data tells. */
typedef struct strategy_case {
    const char *save, *load;
    bool files_only; /* it keeps nothing else */
} strategy_case;

static const strategy_case archives[] = {
    {NULL, NULL, false},    {"tar", "tar", false}, {"tar:0", NULL, false},
    {"tar:9", NULL, false}, {"zstd", NULL, false}, {"zip", "zip", false},
};

static const strategy_case plain = {"none", "none", true};

/* PATH under KEY and back. */
static void assert_round_trip(const suite *s, const char *key, const char *path,
                              const strategy_case *how) {
    char back[512];
    snprintf(back, sizeof back, "%s/back", s->scratch);
    artrepo_artifact *saved = artifact_with(how->save), *loaded = artifact_with(how->load);
    artrepo_transfer transfer = {0};
    assert_ok(
        artrepo_artifact_save(s->repository, key, saved, path, &transfer, s->operation, error));
    assert_true(transfer.objects >= 1);
    assert_false(transfer.skipped);
    assert_ok(artrepo_artifact_load(s->repository, key, loaded, back, NULL, &transfer, s->operation,
                                    error));
    char *before = tree_describe(path, how->files_only),
         *after = tree_describe(back, how->files_only);
    if (strcmp(before, after) != 0) {
        fail_msg("with '%s':\n%sbecame\n%s", how->save == NULL ? "" : how->save, before, after);
    }
    free(before);
    free(after);
    tree_remove(back);
    artrepo_artifact_free(saved);
    artrepo_artifact_free(loaded);
}

static void directories(void **state) {
    const suite *s = *state;
    char path[512];
    snprintf(path, sizeof path, "%s/tree", s->scratch);
    tree_make(path, true, true);
    for (size_t i = 0; i < sizeof archives / sizeof archives[0]; i++) {
        assert_round_trip(s, key_of(s, "artifacts/tree-%zu.archive", i), path, &archives[i]);
    }
    tree_remove(path);
}

/* One object for each file, those without a byte too. */
static void directories_as_objects(void **state) {
    const suite *s = *state;
    char path[512];
    bool is_directory = false;
    snprintf(path, sizeof path, "%s/tree", s->scratch);
    tree_make(path, suite_holds(s, LIMIT_SPACES), false);
    const char *key = key_of(s, "artifacts/plain");
    assert_round_trip(s, key, path, &plain);
    assert_holds(s, key_of(s, "artifacts/plain/sub/deeper/0-bytes"), (content){0, 0});
    assert_ok(
        artrepo_repository_is_directory(s->repository, key, &is_directory, s->operation, error));
    assert_true(is_directory);
    listing list = {.keys = NULL};
    assert_ok(list_keys(s, key_of(s, "artifacts/plain/"), &list, s->operation, error));
    assert_int_equal(list.count, 48); /* empty directories are none */
    listing_free(&list);
    if (suite_holds(s, LIMIT_MARKERS)) { /* what a console made there does no harm */
        put_content(s, key_of(s, "artifacts/plain/void/"), (content){0, 0});
        put_content(s, key_of(s, "artifacts/plain/"), (content){0, 0});
        char back[512];
        snprintf(back, sizeof back, "%s/marked", s->scratch);
        artrepo_artifact *artifact = artifact_with("none");
        artrepo_transfer transfer = {0};
        assert_ok(artrepo_artifact_load(s->repository, key, artifact, back, NULL, &transfer,
                                        s->operation, error));
        assert_int_equal(transfer.objects, 48);
        artrepo_artifact_free(artifact);
        tree_remove(back);
    }
    tree_remove(path);
}

static void files(void **state) {
    const suite *s = *state;
    char path[512];
    snprintf(path, sizeof path, "%s/file.bin", s->scratch);
    static const int64_t sizes[] = {0, 1, 100000, 11 * MIB};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *data = malloc((size_t)sizes[i] + 1);
        assert_non_null(data);
        content_fill(i, 0, data, (size_t)sizes[i]);
        FILE *file = fopen(path, "we");
        assert_int_equal(fwrite(data, 1, (size_t)sizes[i], file), sizes[i]);
        fclose(file);
        free(data);
        assert_round_trip(s, key_of(s, "artifacts/file"), path, &plain);
        assert_holds(s, key_of(s, "artifacts/file"), (content){i, sizes[i]});
        for (size_t j = 0; j < sizeof archives / sizeof archives[0]; j++) {
            if (sizes[i] <= 100000) {
                assert_round_trip(s, key_of(s, "artifacts/file-%zu", j), path, &archives[j]);
            }
        }
    }
    unlink(path);
}

static void missing(void **state) {
    const suite *s = *state;
    char path[512];
    snprintf(path, sizeof path, "%s/missing", s->scratch);
    const char *key = key_of(s, "artifacts/missing");
    artrepo_artifact *artifact = artifact_with(NULL);
    artrepo_transfer transfer = {0};
    assert_fails(ARTREPO_NOT_FOUND, "artifacts/missing",
                 artrepo_artifact_load(s->repository, key, artifact, path, NULL, &transfer,
                                       s->operation, error));
    assert_int_not_equal(access(path, F_OK), 0);
    assert_fails(
        ARTREPO_NOT_FOUND, "missing",
        artrepo_artifact_save(s->repository, key, artifact, path, &transfer, s->operation, error));
    artrepo_artifact_set_optional(artifact, true);
    assert_ok(artrepo_artifact_load(s->repository, key, artifact, path, NULL, &transfer,
                                    s->operation, error));
    assert_true(transfer.skipped);
    transfer.skipped = false;
    assert_ok(
        artrepo_artifact_save(s->repository, key, artifact, path, &transfer, s->operation, error));
    assert_true(transfer.skipped);
    assert_int_not_equal(access(path, F_OK), 0);
    artrepo_artifact_free(artifact);
    assert_missing(s, key);
}

static void streams(void **state) {
    const suite *s = *state;
    content what = {850, 9 * MIB};
    const char *key = key_of(s, "artifacts/stream");
    content_source source = content_source_of(what);
    content_sink sink = content_sink_of(what.seed, 0);
    artrepo_transfer transfer = {0};
    source.base.size = -1;
    assert_ok(artrepo_artifact_save_stream(s->repository, key, &source.base, &transfer,
                                           s->operation, error));
    assert_int_equal(transfer.bytes, what.size);
    assert_ok(artrepo_artifact_load_stream(s->repository, key, &sink.base, &transfer, s->operation,
                                           error));
    assert_false(sink.wrong);
    assert_int_equal(sink.taken, what.size);
}

static artrepo_code count_object(void *data, const artrepo_object *object, artrepo_error *error) {
    (void)object;
    (void)error;
    ++*(int *)data;
    return ARTREPO_OK;
}

/* As `artctl ls` shows it: an object by itself, or what is below, without folder markers. */
static void listed(void **state) {
    const suite *s = *state;
    int count = 0;
    put_content(s, key_of(s, "artifacts/list/a"), (content){1, 10});
    put_content(s, key_of(s, "artifacts/list/b/c"), (content){1, 0});
    put_content(s, key_of(s, "artifacts/listx"), (content){1, 10});
    if (suite_holds(s, LIMIT_MARKERS)) {
        put_content(s, key_of(s, "artifacts/list/"), (content){1, 0});
        put_content(s, key_of(s, "artifacts/list/d/"), (content){1, 0});
    }
    assert_ok(artrepo_artifact_list(s->repository, key_of(s, "artifacts/list"), count_object,
                                    &count, s->operation, error));
    assert_int_equal(count, 2);
    assert_ok(artrepo_artifact_list(s->repository, key_of(s, "artifacts/list/a"), count_object,
                                    &count, s->operation, error));
    assert_int_equal(count, 3);
    assert_fails(ARTREPO_NOT_FOUND, "artifacts/lis",
                 artrepo_artifact_list(s->repository, key_of(s, "artifacts/lis"), count_object,
                                       &count, s->operation, error));
    assert_int_equal(count, 3);
}

/* What is cut off in the middle shows neither in the store nor where it was to be put. */
static void cancelled(void **state) {
    const suite *s = *state;
    char path[512], back[512];
    snprintf(path, sizeof path, "%s/tree", s->scratch);
    snprintf(back, sizeof back, "%s/back", s->scratch);
    tree_make(path, true, true);
    const char *key = key_of(s, "artifacts/cancelled"), *there = key_of(s, "artifacts/there");
    artrepo_artifact *artifact = artifact_with("tar");
    artrepo_operation *operation = new_operation();
    assert_ok(artrepo_artifact_save(s->repository, there, artifact, path, NULL, operation, error));
    artrepo_operation_cancel(operation);
    assert_fails(ARTREPO_CANCELLED, "",
                 artrepo_artifact_save(s->repository, key, artifact, path, NULL, operation, error));
    assert_fails(
        ARTREPO_CANCELLED, "",
        artrepo_artifact_load(s->repository, there, artifact, back, NULL, NULL, operation, error));
    assert_int_not_equal(access(back, F_OK), 0);
    assert_missing(s, key);
    artrepo_operation_free(operation);
    artrepo_artifact_free(artifact);
    tree_remove(path);
}

const suite_case artifact_cases[] = {
    {"artifacts: directories", directories, NEEDS, REPOSITORY},
    {"artifacts: directories as objects", directories_as_objects, NEEDS | ARTREPO_CAN_LIST,
     REPOSITORY},
    {"artifacts: listed", listed, NEEDS | ARTREPO_CAN_LIST, REPOSITORY},
    {"artifacts: files", files, NEEDS, REPOSITORY},
    {"artifacts: missing", missing, NEEDS, REPOSITORY},
    {"artifacts: streams", streams, NEEDS, REPOSITORY},
    {"artifacts: cancelled", cancelled, NEEDS, REPOSITORY},
    {NULL, NULL, 0, 0},
};
