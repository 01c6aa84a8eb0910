/* The output artifacts of a template, as the emissary stages them inside the main container. */
#include "executor/executor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/operation.h"
#include "base/path.h"
#include "executor/links.h"
#include "executor/paths.h"
#include "executor/stage.h"
#include "executor/staged.h"
#include "executor/tasks.h"
#include "executor/words.h"

/* ---- what is to be done ---- */

/* The artifact's own strategy, or what Argo's wait container can take. */
static artrepo_archive_strategy strategy_of(const artrepo_executor *executor, const ar_task *task) {
    static const artrepo_archive_strategy argo = ARTREPO_ARCHIVE_STRATEGY_INIT;
    artrepo_archive_strategy strategy = artrepo_artifact_strategy(task->artifact);
    bool own =
        strategy.kind == ARTREPO_ARCHIVE_TAR && strategy.compression == ARTREPO_COMPRESSION_GZIP;
    return executor->options.stage_for_argo && !own ? argo : strategy;
}

static artrepo_code plan(const artrepo_executor *executor, ar_task *task,
                         artrepo_operation *operation, artrepo_error *error) {
    const char *path = artrepo_artifact_path(task->artifact);
    artrepo_archive_strategy strategy = strategy_of(executor, task);
    artrepo_code code = ar_path_in_container(executor, task, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (!ar_template_is_image_path(executor->argo_template, path)) {
        ar_log(operation, ARTREPO_LOG_INFO, "no need to save artifact - on overlapping volume",
               "srcPath", path, NULL);
        task->done = true;
        return ARTREPO_OK;
    }
    return ar_path_of_staged(executor, task->artifact, ar_staged_form(&strategy), &task->staged,
                             error);
}

/* Whether PATH is below DIRECTORY. */
static bool is_below(const char *path, const char *directory) {
    size_t length = strlen(directory);
    return strncmp(path, directory, length) == 0 && path[length] == '/';
}

/* One file is enough for artifacts of the same path and form. A name below another's would be part
 * of that. */
static artrepo_code check_name(const ar_tasks *tasks, size_t index, artrepo_error *error) {
    ar_task *task = &tasks->items[index];
    for (size_t i = 0; i < index; i++) {
        const ar_task *other = &tasks->items[i];
        if (other->staged == NULL || other->error.code != ARTREPO_OK) {
            continue;
        }
        if (strcmp(task->staged, other->staged) == 0) {
            task->done = true;
            task->transfer.skipped = true;
            return ARTREPO_OK;
        }
        if (is_below(task->staged, other->staged) || is_below(other->staged, task->staged)) {
            return artrepo_error_set(
                error, ARTREPO_INVALID,
                "artifact '%s' would be staged as %s, and artifact '%s' as %s: "
                "one is inside the other; change a path",
                artrepo_artifact_name(task->artifact), task->staged,
                artrepo_artifact_name(other->artifact), other->staged);
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
        if (task->error.code == ARTREPO_OK && task->staged != NULL) {
            task->error.code = check_name(tasks, i, &task->error);
        }
    }
}

/* ---- doing it ---- */

static artrepo_code stage(artrepo_executor *executor, ar_task *task, artrepo_operation *operation,
                          artrepo_error *error) {
    struct stat status;
    artrepo_archive_strategy strategy = strategy_of(executor, task);
    artrepo_code code = ar_links_resolve(task->base, task->path, &task->real, error);
    if (code == ARTREPO_OK) {
        code = ar_links_check_parent(executor->options.outputs_directory, task->staged, error);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    const char *path = task->real != NULL ? task->real : task->path;
    if (stat(path, &status) != 0) { /* it may be optional: save will tell */
        ar_log(operation, ARTREPO_LOG_WARNING, "cannot save artifact", "srcPath", task->path, NULL);
        task->transfer.skipped = true;
        return ARTREPO_OK;
    }
    ar_log_saving(operation, task->path, task->staged);
    char *base = ar_path_base(task->path);
    code = base == NULL ? artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to stage %s", path)
                        : ar_stage_path(path, base, &strategy, task->staged, &task->transfer,
                                        operation, error);
    free(base);
    return code;
}

artrepo_code artrepo_executor_stage(artrepo_executor *executor, artrepo_operation *operation,
                                    artrepo_error *error) {
    ar_tasks tasks;
    artrepo_code code =
        ar_tasks_open(&tasks, executor, &executor->argo_template->outputs, "output", error);
    if (code == ARTREPO_OK) {
        plan_all(&tasks, executor, operation);
        ar_tasks_run(&tasks, executor, stage, operation);
        ar_tasks_report(&tasks, executor);
        code = ar_tasks_result(&tasks, error);
    }
    ar_tasks_close(&tasks);
    return code;
}
