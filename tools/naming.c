#include "naming.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <artrepo/key.h>

#include "path.h"

#define DEFAULT_WORKFLOW "artctl"
#define DEFAULT_NAMESPACE "default"
#define DEFAULT_SERVICE_ACCOUNT "default"
#define DEFAULT_NAME "artifact"
/* What a name may consist of. Braces may be too, but would look like tags. */
#define NAME_LETTERS "-_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

const option_spec naming_options[] = {
    {"archive", 0, OPTION_STRATEGY, OPTION_FIELD(strategy), "STRATEGY",
     "tar, none, zip or zstd; tar and zstd take :LEVEL", 0, 0},
    {"name", 0, OPTION_TEXT, OPTION_FIELD(name), "NAME", "artifact's name (default: from PATH)", 0,
     0},
    {"path", 0, OPTION_TEXT, OPTION_FIELD(path), "PATH",
     "artifact's path in its container (default: PATH)", 0, 0},
    {"workflow", 0, OPTION_TEXT, OPTION_FIELD(workflow), "NAME",
     "workflow's name (default " DEFAULT_WORKFLOW ")", 0, 0},
    {"namespace", 0, OPTION_TEXT, OPTION_FIELD(namespace_name), "NAME",
     "workflow's namespace (default " DEFAULT_NAMESPACE ")", 0, 0},
    {"pod", 0, OPTION_TEXT, OPTION_FIELD(pod), "NAME", "pod's name (default: from --node)", 0, 0},
    {"node", 0, OPTION_TEXT, OPTION_FIELD(node), "NAME",
     "node's name, as in wf[0].step (default: workflow's)", 0, 0},
    {"template", 0, OPTION_TEXT, OPTION_FIELD(template_name), "NAME", "template of the node", 0, 0},
    {"var", 0, OPTION_LIST, OPTION_FIELD(variables), "NAME=VALUE",
     "another variable of the key format; repeatable", 0, 0},
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

/* ---- the variables ---- */

static const char *workflow_of(const struct options *options) {
    return options->workflow != NULL ? options->workflow : DEFAULT_WORKFLOW;
}

static const char *node_of(const struct options *options) {
    return options->node != NULL ? options->node : workflow_of(options);
}

static artrepo_code pod_of(struct context *context, char **pod) {
    const struct options *options = &context->options;
    const char *node = node_of(options);
    if (options->pod != NULL) {
        if (options->node != NULL || options->template_name != NULL) {
            return context_usage(context, "--pod is the pod's name itself; it does not go together "
                                          "with --node and --template");
        }
        *pod = strdup(options->pod);
        return *pod != NULL ? ARTREPO_OK
                            : artrepo_error_set(&context->error, ARTREPO_INTERNAL,
                                                "no memory for the pod's name");
    }
    if (options->template_name == NULL && strcmp(node, workflow_of(options)) != 0) {
        return context_usage(context, "--node needs --template, since both make the pod's name");
    }
    if (options->template_name != NULL && options->node == NULL) {
        return context_usage(context, "--template needs --node, since both make the pod's name");
    }
    return artrepo_pod_name(workflow_of(options), node,
                            options->template_name != NULL ? options->template_name : "", pod,
                            &context->error);
}

static artrepo_code set_given(struct context *context, artrepo_variables *variables,
                              const char *text) {
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text) {
        return context_usage(context,
                             "--var is '%s'; it must be NAME=VALUE, such as "
                             "workflow.uid=1234",
                             text);
    }
    char *name = strndup(text, (size_t)(equals - text));
    artrepo_code code =
        name != NULL ? artrepo_variables_set(variables, name, equals + 1, &context->error)
                     : artrepo_error_set(&context->error, ARTREPO_INTERNAL, "no memory for --var");
    free(name);
    return code;
}

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static artrepo_code set_variables(struct context *context, const char *pod,
                                  artrepo_variables *variables) {
    const struct options *options = &context->options;
    const char *space = options->namespace_name;
    const struct {
        const char *name, *value;
    } defaults[] = {
        {"workflow.name", workflow_of(options)},
        {"workflow.namespace", space != NULL ? space : DEFAULT_NAMESPACE},
        {"workflow.serviceAccountName", DEFAULT_SERVICE_ACCOUNT},
        {"node.name", node_of(options)},
        {"pod.name", pod},
    };
    artrepo_code code = artrepo_variables_set_creation_time(variables, now_ms(), &context->error);
    for (size_t i = 0; code == ARTREPO_OK && i < sizeof defaults / sizeof defaults[0]; i++) {
        code =
            artrepo_variables_set(variables, defaults[i].name, defaults[i].value, &context->error);
    }
    for (size_t i = 0; code == ARTREPO_OK && i < options->variables.count; i++) {
        code = set_given(context, variables, options->variables.items[i]);
    }
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
        code = pod_of(context, &pod_name);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    variables = artrepo_variables_new();
    if (variables == NULL) {
        code = artrepo_error_set(&context->error, ARTREPO_INTERNAL, "no memory for the variables");
        goto done;
    }
    code = set_variables(context, pod_name, variables);
    if (code == ARTREPO_OK) {
        code = locate(context, artifact, variables, key);
    }
    if (*key != NULL) {
        warn_of_tags(context, *key);
    }
done:
    artrepo_variables_free(variables);
    if (code == ARTREPO_OK && pod != NULL) {
        *pod = pod_name;
    } else {
        free(pod_name);
    }
    return code;
}
