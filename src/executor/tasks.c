#include "executor/tasks.h"

#include <stdlib.h>
#include <string.h>

#include "base/group.h"

/*
 * As many as a driver has transfers in flight by default: enough that the waits of one artifact are
 * filled by others, while memory, which each needs for its own pipeline, stays in sight.
 */
enum { DEFAULT_CONCURRENCY = 4 };

/* ---- choosing ---- */

static bool is_chosen(const artrepo_executor_options *options, const char *name) {
    for (size_t i = 0; i < options->name_count; i++) {
        if (strcmp(options->names[i], name) == 0) {
            return true;
        }
    }
    return options->names == NULL;
}

static bool has(const ar_template_artifacts *artifacts, const char *name) {
    for (size_t i = 0; i < artifacts->count; i++) {
        if (strcmp(artrepo_artifact_name(artifacts->items[i].artifact), name) == 0) {
            return true;
        }
    }
    return false;
}

static artrepo_code check_names(const artrepo_executor *executor,
                                const ar_template_artifacts *artifacts, const char *side,
                                artrepo_error *error) {
    const artrepo_executor_options *options = &executor->options;
    for (size_t i = 0; options->names != NULL && i < options->name_count; i++) {
        if (!has(artifacts, options->names[i])) {
            return artrepo_error_set(
                error, ARTREPO_INVALID, "template '%s' has no %s artifact '%s'",
                artrepo_template_name(executor->argo_template), side, options->names[i]);
        }
    }
    return ARTREPO_OK;
}

artrepo_code ar_tasks_open(ar_tasks *tasks, const artrepo_executor *executor,
                           const ar_template_artifacts *artifacts, const char *side,
                           artrepo_error *error) {
    *tasks = (ar_tasks){NULL, 0};
    artrepo_code code = check_names(executor, artifacts, side, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    tasks->items = calloc(artifacts->count + 1, sizeof *tasks->items);
    if (tasks->items == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for %zu artifacts",
                                 artifacts->count);
    }
    for (size_t i = 0; i < artifacts->count; i++) {
        const ar_template_artifact *artifact = &artifacts->items[i];
        if (is_chosen(&executor->options, artrepo_artifact_name(artifact->artifact))) {
            ar_task *task = &tasks->items[tasks->count++];
            task->artifact = artifact->artifact;
            task->error = artifact->refusal;
        }
    }
    return ARTREPO_OK;
}

void ar_tasks_close(ar_tasks *tasks) {
    for (size_t i = 0; i < tasks->count; i++) {
        free(tasks->items[i].path);
        free(tasks->items[i].real);
        free(tasks->items[i].staged);
        free(tasks->items[i].identity);
        artrepo_location_free(tasks->items[i].location);
    }
    free(tasks->items);
}

/* ---- running ---- */

typedef struct task_context {
    artrepo_executor *executor;
    ar_task_run *run;
    artrepo_operation *operation;
} task_context;

/* A task that fails does not stop the others, so the group never hears of it. It fails by itself
 * only when the operation was cancelled. */
static artrepo_code run_item(void *context, void *item, bool failed, artrepo_error *error) {
    const task_context *tasks = context;
    ar_task *task = item;
    (void)error;
    artrepo_code code = failed ? artrepo_operation_check(tasks->operation, &task->error)
                               : tasks->run(tasks->executor, task, tasks->operation, &task->error);
    if (code == ARTREPO_OK && failed) {
        code = artrepo_error_set(&task->error, ARTREPO_CANCELLED, "cancelled");
    }
    task->error.code = code;
    return ARTREPO_OK;
}

static void run_wave(const ar_tasks *tasks, task_context *context, unsigned wave) {
    unsigned concurrency = context->executor->options.concurrency;
    concurrency = concurrency > 0 ? concurrency : DEFAULT_CONCURRENCY;
    concurrency = concurrency < tasks->count ? concurrency : (unsigned)tasks->count;
    ar_group *group = NULL;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_code code = ar_group_open(concurrency, concurrency, run_item, context,
                                      context->operation, &group, &failure);
    for (size_t i = 0; i < tasks->count; i++) {
        ar_task *task = &tasks->items[i];
        if (task->wave != wave || task->done || task->error.code != ARTREPO_OK) {
            continue;
        }
        if (code != ARTREPO_OK) {
            task->error = failure;
        } else {
            ar_group_add(group, task, NULL);
        }
    }
    ar_group_close(group, NULL);
}

void ar_tasks_run(const ar_tasks *tasks, artrepo_executor *executor, ar_task_run *run,
                  artrepo_operation *operation) {
    task_context context = {executor, run, operation};
    unsigned last = 0;
    for (size_t i = 0; i < tasks->count; i++) {
        last = tasks->items[i].wave > last ? tasks->items[i].wave : last;
    }
    for (unsigned wave = 0; wave <= last; wave++) {
        run_wave(tasks, &context, wave);
    }
}

void ar_tasks_report(const ar_tasks *tasks, const artrepo_executor *executor) {
    const artrepo_executor_options *options = &executor->options;
    for (size_t i = 0; options->report != NULL && i < tasks->count; i++) {
        const ar_task *task = &tasks->items[i];
        const artrepo_executor_report report = {
            .artifact = task->artifact,
            .path = task->path,
            .staged = task->staged,
            .location = task->location,
            .transfer = task->transfer,
            .code = task->error.code,
            .error = task->error.code != ARTREPO_OK ? &task->error : NULL,
        };
        options->report(options->report_data, &report);
    }
}
