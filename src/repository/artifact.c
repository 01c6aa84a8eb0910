#include "repository/artifact.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/path.h"
#include "repository/location.h"

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for an artifact");
}

/* ^[-a-zA-Z0-9_{}.]+$ */
static bool is_name(const char *name) {
    static const char allowed[] =
        "-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_{}.";
    return name != NULL && name[0] != '\0' && name[strspn(name, allowed)] == '\0';
}

/*
 * The executor's rule: what stands before the first ".." is a directory that the path must not
 * leave, since what comes behind may be a user's. So even a ".." that stays within the root is
 * refused when it climbs over what is before it.
 */
static bool stays_safe(const char *path, const char *clean) {
    const char *up = strstr(path, "/../");
    size_t length = strlen(path);
    if (up == NULL && length >= 3 && strcmp(path + length - 3, "/..") == 0) {
        up = path + length - 3;
    }
    size_t safe = up == NULL ? 0 : (size_t)(up - path);
    return safe == 0 ||
           (strncmp(clean, path, safe) == 0 && clean[safe] == '/' && clean[safe + 1] != '\0');
}

static artrepo_code clean_path(const char *name, const char *path, char **clean,
                               artrepo_error *error) {
    *clean = ar_path_clean(path);
    if (*clean == NULL) {
        return no_memory(error);
    }
    if (!stays_safe(path, *clean)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "Artifact '%s' attempted to use a path containing '..'. Directory "
                                 "traversal is not permitted",
                                 name);
    }
    return ARTREPO_OK;
}

artrepo_code artrepo_artifact_new(const char *name, const char *path, artrepo_artifact **out,
                                  artrepo_error *error) {
    if (!is_name(name)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "'%s' is no name for an artifact; use letters, digits and any of "
                                 "- _ . { }",
                                 name == NULL ? "" : name);
    }
    artrepo_artifact *artifact = calloc(1, sizeof *artifact);
    if (artifact == NULL || (artifact->name = strdup(name)) == NULL) {
        free(artifact);
        return no_memory(error);
    }
    artifact->mode = -1;
    artifact->strategy = (artrepo_archive_strategy)ARTREPO_ARCHIVE_STRATEGY_INIT;
    artrepo_code code = path == NULL || path[0] == '\0'
                            ? ARTREPO_OK
                            : clean_path(name, path, &artifact->path, error);
    if (code != ARTREPO_OK) {
        artrepo_artifact_free(artifact);
        return code;
    }
    *out = artifact;
    return ARTREPO_OK;
}

void artrepo_artifact_free(artrepo_artifact *artifact) {
    if (artifact == NULL) {
        return;
    }
    free(artifact->name);
    free(artifact->path);
    artrepo_location_free(artifact->location);
    ar_value_free(artifact->source);
    free(artifact);
}

artrepo_artifact *ar_artifact_copy(const artrepo_artifact *artifact) {
    artrepo_artifact *copy = calloc(1, sizeof *copy);
    if (copy == NULL) {
        return NULL;
    }
    *copy = *artifact;
    copy->name = strdup(artifact->name);
    copy->path = artifact->path == NULL ? NULL : strdup(artifact->path);
    copy->location = artifact->location == NULL ? NULL : ar_location_copy(artifact->location);
    copy->source = artifact->source == NULL ? NULL : ar_value_copy(artifact->source);
    if (copy->name == NULL || (artifact->path != NULL && copy->path == NULL) ||
        (artifact->location != NULL && copy->location == NULL) ||
        (artifact->source != NULL && copy->source == NULL)) {
        artrepo_artifact_free(copy);
        return NULL;
    }
    return copy;
}

/* ---- getters and setters ---- */

const char *artrepo_artifact_name(const artrepo_artifact *artifact) {
    return artifact->name;
}

const char *artrepo_artifact_path(const artrepo_artifact *artifact) {
    return artifact->path;
}

int artrepo_artifact_mode(const artrepo_artifact *artifact) {
    return artifact->mode;
}

bool artrepo_artifact_recurse_mode(const artrepo_artifact *artifact) {
    return artifact->recurse_mode;
}

bool artrepo_artifact_optional(const artrepo_artifact *artifact) {
    return artifact->optional;
}

artrepo_archive_strategy artrepo_artifact_strategy(const artrepo_artifact *artifact) {
    return artifact->strategy;
}

const artrepo_location *artrepo_artifact_location(const artrepo_artifact *artifact) {
    return artifact->location;
}

void artrepo_artifact_set_mode(artrepo_artifact *artifact, int mode, bool recurse) {
    artifact->mode = mode;
    artifact->recurse_mode = recurse;
}

void artrepo_artifact_set_optional(artrepo_artifact *artifact, bool optional) {
    artifact->optional = optional;
}

void artrepo_artifact_set_strategy(artrepo_artifact *artifact,
                                   const artrepo_archive_strategy *strategy) {
    artifact->strategy = *strategy;
    if (artifact->source != NULL) { /* what was written is no longer so */
        ar_value_remove(artifact->source, "archive");
    }
}

void artrepo_artifact_set_location(artrepo_artifact *artifact, artrepo_location *location) {
    artrepo_location_free(artifact->location);
    artifact->location = location;
}

/* ---- the file name ---- */

static const char *extension_of(const artrepo_archive_strategy *strategy) {
    if (strategy->kind == ARTREPO_ARCHIVE_ZIP) {
        return ".zip";
    }
    if (strategy->kind == ARTREPO_ARCHIVE_TAR) {
        switch (strategy->compression) {
        case ARTREPO_COMPRESSION_ZSTD:
            return ".tar.zst";
        case ARTREPO_COMPRESSION_NONE:
            return ".tar";
        case ARTREPO_COMPRESSION_GZIP:
            break;
        }
    }
    return ".tgz";
}

static artrepo_code base_name(const artrepo_artifact *artifact, char **name, artrepo_error *error) {
    if (artifact->path == NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "artifact '%s' has no path, which its key needs without an "
                                 "archive; give it a path or a key",
                                 artifact->name);
    }
    char *base = ar_path_base(artifact->path);
    if (base == NULL) {
        return no_memory(error);
    }
    if (strcmp(base, "/") == 0 || strcmp(base, ".") == 0 || strcmp(base, "..") == 0) {
        free(base);
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "the path '%s' of artifact '%s' gives no name for its key; give "
                                 "it a key",
                                 artifact->path, artifact->name);
    }
    *name = base;
    return ARTREPO_OK;
}

artrepo_code artrepo_artifact_file_name(const artrepo_artifact *artifact, char **name,
                                        artrepo_error *error) {
    if (artifact->strategy.kind == ARTREPO_ARCHIVE_NONE) {
        return base_name(artifact, name, error);
    }
    ar_buffer text = AR_BUFFER_INIT;
    if (!ar_buffer_append_text(&text, artifact->name) ||
        !ar_buffer_append_text(&text, extension_of(&artifact->strategy))) {
        ar_buffer_free(&text);
        return no_memory(error);
    }
    *name = ar_buffer_steal(&text);
    return *name == NULL ? no_memory(error) : ARTREPO_OK;
}
