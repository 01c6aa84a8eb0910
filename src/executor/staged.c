#include "executor/staged.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "executor/copy.h"
#include "executor/links.h"
#include "executor/paths.h"
#include "repository/artifact.h"

#define ARGO_FORM ".tgz"

const char *ar_staged_form(const artrepo_archive_strategy *strategy) {
    switch (strategy->kind) {
    case ARTREPO_ARCHIVE_NONE:
        return ".none";
    case ARTREPO_ARCHIVE_ZIP:
        return ".zip";
    case ARTREPO_ARCHIVE_TAR:
        if (strategy->compression == ARTREPO_COMPRESSION_ZSTD) {
            return ".tar.zst";
        }
        return strategy->compression == ARTREPO_COMPRESSION_NONE ? ".tar" : ARGO_FORM;
    case ARTREPO_ARCHIVE_UNSET:
        break;
    }
    return ARGO_FORM;
}

/* ---- finding ---- */

/* Sets task->staged when there is something of FORM. */
static artrepo_code look(const artrepo_executor *executor, ar_task *task, const char *form,
                         artrepo_error *error) {
    char *path = NULL;
    struct stat status;
    artrepo_code code = ar_path_of_staged(executor, task->artifact, form, &path, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (lstat(path, &status) == 0) {
        code = ar_links_check(executor->options.outputs_directory, path, error);
    } else if (errno != ENOENT && errno != ENOTDIR) {
        code = artrepo_error_set_errno(error, errno, "cannot look at the staged %s", path);
    } else {
        free(path);
        return ARTREPO_OK;
    }
    if (code != ARTREPO_OK) {
        free(path);
        return code;
    }
    task->staged = path;
    return ARTREPO_OK;
}

artrepo_code ar_staged_find(const artrepo_executor *executor, ar_task *task, bool *ready,
                            artrepo_error *error) {
    artrepo_archive_strategy strategy = artrepo_artifact_strategy(task->artifact);
    const char *form = ar_staged_form(&strategy);
    artrepo_code code = look(executor, task, form, error);
    *ready = true;
    if (code == ARTREPO_OK && task->staged == NULL && strcmp(form, ARGO_FORM) != 0) {
        code = look(executor, task, ARGO_FORM, error);
        *ready = false;
    }
    return code;
}

/* ---- saving ---- */

/* The staged file or directory is what is to be stored. */
static artrepo_code save_as_it_is(artrepo_repository *repository, const char *key, ar_task *task,
                                  artrepo_operation *operation, artrepo_error *error) {
    static const artrepo_archive_strategy none = {.kind = ARTREPO_ARCHIVE_NONE};
    artrepo_artifact *bare = ar_artifact_copy(task->artifact);
    if (bare == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to save %s", task->staged);
    }
    artrepo_artifact_set_strategy(bare, &none);
    artrepo_code code = artrepo_artifact_save(repository, key, bare, task->staged, &task->transfer,
                                              operation, error);
    artrepo_artifact_free(bare);
    return code;
}

static char *make_temporary(const char *given) {
    const char *environment = getenv("TMPDIR");
    const char *parent = environment != NULL && environment[0] != '\0' ? environment : "/tmp";
    char *path = ar_path_concatenate(given != NULL ? given : parent, "artrepo-XXXXXX");
    if (path != NULL && mkdtemp(path) == NULL) {
        int errnum = errno;
        free(path);
        path = NULL;
        errno = errnum;
    }
    return path;
}

static artrepo_code unpack(const artrepo_executor *executor, const ar_task *task, const char *path,
                           artrepo_operation *operation, artrepo_error *error) {
    static const artrepo_archive_strategy tar = {ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_GZIP,
                                                 ARTREPO_LEVEL_DEFAULT, false};
    artrepo_source *source = NULL;
    artrepo_sink *sink = NULL;
    artrepo_code code = artrepo_source_open_file(task->staged, &source, error);
    if (code == ARTREPO_OK) {
        code =
            artrepo_archive_unpack(path, &tar, &executor->options.limits, operation, &sink, error);
    }
    if (code == ARTREPO_OK) {
        code = ar_copy_stream(source, sink, operation, error);
    }
    if (code == ARTREPO_OK) {
        code = artrepo_sink_commit(sink, error);
    }
    artrepo_sink_close(sink);
    artrepo_source_close(source);
    return code;
}

/* Argo's archive, for a strategy that wants something else. */
static artrepo_code save_unpacked(const artrepo_executor *executor, artrepo_repository *repository,
                                  const char *key, ar_task *task, artrepo_operation *operation,
                                  artrepo_error *error) {
    char *base = ar_path_base(artrepo_artifact_path(task->artifact));
    char *directory = make_temporary(executor->options.temporary_directory);
    char *path = NULL;
    artrepo_code code = ARTREPO_OK;
    if (base == NULL || directory == NULL) {
        code =
            artrepo_error_set_errno(error, base == NULL ? ENOMEM : errno,
                                    "cannot make a temporary directory to unpack %s", task->staged);
        goto done;
    }
    path = ar_path_concatenate(directory, base);
    code = path == NULL
               ? artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to unpack %s", task->staged)
               : unpack(executor, task, path, operation, error);
    if (code != ARTREPO_OK) {
        artrepo_error_prefix(error, "%s", task->staged);
        goto done;
    }
    code = artrepo_artifact_save(repository, key, task->artifact, path, &task->transfer, operation,
                                 error);
done:
    if (directory != NULL) {
        ar_file_remove_tree(AT_FDCWD, directory, NULL);
    }
    free(path);
    free(directory);
    free(base);
    return code;
}

artrepo_code ar_staged_save(const artrepo_executor *executor, artrepo_repository *repository,
                            const char *key, ar_task *task, bool ready,
                            artrepo_operation *operation, artrepo_error *error) {
    return ready ? save_as_it_is(repository, key, task, operation, error)
                 : save_unpacked(executor, repository, key, task, operation, error);
}
