/*
 * Artifacts and their locations, as Argo's YAML and JSON describe them.
 *
 * Objects are immutable once made, apart from the setters; read from any number of threads. Strings
 * that getters return belong to the object and live as long as it does.
 */
#ifndef ARTREPO_ARTIFACT_H
#define ARTREPO_ARTIFACT_H

#include <stdbool.h>
#include <stddef.h>

#include <artrepo/archive.h>
#include <artrepo/error.h>
#include <artrepo/operation.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- location: a kind ("s3", "gcs", "fs", ...), its settings, and a key ---- */

typedef struct artrepo_location artrepo_location;

/* "s3://bucket/key", "gs://bucket/key", "file:///dir/file" (an fs location of root "/"),
 * "http(s)://...". The key may be empty. Percent signs are taken as they stand. */
ARTREPO_API artrepo_code artrepo_location_from_url(const char *url, artrepo_location **location,
                                                   artrepo_error *error);
ARTREPO_API void artrepo_location_free(artrepo_location *location);
ARTREPO_API const char *artrepo_location_kind(const artrepo_location *location);
/* NULL when the location has none yet. For azure the blob, for artifactory and http the URL's path.
 */
ARTREPO_API const char *artrepo_location_key(const artrepo_location *location);
/* `{"s3": {...}}` as Argo writes it. Secrets are selectors there, so that nothing secret shows.
 * Free the text with free(). */
ARTREPO_API artrepo_code artrepo_location_to_json(const artrepo_location *location, char **text,
                                                  artrepo_error *error);

/* ---- artifact ---- */

typedef struct artrepo_artifact artrepo_artifact;

/* PATH may be NULL (an artifact that only has a location). ARTREPO_INVALID for a name that does not
 * match ^[-a-zA-Z0-9_{}.]+$ and for a path that could climb out by "..". */
ARTREPO_API artrepo_code artrepo_artifact_new(const char *name, const char *path,
                                              artrepo_artifact **artifact, artrepo_error *error);
/*
 * From one YAML or JSON object. FILE_NAME stands in messages. Unknown fields are logged as warnings
 * with their line; wrong types are ARTREPO_INVALID with file, line and column.
 */
ARTREPO_API artrepo_code artrepo_artifact_parse(const char *text, size_t size,
                                                const char *file_name, artrepo_operation *operation,
                                                artrepo_artifact **artifact, artrepo_error *error);
ARTREPO_API void artrepo_artifact_free(artrepo_artifact *artifact);

ARTREPO_API const char *artrepo_artifact_name(const artrepo_artifact *artifact);
ARTREPO_API const char *artrepo_artifact_path(const artrepo_artifact *artifact); /* or NULL */
ARTREPO_API int artrepo_artifact_mode(const artrepo_artifact *artifact);         /* -1: not set */
ARTREPO_API bool artrepo_artifact_recurse_mode(const artrepo_artifact *artifact);
ARTREPO_API bool artrepo_artifact_optional(const artrepo_artifact *artifact);
ARTREPO_API artrepo_archive_strategy artrepo_artifact_strategy(const artrepo_artifact *artifact);
/* NULL when it has none; may be a key alone (kind without bucket). */
ARTREPO_API const artrepo_location *artrepo_artifact_location(const artrepo_artifact *artifact);

ARTREPO_API void artrepo_artifact_set_mode(artrepo_artifact *artifact, int mode, bool recurse);
ARTREPO_API void artrepo_artifact_set_optional(artrepo_artifact *artifact, bool optional);
ARTREPO_API void artrepo_artifact_set_strategy(artrepo_artifact *artifact,
                                               const artrepo_archive_strategy *strategy);
/* Takes LOCATION over (NULL takes the old one away). */
ARTREPO_API void artrepo_artifact_set_location(artrepo_artifact *artifact,
                                               artrepo_location *location);

/*
 * `{"name": "...", "path": "...", "s3": {...}, ...}` as Argo writes it: the fields of the artifact
 * as they were given, the path cleaned. Free the text with free(). ARTREPO_INVALID when a text is
 * not UTF-8.
 */
ARTREPO_API artrepo_code artrepo_artifact_to_json(const artrepo_artifact *artifact, char **text,
                                                  artrepo_error *error);

/* NAME.tgz, NAME.tar.zst, NAME.zip or the base name of the path; free it with free(). */
ARTREPO_API artrepo_code artrepo_artifact_file_name(const artrepo_artifact *artifact, char **name,
                                                    artrepo_error *error);

#ifdef __cplusplus
}
#endif

#endif
