/* Artifacts as Argo writes them. */
#include "repository/artifact.h"

#include <jansson.h>
#include <stdlib.h>

#include "repository/location.h"
#include "repository/value_json.h"

/* Everything is put in the order of Argo's own fields. False when there is no memory, or a text is
 * not UTF-8. */

static bool put(json_t *object, const char *name, json_t *value) {
    return json_object_set_new(object, name, value) == 0;
}

/* A field that the library only passes on, as it was written. Empty texts are left out, as Argo
 * does. */
static bool put_source(json_t *object, const artrepo_artifact *artifact, const char *name) {
    const ar_value *value = ar_value_get(artifact->source, name);
    bool empty = value == NULL || value->kind == AR_VALUE_NULL ||
                 (value->kind == AR_VALUE_STRING && value->text[0] == '\0') ||
                 (value->kind == AR_VALUE_BOOL && value->text[0] == 'f');
    return empty || put(object, name, ar_value_to_json(value));
}

static bool put_text(json_t *object, const char *name, const char *text) {
    return text == NULL || text[0] == '\0' || put(object, name, json_string(text));
}

static bool put_true(json_t *object, const char *name, bool value) {
    return !value || put(object, name, json_true());
}

/* {"s3": {...}} is merged into the artifact. */
static bool put_location(json_t *object, const artrepo_location *location) {
    if (location == NULL) {
        return true;
    }
    char *text = NULL;
    if (artrepo_location_to_json(location, &text, NULL) != ARTREPO_OK) {
        return false;
    }
    json_t *json = json_loads(text, 0, NULL);
    bool done = json != NULL && json_object_update(object, json) == 0;
    json_decref(json);
    free(text);
    return done;
}

static json_t *tar_to_json(const artrepo_archive_strategy *strategy) {
    json_t *tar = json_object();
    if (strategy->level != ARTREPO_LEVEL_DEFAULT) {
        json_object_set_new(tar, "compressionLevel", json_integer(strategy->level));
    }
    if (strategy->compression != ARTREPO_COMPRESSION_GZIP) {
        bool zstd = strategy->compression == ARTREPO_COMPRESSION_ZSTD;
        json_object_set_new(tar, "compression", json_string(zstd ? "zstd" : "none"));
    }
    if (strategy->long_distance) {
        json_object_set_new(tar, "longDistance", json_true());
    }
    return tar;
}

/* As it was written, or else (it was set by a call) what it amounts to. */
static bool put_archive(json_t *object, const artrepo_artifact *artifact) {
    if (ar_value_get(artifact->source, "archive") != NULL) {
        return put_source(object, artifact, "archive");
    }
    switch (artifact->strategy.kind) {
    case ARTREPO_ARCHIVE_UNSET:
        return true;
    case ARTREPO_ARCHIVE_NONE:
        return put(object, "archive", json_pack("{s:{}}", "none"));
    case ARTREPO_ARCHIVE_ZIP:
        return put(object, "archive", json_pack("{s:{}}", "zip"));
    case ARTREPO_ARCHIVE_TAR:
        return put(object, "archive", json_pack("{s:o}", "tar", tar_to_json(&artifact->strategy)));
    }
    return false;
}

static bool fill(json_t *object, const artrepo_artifact *artifact) {
    return put_text(object, "name", artifact->name) && put_text(object, "path", artifact->path) &&
           (artifact->mode < 0 || put(object, "mode", json_integer(artifact->mode))) &&
           put_source(object, artifact, "from") && put_source(object, artifact, "archiveLogs") &&
           put_location(object, artifact->location) && put_source(object, artifact, "globalName") &&
           put_archive(object, artifact) && put_true(object, "optional", artifact->optional) &&
           put_source(object, artifact, "subPath") &&
           put_true(object, "recurseMode", artifact->recurse_mode) &&
           put_source(object, artifact, "fromExpression") &&
           put_source(object, artifact, "artifactGC") && put_source(object, artifact, "deleted");
}

artrepo_code artrepo_artifact_to_json(const artrepo_artifact *artifact, char **text,
                                      artrepo_error *error) {
    json_t *object = json_object();
    char *dumped =
        object != NULL && fill(object, artifact) ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (dumped == NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "artifact '%s' cannot be written as JSON: a path, a key or a "
                                 "setting of it is not UTF-8",
                                 artifact->name);
    }
    *text = dumped;
    return ARTREPO_OK;
}
