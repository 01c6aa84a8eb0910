#include "naming.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <artrepo/key.h>

#include "path.h"
#include "variables.h"

#define DEFAULT_NAME "artifact"
/* What a name may consist of. Braces may be too, but would look like tags. */
#define NAME_LETTERS "-_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

const option_spec naming_options[] = {{"archive", 0, OPTION_STRATEGY, OPTION_FIELD(strategy),
                                       "STRATEGY",
                                       "tar, none, zip or zstd; tar and zstd take :LEVEL", 0, 0},
                                      {"name", 0, OPTION_TEXT, OPTION_FIELD(name), "NAME",
                                       "artifact's name (default: from PATH)", 0, 0},
                                      {"path", 0, OPTION_TEXT, OPTION_FIELD(path), "PATH",
                                       "artifact's path in its container (default: PATH)", 0, 0},
                                      VARIABLE_OPTIONS("template"),
                                      {0}};

/* ---- the artifact ---- */

static artrepo_code default_name(const char *base, char **name, artrepo_error *error) {
    *name = strdup(base[0] != '\0' ? base : DEFAULT_NAME);
    if (*name == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the artifact's name");
    }
    for (char *letter = *name; *letter != '\0'; letter++) {
        if (strchr(NAME_LETTERS, *letter) == NULL) {
            *letter = '-';
        }
    }
    return ARTREPO_OK;
}

artrepo_code naming_artifact(struct context *context, const char *path,
                             artrepo_artifact **artifact) {
    const struct options *options = &context->options;
    char *absolute = NULL, *name = NULL, *made_path = NULL;
    artrepo_error *error = &context->error;
    artrepo_code code = ARTREPO_OK;
    const char *artifact_path = options->path;
    if (artifact_path == NULL && path != NULL) {
        code = path_absolute(path, &absolute, error);
        artifact_path = absolute;
    }
    if (code == ARTREPO_OK && options->name == NULL) {
        code = default_name(artifact_path != NULL ? path_base(artifact_path) : "", &name, error);
    }
    if (code != ARTREPO_OK) {
        goto done;
    }
    const char *artifact_name = options->name != NULL ? options->name : name;
    if (artifact_path == NULL) {
        if (asprintf(&made_path, "/%s", artifact_name) < 0) {
            made_path = NULL;
            code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the artifact's path");
            goto done;
        }
        artifact_path = made_path;
    }
    code = artrepo_artifact_new(artifact_name, artifact_path, artifact, error);
    if (code != ARTREPO_OK) {
        context->usage = code == ARTREPO_INVALID;
        goto done;
    }
    artrepo_artifact_set_strategy(*artifact, &options->strategy);
    artrepo_artifact_set_optional(*artifact, options->optional);
done:
    free(absolute);
    free(name);
    free(made_path);
    return code;
}

/* ---- the key ---- */

static void warn_of_tags(struct context *context, const char *key) {
    artrepo_log_field field = {"key", key};
    artrepo_log_record record = {
        .level = ARTREPO_LOG_WARNING,
        .message = "the key still has tags in it; give their values with --var NAME=VALUE",
        .fields = &field,
        .field_count = 1,
    };
    if (strstr(key, "{{") != NULL && !context->options.quiet) {
        log_record(&context->log, &record);
    }
}

static artrepo_code locate(struct context *context, const artrepo_artifact *artifact,
                           const artrepo_variables *variables, char **key) {
    artrepo_location *location = NULL;
    artrepo_code code = artrepo_configuration_locate(context->configuration, artifact, variables,
                                                     &location, &context->error);
    if (code != ARTREPO_OK) {
        return code;
    }
    const char *found = artrepo_location_key(location);
    *key = found != NULL ? strdup(found) : NULL;
    if (*key == NULL) {
        code = artrepo_error_set(&context->error, ARTREPO_INTERNAL, "no memory for the key");
    }
    artrepo_location_free(location);
    return code;
}

artrepo_code naming_key(struct context *context, const artrepo_artifact *artifact, char **key,
                        char **pod) {
    char *pod_name = NULL;
    artrepo_variables *variables = NULL;
    *key = NULL;
    artrepo_code code = context_configure(context);
    if (code == ARTREPO_OK) {
        code = variables_make(context, "--template", NULL, &variables, &pod_name);
    }
    if (code == ARTREPO_OK) {
        code = locate(context, artifact, variables, key);
    }
    if (*key != NULL) {
        warn_of_tags(context, *key);
    }
    artrepo_variables_free(variables);
    if (code == ARTREPO_OK && pod != NULL) {
        *pod = pod_name;
    } else {
        free(pod_name);
    }
    return code;
}
