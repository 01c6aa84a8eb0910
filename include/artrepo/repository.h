/*
 * Repositories.
 *
 * A configuration is what a repository file says: which store, where, under which key format. It
 * makes locations for artifacts. An opened repository is a driver at such a location, with retries
 * and logging around it: it moves bytes by key and knows nothing of archives.
 */
#ifndef ARTREPO_REPOSITORY_H
#define ARTREPO_REPOSITORY_H

#include <stdbool.h>
#include <stddef.h>

#include <artrepo/artifact.h>
#include <artrepo/driver.h>
#include <artrepo/error.h>
#include <artrepo/key.h>
#include <artrepo/operation.h>
#include <artrepo/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- configuration ---- */

/* Immutable; read from any number of threads. */
typedef struct artrepo_configuration artrepo_configuration;

/*
 * YAML or JSON in one of three forms: a repository alone (`s3: {...}`), under `artifactRepository:`
 * (the controller's configuration), or a ConfigMap with repositories as texts under `data:`. REF
 * chooses one of the ConfigMap's (NULL: its default annotation). FILE_NAME stands in messages.
 * Unknown fields are logged as warnings with their line; wrong types are ARTREPO_INVALID with file,
 * line and column.
 */
ARTREPO_API artrepo_code artrepo_configuration_parse(const char *text, size_t size,
                                                     const char *file_name, const char *ref,
                                                     artrepo_operation *operation,
                                                     artrepo_configuration **configuration,
                                                     artrepo_error *error);
/* A file of at most 1 MiB. */
ARTREPO_API artrepo_code artrepo_configuration_read(const char *path, const char *ref,
                                                    artrepo_operation *operation,
                                                    artrepo_configuration **configuration,
                                                    artrepo_error *error);
ARTREPO_API void artrepo_configuration_free(artrepo_configuration *configuration);

ARTREPO_API const char *artrepo_configuration_kind(const artrepo_configuration *configuration);
ARTREPO_API bool artrepo_configuration_archive_logs(const artrepo_configuration *configuration);
/* The repository without its key: what drivers are opened with. Belongs to CONFIGURATION. */
ARTREPO_API const artrepo_location *
artrepo_configuration_location(const artrepo_configuration *configuration);

/* Called once for each setting. LINE is 0 for a default. A secret selector's VALUE is its
 * `name/key`, never the secret. */
typedef void artrepo_setting_callback(void *data, const char *name, const char *value, int line);
ARTREPO_API void artrepo_configuration_each(const artrepo_configuration *configuration,
                                            artrepo_setting_callback *callback, void *data);

/*
 * The location where ARTIFACT is (or will be): its own, or its key in the repository's location, or
 * the key format with VARIABLES put in and the artifact's file name joined to it. FREE it.
 */
ARTREPO_API artrepo_code artrepo_configuration_locate(const artrepo_configuration *configuration,
                                                      const artrepo_artifact *artifact,
                                                      const artrepo_variables *variables,
                                                      artrepo_location **location,
                                                      artrepo_error *error);

/* ---- repository ---- */

/* Any number of threads may use one handle at once. */
typedef struct artrepo_repository artrepo_repository;

typedef struct artrepo_repository_options {
    const char *secrets_directory; /* NULL: /argo/secret */
    const char *plugin_directory;  /* NULL: none */
} artrepo_repository_options;

/* Nothing is sent to the store yet. The location's key does not matter. OPTIONS may be NULL. Close
 * the handle when no call uses it any more. */
ARTREPO_API artrepo_code artrepo_repository_open(const artrepo_location *location,
                                                 const artrepo_repository_options *options,
                                                 artrepo_operation *operation,
                                                 artrepo_repository **repository,
                                                 artrepo_error *error);
ARTREPO_API void artrepo_repository_close(artrepo_repository *repository);
ARTREPO_API unsigned artrepo_repository_capabilities(const artrepo_repository *repository);

/* OBJECT may be NULL in all of them; its key is the KEY that was passed. */
ARTREPO_API artrepo_code artrepo_repository_stat(artrepo_repository *repository, const char *key,
                                                 artrepo_object *object,
                                                 artrepo_operation *operation,
                                                 artrepo_error *error);
/* Whether there are objects below KEY + "/", and no object KEY. */
ARTREPO_API artrepo_code artrepo_repository_is_directory(artrepo_repository *repository,
                                                         const char *key, bool *is_directory,
                                                         artrepo_operation *operation,
                                                         artrepo_error *error);
/* RANGE may be NULL: all of it. A broken transfer goes on where it broke, as long as the object is
 * the same. The sink is not committed. */
ARTREPO_API artrepo_code artrepo_repository_get(artrepo_repository *repository, const char *key,
                                                const artrepo_range *range, artrepo_sink *sink,
                                                artrepo_object *object,
                                                artrepo_operation *operation, artrepo_error *error);
/* The content type comes from the key's extension when OPTIONS (may be NULL) does not say. */
ARTREPO_API artrepo_code artrepo_repository_put(artrepo_repository *repository, const char *key,
                                                artrepo_source *source,
                                                const artrepo_put_options *options,
                                                artrepo_object *object,
                                                artrepo_operation *operation, artrepo_error *error);
/* Objects whose key begins with PREFIX, folder markers ("/" at the end) included. */
ARTREPO_API artrepo_code artrepo_repository_list(artrepo_repository *repository, const char *prefix,
                                                 artrepo_list_callback *callback, void *data,
                                                 artrepo_operation *operation,
                                                 artrepo_error *error);
/* A KEY that ends in "/" removes everything below it. */
ARTREPO_API artrepo_code artrepo_repository_remove(artrepo_repository *repository, const char *key,
                                                   artrepo_operation *operation,
                                                   artrepo_error *error);

#ifdef __cplusplus
}
#endif

#endif
