/* The output artifacts of a template, as the wait container saves them. */
#include "executor/executor.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/operation.h"
#include "base/path.h"
#include "executor/links.h"
#include "executor/outputs.h"
#include "executor/paths.h"
#include "executor/save.h"
#include "executor/staged.h"
#include "executor/tasks.h"

/* ---- what is to be done ---- */

static artrepo_code plan(const artrepo_executor *executor, ar_task *task, artrepo_error *error) {
    artrepo_code code = ar_path_of_output(executor, task, error);
    if (code == ARTREPO_OK) {
        code = artrepo_configuration_locate(executor->configuration, task->artifact,
                                            executor->options.variables, &task->location, error);
    }
    return code;
}

/* Two artifacts of one key would be one object in the end, whichever came last. */
static artrepo_code check_key(const ar_tasks *tasks, size_t index, artrepo_error *error) {
    ar_task *task = &tasks->items[index];
    artrepo_code code = artrepo_location_to_json(task->location, &task->identity, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    const char *key = artrepo_location_key(task->location);
    for (size_t i = 0; i < index; i++) {
        const ar_task *other = &tasks->items[i];
        if (other->identity != NULL && strcmp(task->identity, other->identity) == 0) {
            return artrepo_error_set(error, ARTREPO_INVALID,
                                     "artifact '%s': artifact '%s' has the same key, %s; give one "
                                     "of them another",
                                     artrepo_artifact_name(task->artifact),
                                     artrepo_artifact_name(other->artifact),
                                     key != NULL ? key : "none");
        }
    }
    return ARTREPO_OK;
}

static void plan_all(const ar_tasks *tasks, const artrepo_executor *executor) {
    for (size_t i = 0; i < tasks->count; i++) {
        ar_task *task = &tasks->items[i];
        if (task->error.code == ARTREPO_OK) {
            task->error.code = plan(executor, task, &task->error);
        }
        if (task->error.code == ARTREPO_OK) {
            task->error.code = check_key(tasks, i, &task->error);
        }
    }
}

/* ---- doing it ---- */

static artrepo_code not_staged(ar_task *task, artrepo_operation *operation, artrepo_error *error) {
    const char *name = artrepo_artifact_name(task->artifact);
    const char *path = artrepo_artifact_path(task->artifact);
    if (artrepo_artifact_optional(task->artifact)) {
        ar_log(operation, ARTREPO_LOG_WARNING, "Ignoring optional artifact which was not supplied",
               "name", name, "path", path, NULL);
        task->transfer.skipped = true;
        return ARTREPO_OK;
    }
    return artrepo_error_set(error, ARTREPO_NOT_FOUND,
                             "artifact '%s': %s was not staged: it was not there when the main "
                             "container ended",
                             name, path);
}

static artrepo_code save_path(artrepo_repository *repository, const char *key, ar_task *task,
                              artrepo_operation *operation, artrepo_error *error) {
    const char *path = task->real != NULL ? task->real : task->path;
    char *base = ar_path_base(task->path);
    artrepo_code code =
        base == NULL ? artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to save %s", path)
                     : ar_artifact_save_named(repository, key, task->artifact, path, base,
                                              &task->transfer, operation, error);
    free(base);
    return code;
}

static artrepo_code save(artrepo_executor *executor, ar_task *task, artrepo_operation *operation,
                         artrepo_error *error) {
    const artrepo_executor_options *options = &executor->options;
    const char *found_key = artrepo_location_key(task->location);
    const char *key = found_key != NULL ? found_key : "";
    artrepo_repository *repository = NULL;
    bool ready = false;
    artrepo_code code = ARTREPO_OK;
    ar_log(operation, ARTREPO_LOG_INFO, "Staging artifact", "name",
           artrepo_artifact_name(task->artifact), NULL);
    bool may_be_staged = options->root_directory == NULL || executor->outputs_given;
    if (may_be_staged &&
        ar_template_is_image_path(executor->argo_template, artrepo_artifact_path(task->artifact))) {
        code = ar_staged_find(executor, task, &ready, error);
    }
    if (code == ARTREPO_OK && task->staged == NULL && task->path != NULL) {
        code = ar_links_resolve(task->base, task->path, &task->real, error);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    if (task->staged == NULL && task->path == NULL) {
        return not_staged(task, operation, error);
    }
    code = ar_stores_get(&executor->stores, task->location, operation, &repository, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    return task->staged != NULL
               ? ar_staged_save(executor, repository, key, task, ready, operation, error)
               : save_path(repository, key, task, operation, error);
}

/* ---- afterwards ---- */

/* Whether another artifact of the same staged file failed, and may be tried again. */
static bool is_needed(const ar_tasks *tasks, const char *staged) {
    for (size_t i = 0; i < tasks->count; i++) {
        const ar_task *task = &tasks->items[i];
        if (task->error.code != ARTREPO_OK && task->staged != NULL &&
            strcmp(task->staged, staged) == 0) {
            return true;
        }
    }
    return false;
}

/* Only to have the space back: what does not go stays. */
static void remove_staged(const ar_tasks *tasks, artrepo_operation *operation) {
    for (size_t i = 0; i < tasks->count; i++) {
        const ar_task *task = &tasks->items[i];
        artrepo_error error = ARTREPO_ERROR_INIT;
        if (task->staged == NULL || task->error.code != ARTREPO_OK ||
            is_needed(tasks, task->staged)) {
            continue;
        }
        ar_log(operation, ARTREPO_LOG_INFO, "deleting local artifact", "localArtPath", task->staged,
               NULL);
        if (ar_file_remove_tree(AT_FDCWD, task->staged, &error) != ARTREPO_OK) {
            ar_log(operation, ARTREPO_LOG_WARNING, "Failed to remove", "path", task->staged,
                   "error", error.message, NULL);
        }
    }
}

static artrepo_code collect(const ar_tasks *tasks, artrepo_outputs *outputs, artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; code == ARTREPO_OK && i < tasks->count; i++) {
        const ar_task *task = &tasks->items[i];
        if (task->error.code == ARTREPO_OK && !task->transfer.skipped) {
            code = ar_outputs_add(outputs, task->artifact, task->location, error);
        }
    }
    return code;
}

artrepo_code artrepo_executor_save(artrepo_executor *executor, artrepo_outputs **outputs,
                                   artrepo_operation *operation, artrepo_error *error) {
    const ar_template_artifacts *artifacts = &executor->argo_template->outputs;
    ar_tasks tasks;
    *outputs = NULL;
    ar_log(operation, ARTREPO_LOG_INFO,
           artifacts->count == 0 ? "No output artifacts" : "Saving output artifacts", NULL);
    artrepo_code code = ar_tasks_open(&tasks, executor, artifacts, "output", error);
    artrepo_outputs *made = code == ARTREPO_OK ? ar_outputs_new() : NULL;
    if (code == ARTREPO_OK && made == NULL) {
        code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the outputs");
    }
    if (code != ARTREPO_OK) {
        ar_tasks_close(&tasks);
        return code;
    }
    plan_all(&tasks, executor);
    ar_tasks_run(&tasks, executor, save, operation);
    if (executor->options.remove_local) {
        remove_staged(&tasks, operation);
    }
    ar_tasks_report(&tasks, executor);
    artrepo_code collected = collect(&tasks, made, error);
    code = ar_tasks_result(&tasks, error);
    ar_tasks_close(&tasks);
    *outputs = made;
    return code == ARTREPO_OK ? collected : code;
}
