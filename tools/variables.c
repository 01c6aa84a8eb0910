#include "variables.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEFAULT_SERVICE_ACCOUNT "default"

static const char *workflow_of(const struct options *options) {
    return options->workflow != NULL ? options->workflow : DEFAULT_WORKFLOW;
}

static const char *node_of(const struct options *options) {
    return options->node != NULL ? options->node : workflow_of(options);
}

/* TEMPLATE_OPTION is what this command calls the option of the template's name. */
static artrepo_code pod_of(struct context *context, const char *template_option,
                           const char *template_name, char **pod) {
    const struct options *options = &context->options;
    const char *node = node_of(options);
    bool given = options->template_name != NULL;
    if (options->pod != NULL) {
        if (options->node != NULL || given) {
            return context_usage(context,
                                 "--pod is the pod's name itself; it does not go together with "
                                 "--node and %s",
                                 template_option);
        }
        *pod = strdup(options->pod);
        return *pod != NULL ? ARTREPO_OK
                            : artrepo_error_set(&context->error, ARTREPO_INTERNAL,
                                                "no memory for the pod's name");
    }
    if (given) {
        template_name = options->template_name;
    }
    if (template_name == NULL && strcmp(node, workflow_of(options)) != 0) {
        return context_usage(context, "--node needs %s, since both make the pod's name",
                             template_option);
    }
    if (given && options->node == NULL) {
        return context_usage(context, "%s needs --node, since both make the pod's name",
                             template_option);
    }
    return artrepo_pod_name(workflow_of(options), node, template_name != NULL ? template_name : "",
                            pod, &context->error);
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

artrepo_code variables_make(struct context *context, const char *template_option,
                            const char *template_name, artrepo_variables **variables, char **pod) {
    char *pod_name = NULL;
    artrepo_code code = pod_of(context, template_option, template_name, &pod_name);
    artrepo_variables *made = code == ARTREPO_OK ? artrepo_variables_new() : NULL;
    if (code == ARTREPO_OK) {
        code = made == NULL ? artrepo_error_set(&context->error, ARTREPO_INTERNAL,
                                                "no memory for the variables")
                            : set_variables(context, pod_name, made);
    }
    if (code != ARTREPO_OK) {
        artrepo_variables_free(made);
        free(pod_name);
        return code;
    }
    *variables = made;
    if (pod != NULL) {
        *pod = pod_name;
    } else {
        free(pod_name);
    }
    return ARTREPO_OK;
}
