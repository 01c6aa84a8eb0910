/* The logs of a template's containers, as the wait container saves them. */
#include "executor/executor.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/operation.h"
#include "base/path.h"
#include "executor/links.h"
#include "executor/outputs.h"
#include "executor/tasks.h"
#include "repository/artifact.h"

#define NAME_SUFFIX "-logs"
#define FILE_SUFFIX ".log"
#define LOG_FILE "combined" /* standard output and standard error of a container */

static const artrepo_archive_strategy as_it_is = {.kind = ARTREPO_ARCHIVE_NONE};

static char *concatenate(const char *first, const char *second) {
    ar_buffer text = AR_BUFFER_INIT;
    bool done = ar_buffer_append_text(&text, first) && ar_buffer_append_text(&text, second);
    char *made = done ? ar_buffer_steal(&text) : NULL;
    ar_buffer_free(&text);
    return made;
}

/* "/CONTAINER.log" as a path gives the key its name. */
static artrepo_code make_artifact(const char *container, const char *path, artrepo_artifact **made,
                                  artrepo_error *error) {
    char *name = concatenate(container, NAME_SUFFIX);
    artrepo_code code = name == NULL
                            ? artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a log")
                            : artrepo_artifact_new(name, path, made, error);
    free(name);
    if (code == ARTREPO_OK && path != NULL) {
        artrepo_artifact_set_strategy(*made, &as_it_is);
    }
    return code;
}

/* Where the log of CONTAINER will be. */
static artrepo_code locate(const artrepo_executor *executor, const char *container, ar_task *task,
                           artrepo_error *error) {
    artrepo_artifact *keyed = NULL;
    char *file = concatenate(container, FILE_SUFFIX);
    char *path = file == NULL ? NULL : ar_path_concatenate("/", file);
    artrepo_code code = path == NULL
                            ? artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a log")
                            : make_artifact(container, path, &keyed, error);
    if (code == ARTREPO_OK) {
        code = artrepo_configuration_locate(executor->configuration, keyed,
                                            executor->options.variables, &task->location, error);
    }
    artrepo_artifact_free(keyed);
    free(path);
    free(file);
    return code;
}

static artrepo_code save(artrepo_executor *executor, ar_task *task, artrepo_operation *operation,
                         artrepo_error *error) {
    artrepo_artifact *plain = ar_artifact_copy(task->artifact);
    artrepo_repository *repository = NULL;
    if (plain == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to save %s", task->path);
    }
    artrepo_artifact_set_strategy(plain, &as_it_is);
    artrepo_code code =
        task->base == NULL ? ARTREPO_OK : ar_links_check(task->base, task->path, error);
    if (code == ARTREPO_OK) {
        code = ar_stores_get(&executor->stores, task->location, operation, &repository, error);
    }
    if (code == ARTREPO_OK) {
        code = artrepo_artifact_save(repository, artrepo_location_key(task->location), plain,
                                     task->path, &task->transfer, operation, error);
    }
    artrepo_artifact_free(plain);
    return code;
}

/* The log's file: given, or below the containers' directory, which it must not leave. */
static artrepo_code set_path(const artrepo_executor *executor, const artrepo_container_log *log,
                             ar_task *task, artrepo_error *error) {
    const char *directory = executor->options.containers_directory;
    if (log->path != NULL) {
        task->path = strdup(log->path);
    } else {
        char *container = ar_path_join(directory, log->container);
        task->path = container == NULL ? NULL : ar_path_join(container, LOG_FILE);
        task->base = directory;
        free(container);
    }
    return task->path != NULL ? ARTREPO_OK
                              : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a log");
}

static artrepo_code plan(const artrepo_executor *executor, const artrepo_container_log *log,
                         ar_task *task, artrepo_artifact **artifact, artrepo_error *error) {
    artrepo_code code = make_artifact(log->container, NULL, artifact, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    task->artifact = *artifact;
    code = set_path(executor, log, task, &task->error);
    if (code == ARTREPO_OK) {
        code = locate(executor, log->container, task, &task->error);
    }
    task->error.code = code;
    return ARTREPO_OK;
}

static artrepo_code run(artrepo_executor *executor, const artrepo_container_log *logs, size_t count,
                        artrepo_outputs *outputs, artrepo_operation *operation,
                        artrepo_error *error) {
    ar_tasks tasks = {calloc(count + 1, sizeof(ar_task)), 0};
    artrepo_artifact **artifacts = calloc(count + 1, sizeof *artifacts);
    artrepo_code code = ARTREPO_OK;
    if (tasks.items == NULL || artifacts == NULL) {
        code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for %zu logs", count);
        goto done;
    }
    for (size_t i = 0; code == ARTREPO_OK && i < count; i++) {
        code = plan(executor, &logs[i], &tasks.items[i], &artifacts[i], error);
        tasks.count += code == ARTREPO_OK;
    }
    if (code != ARTREPO_OK) {
        goto done;
    }
    ar_tasks_run(&tasks, executor, save, operation);
    ar_tasks_report(&tasks, executor);
    for (size_t i = 0; code == ARTREPO_OK && i < tasks.count; i++) {
        const ar_task *task = &tasks.items[i];
        if (task->error.code == ARTREPO_OK) {
            code = ar_outputs_add(outputs, task->artifact, task->location, error);
        }
    }
    artrepo_error failure = ARTREPO_ERROR_INIT;
    if (ar_tasks_result(&tasks, &failure) != ARTREPO_OK) {
        code = failure.code;
        if (error != NULL) {
            *error = failure;
        }
    }
done:
    ar_tasks_close(&tasks);
    for (size_t i = 0; artifacts != NULL && i < count; i++) {
        artrepo_artifact_free(artifacts[i]);
    }
    free(artifacts);
    return code;
}

artrepo_code artrepo_executor_save_logs(artrepo_executor *executor,
                                        const artrepo_container_log *logs, size_t count,
                                        artrepo_outputs *outputs, artrepo_operation *operation,
                                        artrepo_error *error) {
    if (!executor->archive_logs) {
        return ARTREPO_OK;
    }
    if (count > 0) {
        return run(executor, logs, count, outputs, operation, error);
    }
    const ar_template_texts *containers = &executor->argo_template->containers;
    artrepo_container_log *own = calloc(containers->count + 1, sizeof *own);
    if (own == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for %zu logs",
                                 containers->count);
    }
    for (size_t i = 0; i < containers->count; i++) {
        own[i] = (artrepo_container_log){containers->items[i], NULL};
    }
    artrepo_code code = run(executor, own, containers->count, outputs, operation, error);
    free(own);
    return code;
}
