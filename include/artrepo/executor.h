/*
 * What the Argo executor does with one artifact: save a path, load it again. The archive strategy,
 * directories as prefixes, optional artifacts and modes are decided here.
 *
 * All calls may run at once from several threads on one repository.
 */
#ifndef ARTREPO_EXECUTOR_H
#define ARTREPO_EXECUTOR_H

#include <artrepo/archive.h>
#include <artrepo/artifact.h>
#include <artrepo/error.h>
#include <artrepo/operation.h>
#include <artrepo/repository.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct artrepo_transfer {
    int64_t objects; /* moved */
    int64_t bytes;   /* moved to or from the store */
    bool skipped;    /* an optional artifact that was not there */
    bool directory;  /* KEY was a prefix */
} artrepo_transfer;

/*
 * Stores PATH under KEY by the artifact's strategy (UNSET: tar with gzip). With the none strategy a
 * directory becomes one object per file below KEY, symbolic links and empty directories left out.
 * TRANSFER may be NULL.
 *
 * Errors: ARTREPO_NOT_FOUND when PATH is missing (a skip when the artifact is optional), those of
 * artrepo_archive_pack() and artrepo_repository_put(). No partial object stays behind.
 */
ARTREPO_API artrepo_code artrepo_artifact_save(artrepo_repository *repository, const char *key,
                                               const artrepo_artifact *artifact, const char *path,
                                               artrepo_transfer *transfer,
                                               artrepo_operation *operation, artrepo_error *error);

typedef struct artrepo_load_options {
    artrepo_archive_limits limits;

} artrepo_load_options;

/*
 * Brings the object KEY, or when there is none all objects below KEY + "/", to PATH, unarchives by
 * the artifact's strategy (UNSET: detection) and sets its mode. PATH appears whole or not at all.
 * OPTIONS and TRANSFER may be NULL.
 *
 * Errors: ARTREPO_NOT_FOUND (a skip when the artifact is optional), those of
 * artrepo_repository_get() and artrepo_archive_unpack(), ARTREPO_REFUSED_UNSAFE for listed keys
 * that would leave PATH.
 */
ARTREPO_API artrepo_code artrepo_artifact_load(artrepo_repository *repository, const char *key,
                                               const artrepo_artifact *artifact, const char *path,
                                               const artrepo_load_options *options,
                                               artrepo_transfer *transfer,
                                               artrepo_operation *operation, artrepo_error *error);

/* As save, for data that is already an archive or needs none: SOURCE is stored as it is. */
ARTREPO_API artrepo_code artrepo_artifact_save_stream(artrepo_repository *repository,
                                                      const char *key, artrepo_source *source,
                                                      artrepo_transfer *transfer,
                                                      artrepo_operation *operation,
                                                      artrepo_error *error);

/* The bytes of one object, as they are stored, into SINK, which is committed. */
ARTREPO_API artrepo_code artrepo_artifact_load_stream(artrepo_repository *repository,
                                                      const char *key, artrepo_sink *sink,
                                                      artrepo_transfer *transfer,
                                                      artrepo_operation *operation,
                                                      artrepo_error *error);

/* Objects below KEY + "/" without folder markers; none and no object KEY: ARTREPO_NOT_FOUND. The
 * object KEY itself when it is one. */
ARTREPO_API artrepo_code artrepo_artifact_list(artrepo_repository *repository, const char *key,
                                               artrepo_list_callback *callback, void *data,
                                               artrepo_operation *operation, artrepo_error *error);

#ifdef __cplusplus
}
#endif

#endif
