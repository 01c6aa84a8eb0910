/*
 * What the Argo executor does with artifacts: save a path, load it again; one artifact, or all of a
 * template. The archive strategy, directories as prefixes, optional artifacts and modes are decided
 * here.
 *
 * All calls may run at once from several threads on one repository.
 */
#ifndef ARTREPO_EXECUTOR_H
#define ARTREPO_EXECUTOR_H

#include <artrepo/archive.h>
#include <artrepo/artifact.h>
#include <artrepo/error.h>
#include <artrepo/key.h>
#include <artrepo/operation.h>
#include <artrepo/repository.h>
#include <artrepo/template.h>

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
 * directory becomes one object per file below KEY; empty directories are left out, and symbolic
 * links too, except where the driver has ARTREPO_COPIES_LINKS. TRANSFER may be NULL.
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

/* ---- all artifacts of a template ---- */

/*
 * What Argo's init and wait containers do with the artifacts of a template, without Kubernetes:
 *
 *     artrepo_executor_open(template, &options, operation, &executor, &error);
 *     artrepo_executor_load(executor, operation, &error);            the init container
 *     ... the main container runs ...
 *     artrepo_executor_stage(executor, operation, &error);           inside it, at its end
 *     artrepo_executor_save(executor, &outputs, operation, &error);  the wait container
 *     artrepo_outputs_to_json(outputs, &text, &error);
 *
 * Each call tries every artifact. What fails is collected into one error: the code of the first in
 * the template's order, and a message that names each. One call at a time for each executor.
 */
typedef struct artrepo_executor artrepo_executor;

/* How it went with one artifact. Valid during the call. */
typedef struct artrepo_executor_report {
    const artrepo_artifact *artifact;
    const char *path;                 /* on disk; NULL when it did not come that far */
    const char *staged;               /* the staged file or directory; NULL: there is none */
    const artrepo_location *location; /* NULL when it did not come that far, and when staging */
    artrepo_transfer transfer;
    artrepo_code code;
    const artrepo_error *error; /* of a CODE other than ARTREPO_OK */
} artrepo_executor_report;

/* Called by the thread that called load, save or stage, once for each artifact at the end, in the
 * template's order. */
typedef void artrepo_executor_callback(void *data, const artrepo_executor_report *report);

/* All zero: what Argo's containers have. Everything must outlive the executor. */
typedef struct artrepo_executor_options {
    /*
     * Where a container's paths are found. With a ROOT_DIRECTORY (a runner without Kubernetes'
     * mounts) a container's PATH is ROOT/PATH, for inputs and outputs; the three others are not
     * needed then, but a staged archive below an OUTPUTS_DIRECTORY comes before ROOT/PATH.
     * Otherwise an input goes to INPUTS/NAME, or to MAIN/PATH when PATH is on a volume; an output
     * that is on a volume or below an input artifact is at MAIN/PATH, any other one is staged below
     * OUTPUTS.
     */
    const char *root_directory;
    const char *inputs_directory;     /* NULL: /argo/inputs/artifacts */
    const char *main_directory;       /* NULL: /mainctrfs */
    const char *outputs_directory;    /* NULL: /var/run/argo/outputs/artifacts */
    const char *containers_directory; /* logs as CONTAINER/combined; NULL: /var/run/argo/ctr */
    const char *temporary_directory;  /* for staged archives that must be unpacked; NULL: TMPDIR */
    const char *secrets_directory;    /* NULL: /argo/secret */
    const char *plugin_directory;     /* NULL: none */

    /* What stands in for the template's archive location where it has none; NULL: nothing. */
    const artrepo_configuration *repository;
    /* Put in for the tags of keys; NULL: they stay as they stand. */
    const artrepo_variables *variables;
    artrepo_archive_limits limits; /* of what is loaded and unpacked */

    /* Artifacts that are moved at once; 0: 4. Each has its own pipeline, with its own memory. */
    unsigned concurrency;
    /* Staged archives are removed once they are saved, as with REMOVE_LOCAL_ART_PATH=true. */
    bool remove_local;

    /* Everything is staged as PATH.tgz, which Argo's own wait container wants. */
    bool stage_for_argo;

    /* Only these of the template's artifacts; NULL: all. A name that the template does not have is
     * ARTREPO_INVALID. */
    const char *const *names;
    size_t name_count;

    artrepo_executor_callback *report; /* NULL: none */
    void *report_data;
} artrepo_executor_options;

/* Nothing is read or sent yet. OPTIONS may be NULL. */
ARTREPO_API artrepo_code artrepo_executor_open(const artrepo_template *argo_template,
                                               const artrepo_executor_options *options,
                                               artrepo_operation *operation,
                                               artrepo_executor **executor, artrepo_error *error);
/* NULL is allowed. */
ARTREPO_API void artrepo_executor_close(artrepo_executor *executor);

/*
 * The input artifacts to their places, each whole or not at all. One without a location and a key
 * is ARTREPO_NOT_FOUND, or a skip when it is optional.
 *
 * Errors: those of artrepo_artifact_load(); ARTREPO_INVALID for two artifacts of one place;
 * ARTREPO_REFUSED_UNSAFE for a path that leaves its directory, by its letters or by a link.
 */
ARTREPO_API artrepo_code artrepo_executor_load(artrepo_executor *executor,
                                               artrepo_operation *operation, artrepo_error *error);

/* What was saved. Immutable; read from any number of threads. */
typedef struct artrepo_outputs artrepo_outputs;

/*
 * The output artifacts to their locations. *OUTPUTS is what was saved, also when some failed; NULL
 * only when nothing was tried. Free it with artrepo_outputs_free().
 */
ARTREPO_API artrepo_code artrepo_executor_save(artrepo_executor *executor,
                                               artrepo_outputs **outputs,
                                               artrepo_operation *operation, artrepo_error *error);

typedef struct artrepo_container_log {
    const char *container;
    const char *path; /* of the file */
} artrepo_container_log;

/*
 * The containers' logs, when archiveLogs says so: an artifact CONTAINER-logs with the key
 * CONTAINER.log for each, added to OUTPUTS. With COUNT 0 those of the template's containers, from
 * CONTAINERS/NAME/combined.
 */
ARTREPO_API artrepo_code artrepo_executor_save_logs(artrepo_executor *executor,
                                                    const artrepo_container_log *logs, size_t count,
                                                    artrepo_outputs *outputs,
                                                    artrepo_operation *operation,
                                                    artrepo_error *error);

/*
 * What the emissary does inside the main container: output artifacts of its image are put below
 * OUTPUTS, where save finds them. Here ROOT (NULL: "/") is the container's own file system. An
 * artifact that is missing is no error, since it may be optional; save will tell. In the form that
 * its strategy wants, so that save need not unpack anything:
 *
 *     tar with gzip, zstd, none    PATH.tgz (Argo's form), PATH.tar.zst, PATH.tar
 *     zip                          PATH.zip
 *     none                         PATH.none: the file, or the directory's files
 */
ARTREPO_API artrepo_code artrepo_executor_stage(artrepo_executor *executor,
                                                artrepo_operation *operation, artrepo_error *error);

/* NULL is allowed in free. */
ARTREPO_API void artrepo_outputs_free(artrepo_outputs *outputs);
ARTREPO_API size_t artrepo_outputs_count(const artrepo_outputs *outputs);
/* As the template gave it, with its location: the key alone when the rest is the archive
 * location's. In the template's order, logs behind. */
ARTREPO_API const artrepo_artifact *artrepo_outputs_artifact(const artrepo_outputs *outputs,
                                                             size_t index);
/* `{"outputs":{"artifacts":[...]}}`, as Argo reports them. Free the text with free(). */
ARTREPO_API artrepo_code artrepo_outputs_to_json(const artrepo_outputs *outputs, char **text,
                                                 artrepo_error *error);

#ifdef __cplusplus
}
#endif

#endif
