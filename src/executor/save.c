/* One artifact to the store, by its archive strategy. */
#include "executor/save.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/operation.h"
#include "executor/directory.h"
#include "executor/words.h"

/* Says in the executor's words how it went. */
static void log_end(artrepo_operation *operation, const artrepo_artifact *artifact, const char *key,
                    int64_t start, artrepo_code code, const artrepo_error *error) {
    char duration[32];
    snprintf(duration, sizeof duration, "%.3fs",
             (double)(ar_clock_now_ns() - start) / (double)AR_SECOND_NS);
    bool failed = code != ARTREPO_OK;
    ar_log(operation, failed ? ARTREPO_LOG_ERROR : ARTREPO_LOG_INFO, "Save artifact",
           "artifactName", artrepo_artifact_name(artifact), "key", key, "duration", duration,
           "error", failed ? error->message : NULL, NULL);
}

static artrepo_code save_source(artrepo_repository *repository, const char *key,
                                artrepo_source *source, artrepo_transfer *transfer,
                                artrepo_operation *operation, artrepo_error *error) {
    artrepo_object object = {.size = 0};
    ar_progress_add_total(operation, source->size, 1);
    artrepo_code code =
        artrepo_repository_put(repository, key, source, NULL, &object, operation, error);
    if (code == ARTREPO_OK) {
        ar_progress_add_objects(operation, 1);
        transfer->objects = 1;
        transfer->bytes = object.size;
    }
    return code;
}

static artrepo_code save_packed(artrepo_repository *repository, const char *key,
                                const artrepo_archive_strategy *strategy, const char *path,
                                const char *name, artrepo_transfer *transfer,
                                artrepo_operation *operation, artrepo_error *error) {
    artrepo_source *source;
    ar_log_archiving(operation, strategy, path);
    artrepo_code code = artrepo_archive_pack(path, name, strategy, operation, &source, error);
    if (code == ARTREPO_OK) {
        code = save_source(repository, key, source, transfer, operation, error);
        artrepo_source_close(source);
    }
    return code;
}

/* Whether PATH is there, and what it is. */
static artrepo_code look_at(const artrepo_artifact *artifact, const char *path, struct stat *status,
                            artrepo_operation *operation, artrepo_error *error) {
    if (stat(path, status) != 0) {
        return artrepo_error_set_errno(error, errno, "artifact '%s': cannot save %s",
                                       artrepo_artifact_name(artifact), path);
    }
    if (!S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "artifact '%s': %s is neither a regular file nor a directory",
                                 artrepo_artifact_name(artifact), path);
    }
    if (S_ISREG(status->st_mode) && status->st_size == 0) {
        ar_log(operation, ARTREPO_LOG_WARNING, "the file is empty, and saved as it is",
               "artifactName", artrepo_artifact_name(artifact), "path", path, NULL);
    }
    return ARTREPO_OK;
}

static artrepo_code save(artrepo_repository *repository, const char *key,
                         const artrepo_artifact *artifact, const char *path, const char *name,
                         artrepo_transfer *transfer, artrepo_operation *operation,
                         artrepo_error *error) {
    struct stat status;
    artrepo_code code = look_at(artifact, path, &status, operation, error);
    if (code == ARTREPO_NOT_FOUND && artrepo_artifact_optional(artifact)) {
        ar_log(operation, ARTREPO_LOG_WARNING, "Ignoring optional artifact which was not supplied",
               "name", artrepo_artifact_name(artifact), "path", path, NULL);
        transfer->skipped = true;
        return ARTREPO_OK;
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    artrepo_archive_strategy strategy = artrepo_artifact_strategy(artifact);
    if (strategy.kind == ARTREPO_ARCHIVE_NONE && S_ISDIR(status.st_mode)) {
        transfer->directory = true;
        return ar_save_directory(repository, key, path, transfer, operation, error);
    }
    return save_packed(repository, key, &strategy, path, name, transfer, operation, error);
}

artrepo_code ar_artifact_save_named(artrepo_repository *repository, const char *key,
                                    const artrepo_artifact *artifact, const char *path,
                                    const char *name, artrepo_transfer *transfer,
                                    artrepo_operation *operation, artrepo_error *error) {
    artrepo_transfer moved = {0, 0, false, false};
    artrepo_error failure = ARTREPO_ERROR_INIT;
    int64_t start = ar_clock_now_ns();
    ar_log_saving(operation, path, key);
    artrepo_code code = save(repository, key, artifact, path, name, &moved, operation, &failure);
    log_end(operation, artifact, key, start, code, &failure);
    if (code == ARTREPO_OK && !moved.skipped) {
        ar_log(operation, ARTREPO_LOG_INFO, "Successfully saved file", "path", path, NULL);
    }
    if (transfer != NULL) {
        *transfer = moved;
    }
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    return code;
}

artrepo_code artrepo_artifact_save(artrepo_repository *repository, const char *key,
                                   const artrepo_artifact *artifact, const char *path,
                                   artrepo_transfer *transfer, artrepo_operation *operation,
                                   artrepo_error *error) {
    return ar_artifact_save_named(repository, key, artifact, path, NULL, transfer, operation,
                                  error);
}

artrepo_code artrepo_artifact_save_stream(artrepo_repository *repository, const char *key,
                                          artrepo_source *source, artrepo_transfer *transfer,
                                          artrepo_operation *operation, artrepo_error *error) {
    artrepo_transfer moved = {0, 0, false, false};
    artrepo_code code = save_source(repository, key, source, &moved, operation, error);
    if (transfer != NULL) {
        *transfer = moved;
    }
    return code;
}
