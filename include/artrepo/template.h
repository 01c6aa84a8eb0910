/*
 * Argo templates, as far as their artifacts go: what the init and wait containers read of them.
 *
 * Objects are immutable once made; read from any number of threads. What getters return belongs to
 * the object and lives as long as it does.
 */
#ifndef ARTREPO_TEMPLATE_H
#define ARTREPO_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include <artrepo/artifact.h>
#include <artrepo/error.h>
#include <artrepo/operation.h>
#include <artrepo/repository.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct artrepo_template artrepo_template;

/* What a template may hold; past it: ARTREPO_INVALID. */
#define ARTREPO_TEMPLATE_MAX_SIZE ((size_t)1 << 20)
#define ARTREPO_TEMPLATE_MAX_ARTIFACTS 1024 /* inputs, and as many outputs */
#define ARTREPO_TEMPLATE_MAX_NAME 255       /* bytes of an artifact's name */

/*
 * From one YAML or JSON object, as Argo hands it over in ARGO_TEMPLATE: name, inputs.artifacts,
 * outputs.artifacts, archiveLocation, and the volume mounts of container, script or containerSet.
 * All else is passed over. FILE_NAME stands in messages. Fields of an artifact that are not known
 * are logged as warnings; wrong types, two artifacts of one name and what is past the limits are
 * ARTREPO_INVALID with file, line and column.
 *
 * An artifact whose path could climb out by ".." is no error here: it is one of this artifact when
 * it is loaded or saved, so that the others are not lost.
 */
ARTREPO_API artrepo_code artrepo_template_parse(const char *text, size_t size,
                                                const char *file_name, artrepo_operation *operation,
                                                artrepo_template **template_out,
                                                artrepo_error *error);
/* A file of at most ARTREPO_TEMPLATE_MAX_SIZE. */
ARTREPO_API artrepo_code artrepo_template_read(const char *path, artrepo_operation *operation,
                                               artrepo_template **template_out,
                                               artrepo_error *error);
/* NULL is allowed. */
ARTREPO_API void artrepo_template_free(artrepo_template *argo_template);

/* "" when it has none. */
ARTREPO_API const char *artrepo_template_name(const artrepo_template *argo_template);

ARTREPO_API size_t artrepo_template_input_count(const artrepo_template *argo_template);
ARTREPO_API const artrepo_artifact *artrepo_template_input(const artrepo_template *argo_template,
                                                           size_t index);
ARTREPO_API size_t artrepo_template_output_count(const artrepo_template *argo_template);
ARTREPO_API const artrepo_artifact *artrepo_template_output(const artrepo_template *argo_template,
                                                            size_t index);

/* The template's own archive location; NULL when it names no store. */
ARTREPO_API const artrepo_configuration *
artrepo_template_archive_location(const artrepo_template *argo_template);

/* What `archiveLocation.archiveLogs` says; FALLBACK (the repository's) when it says nothing. */
ARTREPO_API bool artrepo_template_archive_logs(const artrepo_template *argo_template,
                                               bool fallback);

/* The containers whose logs are archived: those of a container set, else "main" alone. */
ARTREPO_API size_t artrepo_template_container_count(const artrepo_template *argo_template);
ARTREPO_API const char *artrepo_template_container(const artrepo_template *argo_template,
                                                   size_t index);

/*
 * The mount path of the deepest volume mount that PATH (a clean one) lies on; NULL when it lies on
 * none, so in the image of its container.
 */
ARTREPO_API const char *artrepo_template_volume(const artrepo_template *argo_template,
                                                const char *path);

#ifdef __cplusplus
}
#endif

#endif
