/*
 * The key scheme: variables, the tags in key formats that stand for them, names of pods and nodes.
 */
#ifndef ARTREPO_KEY_H
#define ARTREPO_KEY_H

#include <stdint.h>

#include <artrepo/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Names such as "workflow.name" or "inputs.parameters.part", and their values. One thread at a time
 * while it is changed, any number while it is read. */
typedef struct artrepo_variables artrepo_variables;

/* NULL when there is no memory. */
ARTREPO_API artrepo_variables *artrepo_variables_new(void);
ARTREPO_API void artrepo_variables_free(artrepo_variables *variables);
/* Both strings are copied. */
ARTREPO_API artrepo_code artrepo_variables_set(artrepo_variables *variables, const char *name,
                                               const char *value, artrepo_error *error);
/* NULL when it is not set. */
ARTREPO_API const char *artrepo_variables_get(const artrepo_variables *variables, const char *name);
/* Sets workflow.creationTimestamp and all its parts, in UTC. */
ARTREPO_API artrepo_code artrepo_variables_set_creation_time(artrepo_variables *variables,
                                                             int64_t unix_milliseconds,
                                                             artrepo_error *error);

/* FORMAT with its tags replaced. White space inside a tag is ignored, an unknown tag is left as it
 * stands; an expression tag ({{=...}}) is ARTREPO_UNSUPPORTED. Free *KEY with free(). */
ARTREPO_API artrepo_code artrepo_key_expand(const char *format, const artrepo_variables *variables,
                                            char **key, artrepo_error *error);

/* Argo's name (version 2) of the pod that runs NODE ("wf[0].step") of TEMPLATE. free() it. */
ARTREPO_API artrepo_code artrepo_pod_name(const char *workflow, const char *node,
                                          const char *template_name, char **pod,
                                          artrepo_error *error);
ARTREPO_API artrepo_code artrepo_node_id(const char *workflow, const char *node, char **id,
                                         artrepo_error *error);

#ifdef __cplusplus
}
#endif

#endif
