/* What the tests of threads on this floor share: a scratch directory with a store and a tree. */
#ifndef TESTS_UNIT_EXECUTOR_THREADS_FIXTURE_H
#define TESTS_UNIT_EXECUTOR_THREADS_FIXTURE_H

#include "unit/executor/support.h"

#include <artrepo/repository.h>

enum { FILES = 4, LARGE = 1300000 };

typedef struct floor_work {
    char root[100];
    artrepo_operation *operation;
    artrepo_configuration *configuration;
    artrepo_repository *repository;
} floor_work;

/* The last file needs several blocks of a pipeline. */
static inline size_t file_size(int number) {
    return number == FILES - 1 ? LARGE : (size_t)(1000 * number);
}

static inline void file_path(char path[300], const char *tree, int number) {
    snprintf(path, 300, "%s/%s/%d", tree, number % 2 == 0 ? "even" : "odd", number);
}

static inline bool write_whole(const char *path, const void *data, size_t size) {
    FILE *file = fopen(path, "w");
    bool written = file != NULL && fwrite(data, 1, size, file) == size;
    return (file == NULL || fclose(file) == 0) && written;
}

static inline bool make_tree(const char *tree) {
    char path[300];
    unsigned char *data = malloc(LARGE);
    bool made = data != NULL && mkdir(tree, 0755) == 0;
    for (int i = 0; made && i < FILES; i++) {
        snprintf(path, sizeof path, "%s/%s", tree, i % 2 == 0 ? "even" : "odd");
        made = i >= 2 || mkdir(path, 0755) == 0;
        file_path(path, tree, i);
        fill_text(data, file_size(i), (uint64_t)i);
        made = made && write_whole(path, data, file_size(i));
    }
    free(data);
    return made;
}

static inline bool is_file(const char *path, const void *data, size_t size) {
    unsigned char *found = malloc(size + 1);
    FILE *file = fopen(path, "r");
    bool same = found != NULL && file != NULL && fread(found, 1, size + 1, file) == size &&
                memcmp(found, data, size) == 0;
    if (file != NULL) {
        fclose(file);
    }
    free(found);
    return same;
}

static inline bool is_tree(const char *tree) {
    char path[300];
    unsigned char *data = malloc(LARGE);
    bool same = data != NULL;
    for (int i = 0; same && i < FILES; i++) {
        file_path(path, tree, i);
        fill_text(data, file_size(i), (uint64_t)i);
        same = is_file(path, data, file_size(i));
    }
    free(data);
    return same;
}

static inline void ignore_log(void *data, const artrepo_log_record *record) {
    (void)data;
    (void)record;
}

static inline int set_up(void **state) {
    floor_work *all = calloc(1, sizeof *all);
    char text[300], path[200];
    assert_non_null(all);
    strcpy(all->root, scratch_directory());
    snprintf(path, sizeof path, "%s/tree", all->root);
    assert_true(make_tree(path));
    all->operation = artrepo_operation_new();
    artrepo_operation_set_log(all->operation, ARTREPO_LOG_DEBUG, ignore_log, NULL);
    artrepo_operation_set_threads(all->operation, 2);
    snprintf(text, sizeof text,
             "{archiveLogs: true, fs: {root: '%s/store', keyFormat: '{{pod.name}}'}}", all->root);
    assert_ok(artrepo_configuration_parse(text, strlen(text), "repository", NULL, NULL,
                                          &all->configuration, error));
    assert_ok(artrepo_repository_open(artrepo_configuration_location(all->configuration), NULL,
                                      NULL, &all->repository, error));
    *state = all;
    return 0;
}

static inline int tear_down(void **state) {
    floor_work *all = *state;
    artrepo_repository_close(all->repository);
    artrepo_configuration_free(all->configuration);
    artrepo_operation_free(all->operation);
    remove_scratch(all->root);
    free(all);
    return 0;
}

/* The tree at KEY. */
static inline void save_tree(const floor_work *all, const char *key, const char *strategy) {
    char tree[200];
    artrepo_artifact *artifact = new_artifact(strategy);
    snprintf(tree, sizeof tree, "%s/tree", all->root);
    assert_ok(artrepo_artifact_save(all->repository, key, artifact, tree, NULL, NULL, error));
    artrepo_artifact_free(artifact);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
