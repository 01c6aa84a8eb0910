/* The input artifacts of a template, as the init container loads them. */
#include "executor/executor.h"

#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "base/operation.h"
#include "executor/links.h"
#include "executor/paths.h"
#include "executor/tasks.h"

/* ---- what is to be done ---- */

static artrepo_code plan(const artrepo_executor *executor, ar_task *task,
                         artrepo_operation *operation, artrepo_error *error) {
    const char *name = artrepo_artifact_name(task->artifact);
    if (!ar_template_has_location_or_key(task->artifact)) {
        if (!artrepo_artifact_optional(task->artifact)) {
            return artrepo_error_set(error, ARTREPO_NOT_FOUND,
                                     "required artifact '%s' not supplied", name);
        }
        ar_log(operation, ARTREPO_LOG_WARNING, "Ignoring optional artifact which was not supplied",
               "name", name, NULL);
        task->done = true;
        task->transfer.skipped = true;
        return ARTREPO_OK;
    }
    artrepo_code code = ar_path_of_input(executor, task, error);
    if (code == ARTREPO_OK) {
        code = artrepo_configuration_locate(executor->configuration, task->artifact,
                                            executor->options.variables, &task->location, error);
    }
    return code;
}

static bool is_above(const char *directory, const char *path) {
    size_t length = strlen(directory);
    return strncmp(directory, path, length) == 0 && path[length] == '/';
}

/* An artifact below another one's path comes after it, as its mount would cover what is there. */
static artrepo_code order(const ar_tasks *tasks, size_t index, artrepo_error *error) {
    ar_task *task = &tasks->items[index];
    for (size_t i = 0; i < tasks->count; i++) {
        const ar_task *other = &tasks->items[i];
        if (i == index || other->path == NULL) {
            continue;
        }
        if (i < index && strcmp(other->path, task->path) == 0) {
            return artrepo_error_set(error, ARTREPO_INVALID,
                                     "artifact '%s': artifact '%s' has the same path, %s",
                                     artrepo_artifact_name(task->artifact),
                                     artrepo_artifact_name(other->artifact), task->path);
        }
        if (is_above(other->path, task->path)) {
            task->wave++;
            bool nearer = task->above == NULL || strlen(other->path) > strlen(task->above->path);
            task->above = nearer ? other : task->above;
        }
    }
    return ARTREPO_OK;
}

static void plan_all(const ar_tasks *tasks, const artrepo_executor *executor,
                     artrepo_operation *operation) {
    for (size_t i = 0; i < tasks->count; i++) {
        ar_task *task = &tasks->items[i];
        if (task->error.code == ARTREPO_OK) {
            task->error.code = plan(executor, task, operation, &task->error);
        }
    }
    for (size_t i = 0; i < tasks->count; i++) {
        ar_task *task = &tasks->items[i];
        if (task->error.code == ARTREPO_OK && task->path != NULL) {
            task->error.code = order(tasks, i, &task->error);
        }
    }
}

/* ---- doing it ---- */

static artrepo_code load(artrepo_executor *executor, ar_task *task, artrepo_operation *operation,
                         artrepo_error *error) {
    const artrepo_load_options options = {.limits = executor->options.limits};
    const char *key = artrepo_location_key(task->location);
    artrepo_repository *repository = NULL;
    if (task->above != NULL && task->above->error.code != ARTREPO_OK) {
        return artrepo_error_set(error, task->above->error.code,
                                 "not tried: it belongs inside artifact '%s', which failed",
                                 artrepo_artifact_name(task->above->artifact));
    }
    artrepo_code code = ar_links_check_parent(task->base, task->path, error);
    if (code == ARTREPO_OK) {
        code = ar_stores_get(&executor->stores, task->location, operation, &repository, error);
    }
    if (code == ARTREPO_OK && task->wave > 0) { /* what the artifact above it brought here */
        code = ar_file_remove_tree(AT_FDCWD, task->path, error);
    }
    return code == ARTREPO_OK
               ? artrepo_artifact_load(repository, key != NULL ? key : "", task->artifact,
                                       task->path, &options, &task->transfer, operation, error)
               : code;
}

artrepo_code artrepo_executor_load(artrepo_executor *executor, artrepo_operation *operation,
                                   artrepo_error *error) {
    ar_tasks tasks;
    ar_log(operation, ARTREPO_LOG_INFO, "Start loading input artifacts...", NULL);
    artrepo_code code =
        ar_tasks_open(&tasks, executor, &executor->argo_template->inputs, "input", error);
    if (code == ARTREPO_OK) {
        plan_all(&tasks, executor, operation);
        if (tasks.count > 1) { /* no total: what the first object to come has is not all */
            ar_progress_add_total(operation, 0, -1);
        }
        ar_tasks_run(&tasks, executor, load, operation);
        ar_tasks_report(&tasks, executor);
        code = ar_tasks_result(&tasks, error);
    }
    ar_tasks_close(&tasks);
    return code;
}
