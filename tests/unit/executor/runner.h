/* What tests of whole templates share: a scratch directory with a store, a root and a template. */
#ifndef TESTS_UNIT_EXECUTOR_RUNNER_H
#define TESTS_UNIT_EXECUTOR_RUNNER_H

#include "unit/support.h"

#include <artrepo/executor.h>

static char root[100];

static inline int set_up(void **state) {
    (void)state;
    strcpy(root, scratch_directory());
    return 0;
}

static inline int tear_down(void **state) {
    (void)state;
    remove_scratch(root);
    return 0;
}

/* Runs FORMAT as a shell command in the scratch directory. */
static inline void shell(const char *command) {
    char line[4000];
    snprintf(line, sizeof line, "cd '%s' && { %s; }", root, command);
    if (system(line) != 0) {
        fail_msg("failed: %s", command);
    }
}

static inline const char *below(const char *name) {
    static char paths[8][300];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", root, name);
    return path;
}

/* A template, an fs repository "store", and an executor of both. */
typedef struct runner {
    artrepo_template *argo_template;
    artrepo_configuration *repository;
    artrepo_executor *executor;
} runner;

/* OPTIONS has no repository yet. LOGS: archiveLogs of the repository. */
static inline runner open_runner(const char *text, artrepo_executor_options *options) {
    runner made = {NULL, NULL, NULL};
    char repository[300];
    snprintf(repository, sizeof repository,
             "{fs: {root: '%s/store', keyFormat: 'wf/pod'}, archiveLogs: true}", root);
    assert_ok(artrepo_configuration_parse(repository, strlen(repository), "repository", NULL, NULL,
                                          &made.repository, error));
    options->repository = made.repository;
    assert_ok(
        artrepo_template_parse(text, strlen(text), "template", NULL, &made.argo_template, error));
    assert_ok(artrepo_executor_open(made.argo_template, options, NULL, &made.executor, error));
    return made;
}

static inline void close_runner(runner *made) {
    artrepo_executor_close(made->executor);
    artrepo_template_free(made->argo_template);
    artrepo_configuration_free(made->repository);
}

/* Saves the template's outputs, and gives the code back. *JSON (may be NULL) is to be freed. */
static inline artrepo_code save_template(const char *text, artrepo_executor_options *options,
                                         char **json, artrepo_error *error) {
    runner made = open_runner(text, options);
    artrepo_outputs *outputs = NULL;
    artrepo_code code = artrepo_executor_save(made.executor, &outputs, NULL, error);
    if (json != NULL) {
        assert_non_null(outputs);
        assert_int_equal(artrepo_outputs_to_json(outputs, json, NULL), ARTREPO_OK);
    }
    artrepo_outputs_free(outputs);
    close_runner(&made);
    return code;
}

static inline artrepo_code load_template(const char *text, artrepo_executor_options *options,
                                         artrepo_error *error) {
    runner made = open_runner(text, options);
    artrepo_code code = artrepo_executor_load(made.executor, NULL, error);
    close_runner(&made);
    return code;
}

static inline artrepo_code stage_template(const char *text, artrepo_executor_options *options,
                                          artrepo_error *error) {
    runner made = open_runner(text, options);
    artrepo_code code = artrepo_executor_stage(made.executor, NULL, error);
    close_runner(&made);
    return code;
}

#define assert_says(error, text)                                                                   \
    do {                                                                                           \
        if (strstr((error)->message, text) == NULL) {                                              \
            fail_msg("'%s' is not in '%s'", text, (error)->message);                               \
        }                                                                                          \
    } while (0)

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
