#include "executor/paths.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/path.h"

static artrepo_code check_path(const artrepo_artifact *artifact, artrepo_error *error) {
    const char *name = artrepo_artifact_name(artifact);
    const char *path = artrepo_artifact_path(artifact);
    if (path == NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID, "Artifact '%s' did not specify a path",
                                 name);
    }
    if (strlen(path) >= PATH_MAX) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "artifact '%s': its path has %zu bytes; at most %d are possible",
                                 name, strlen(path), PATH_MAX - 1);
    }
    if (ar_path_has_dot_dot(path)) { /* it is clean: such parts are at its front */
        return artrepo_error_set(
            error, ARTREPO_REFUSED_UNSAFE,
            "artifact '%s': refusing the path '%s', which leaves its directory", name, path);
    }
    if (strcmp(path, "/") == 0 || strcmp(path, ".") == 0) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "artifact '%s': the path '%s' is all of the file system; name a "
                                 "file or a directory in it",
                                 name, path);
    }
    return ARTREPO_OK;
}

static artrepo_code join(const char *base, const char *path, const char *form, char **joined,
                         artrepo_error *error) {
    ar_buffer text = AR_BUFFER_INIT;
    bool done = ar_buffer_append_text(&text, path) && ar_buffer_append_text(&text, form);
    char *tail = done ? ar_buffer_steal(&text) : NULL;
    ar_buffer_free(&text);
    *joined = tail == NULL ? NULL : ar_path_join(base, tail);
    free(tail);
    return *joined != NULL ? ARTREPO_OK
                           : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for %s", path);
}

static artrepo_code set_path(ar_task *task, const char *base, const char *path,
                             artrepo_error *error) {
    task->base = base;
    return join(base, path, "", &task->path, error);
}

static bool is_on_volume(const artrepo_executor *executor, const char *path) {
    return artrepo_template_volume(executor->argo_template, path) != NULL;
}

/* The name as that of a directory entry. */
static artrepo_code check_name(const char *name, artrepo_error *error) {
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "artifact '%s': refusing its name, which would be another "
                                 "directory",
                                 name);
    }
    return ARTREPO_OK;
}

artrepo_code ar_path_of_input(const artrepo_executor *executor, ar_task *task,
                              artrepo_error *error) {
    const artrepo_executor_options *options = &executor->options;
    const char *name = artrepo_artifact_name(task->artifact);
    const char *path = artrepo_artifact_path(task->artifact);
    artrepo_code code = check_path(task->artifact, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (options->root_directory != NULL) {
        return set_path(task, options->root_directory, path, error);
    }
    if (is_on_volume(executor, path)) {
        return set_path(task, options->main_directory, path, error);
    }
    code = check_name(name, error);
    return code == ARTREPO_OK ? set_path(task, options->inputs_directory, name, error) : code;
}

artrepo_code ar_path_of_output(const artrepo_executor *executor, ar_task *task,
                               artrepo_error *error) {
    const artrepo_executor_options *options = &executor->options;
    const char *path = artrepo_artifact_path(task->artifact);
    artrepo_code code = check_path(task->artifact, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (options->root_directory != NULL) {
        return set_path(task, options->root_directory, path, error);
    }
    return ar_template_is_image_path(executor->argo_template, path)
               ? ARTREPO_OK
               : set_path(task, options->main_directory, path, error);
}

artrepo_code ar_path_in_container(const artrepo_executor *executor, ar_task *task,
                                  artrepo_error *error) {
    const char *root = executor->options.root_directory;
    artrepo_code code = check_path(task->artifact, error);
    return code == ARTREPO_OK ? set_path(task, root != NULL ? root : "/",
                                         artrepo_artifact_path(task->artifact), error)
                              : code;
}

artrepo_code ar_path_of_staged(const artrepo_executor *executor, const artrepo_artifact *artifact,
                               const char *form, char **path, artrepo_error *error) {
    return join(executor->options.outputs_directory, artrepo_artifact_path(artifact), form, path,
                error);
}
