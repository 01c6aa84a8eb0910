/* One artifact from the store, unarchived by its strategy. */
#include <artrepo/executor.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/operation.h"
#include "executor/directory.h"
#include "executor/downloaded_object.h"
#include "executor/mode.h"
#include "executor/random_object.h"

typedef struct load_request {
    artrepo_repository *repository;
    const char *key;
    const char *path;
    artrepo_archive_strategy strategy;
    artrepo_archive_limits limits;
    artrepo_operation *operation;
} load_request;

static void count_object(const load_request *load, const artrepo_object *object,
                         artrepo_transfer *transfer) {
    ar_progress_add_objects(load->operation, 1);
    transfer->objects = 1;
    transfer->bytes = object->size;
}

/* The whole object into SINK, which is then committed and closed. */
static artrepo_code get_into(const load_request *load, artrepo_sink *sink,
                             artrepo_transfer *transfer, artrepo_error *error) {
    artrepo_object object = {.size = 0};
    artrepo_code code = artrepo_repository_get(load->repository, load->key, NULL, sink, &object,
                                               load->operation, error);
    if (code == ARTREPO_OK) {
        code = artrepo_sink_commit(sink, error);
    }
    artrepo_sink_close(sink);
    if (code == ARTREPO_OK) {
        count_object(load, &object, transfer);
    }
    return code;
}

/* A file that is kept as it is, and that drivers may write in any order. */
static artrepo_code load_file(const load_request *load, artrepo_transfer *transfer,
                              artrepo_error *error) {
    artrepo_sink *sink;
    artrepo_code code = ar_file_make_parent(load->path, error);
    if (code == ARTREPO_OK) {
        code = ar_file_not_made(artrepo_sink_open_file(load->path, 0644, &sink, error), error);
    }
    return code == ARTREPO_OK ? get_into(load, sink, transfer, error) : code;
}

static artrepo_code load_archive(const load_request *load, artrepo_transfer *transfer,
                                 artrepo_error *error) {
    artrepo_sink *sink;
    artrepo_code code = artrepo_archive_unpack(load->path, &load->strategy, &load->limits,
                                               load->operation, &sink, error);
    return code == ARTREPO_OK ? get_into(load, sink, transfer, error) : code;
}

/* Where nothing but all of it is to be had. */
static artrepo_code load_downloaded_zip(const load_request *load, artrepo_transfer *transfer,
                                        artrepo_error *error) {
    ar_downloaded_object zip;
    artrepo_code code = ar_downloaded_object_open(&zip, load->repository, load->key, load->path,
                                                  load->operation, error);
    if (code == ARTREPO_OK) {
        artrepo_random_access access = {&zip, zip.size, ar_downloaded_object_read};
        code = artrepo_archive_unpack_random(load->path, &load->strategy, &access, &load->limits,
                                             load->operation, error);
    }
    ar_downloaded_object_close(&zip);
    if (code == ARTREPO_OK) {
        artrepo_object object = {.size = zip.size};
        count_object(load, &object, transfer);
    }
    return code;
}

/* A zip is read from its end, so by ranges. */
static artrepo_code load_zip(const load_request *load, artrepo_transfer *transfer,
                             artrepo_error *error) {
    artrepo_object object;
    artrepo_code code =
        artrepo_repository_stat(load->repository, load->key, &object, load->operation, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (object.size < 0) {
        return load_downloaded_zip(load, transfer, error);
    }
    ar_random_object random;
    ar_random_object_open(&random, load->repository, load->key, &object, load->operation);
    artrepo_random_access access = {&random, object.size, ar_random_object_read};
    code = artrepo_archive_unpack_random(load->path, &load->strategy, &access, &load->limits,
                                         load->operation, error);
    ar_random_object_close(&random);
    if (code == ARTREPO_UNSUPPORTED) { /* a server that gives no parts, though its driver can */
        return load_downloaded_zip(load, transfer, error);
    }
    if (code == ARTREPO_OK) {
        count_object(load, &object, transfer);
    }
    return code;
}

static artrepo_code load_object(const load_request *load, artrepo_transfer *transfer,
                                artrepo_error *error) {
    bool ranges = artrepo_repository_capabilities(load->repository) & ARTREPO_CAN_RANGE;
    if (load->strategy.kind == ARTREPO_ARCHIVE_ZIP) {
        return ranges ? load_zip(load, transfer, error)
                      : load_downloaded_zip(load, transfer, error);
    }
    if (load->strategy.kind == ARTREPO_ARCHIVE_NONE && load->limits.bytes == 0) {
        return load_file(load, transfer, error);
    }
    return load_archive(load, transfer, error);
}

/* What is no object may be a prefix. NOT_FOUND is what the object said when it is neither. */
static artrepo_code load_prefix(const load_request *load, const artrepo_error *not_found,
                                artrepo_transfer *transfer, artrepo_error *error) {
    if (!(artrepo_repository_capabilities(load->repository) & ARTREPO_CAN_LIST)) {
        *error = *not_found;
        return not_found->code;
    }
    artrepo_code code = ar_load_directory(load->repository, load->key, load->path, &load->limits,
                                          transfer, load->operation, error);
    transfer->directory = code == ARTREPO_OK;
    if (code == ARTREPO_NOT_FOUND && not_found->code != ARTREPO_OK) {
        *error = *not_found;
    }
    return code;
}

static artrepo_code load_key(const load_request *load, artrepo_transfer *transfer,
                             artrepo_error *error) {
    size_t length = strlen(load->key);
    artrepo_error not_found = ARTREPO_ERROR_INIT;
    bool can_list = artrepo_repository_capabilities(load->repository) & ARTREPO_CAN_LIST;
    if (length > 0 && load->key[length - 1] == '/' && can_list) {
        return load_prefix(load, &not_found, transfer, error);
    }
    artrepo_code code = load_object(load, transfer, error);
    if (code == ARTREPO_NOT_FOUND) {
        not_found = *error;
        code = load_prefix(load, &not_found, transfer, error);
    }
    return code;
}

static artrepo_code load_artifact(const load_request *load, const artrepo_artifact *artifact,
                                  artrepo_transfer *transfer, artrepo_error *error) {
    artrepo_code code = load_key(load, transfer, error);
    if (code == ARTREPO_NOT_FOUND && artrepo_artifact_optional(artifact)) {
        ar_log(load->operation, ARTREPO_LOG_WARNING,
               "Ignoring optional artifact which was not supplied", "name",
               artrepo_artifact_name(artifact), NULL);
        transfer->skipped = true;
        return ARTREPO_OK;
    }
    int mode = artrepo_artifact_mode(artifact);
    if (code == ARTREPO_OK && mode >= 0) {
        code = ar_apply_mode(load->path, (unsigned)mode, artrepo_artifact_recurse_mode(artifact),
                             error);
        if (code != ARTREPO_OK) { /* it is not what was asked for */
            ar_file_remove_tree(AT_FDCWD, load->path, NULL);
        }
    }
    return code;
}

static void log_end(const load_request *load, const artrepo_artifact *artifact, int64_t start,
                    artrepo_code code, const artrepo_error *error) {
    char duration[32];
    snprintf(duration, sizeof duration, "%.3fs",
             (double)(ar_clock_now_ns() - start) / (double)AR_SECOND_NS);
    bool failed = code != ARTREPO_OK;
    ar_log(load->operation, failed ? ARTREPO_LOG_ERROR : ARTREPO_LOG_INFO, "Load artifact",
           "artifactName", artrepo_artifact_name(artifact), "key", load->key, "duration", duration,
           "error", failed ? error->message : NULL, NULL);
}

artrepo_code artrepo_artifact_load(artrepo_repository *repository, const char *key,
                                   const artrepo_artifact *artifact, const char *path,
                                   const artrepo_load_options *options, artrepo_transfer *transfer,
                                   artrepo_operation *operation, artrepo_error *error) {
    load_request load = {.repository = repository,
                         .key = key == NULL ? "" : key, /* raw data has none */
                         .path = path,
                         .strategy = artrepo_artifact_strategy(artifact),
                         .operation = operation};
    if (options != NULL) {
        load.limits = options->limits;
    }
    artrepo_transfer moved = {0, 0, false, false};
    artrepo_error failure = ARTREPO_ERROR_INIT;
    int64_t start = ar_clock_now_ns();
    ar_log(operation, ARTREPO_LOG_INFO, "Downloading artifact", "name",
           artrepo_artifact_name(artifact), NULL);
    artrepo_code code = load_artifact(&load, artifact, &moved, &failure);
    log_end(&load, artifact, start, code, &failure);
    if (code == ARTREPO_OK && !moved.skipped) {
        ar_log(operation, ARTREPO_LOG_INFO, "Successfully download file", "path", path, NULL);
    }
    if (transfer != NULL) {
        *transfer = moved;
    }
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    return code;
}

artrepo_code artrepo_artifact_load_stream(artrepo_repository *repository, const char *key,
                                          artrepo_sink *sink, artrepo_transfer *transfer,
                                          artrepo_operation *operation, artrepo_error *error) {
    artrepo_object object = {.size = 0};
    artrepo_code code =
        artrepo_repository_get(repository, key, NULL, sink, &object, operation, error);
    if (code == ARTREPO_OK) {
        code = artrepo_sink_commit(sink, error);
    }
    if (code == ARTREPO_OK) {
        ar_progress_add_objects(operation, 1);
    }
    if (transfer != NULL) {
        *transfer = (artrepo_transfer){code == ARTREPO_OK, code == ARTREPO_OK ? object.size : 0,
                                       false, false};
    }
    return code;
}
