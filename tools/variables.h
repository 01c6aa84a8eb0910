/* The variables of key formats: options that give them, and their defaults. */
#ifndef ARTCTL_VARIABLES_H
#define ARTCTL_VARIABLES_H

#include <artrepo/key.h>

#include "context.h"

#define DEFAULT_WORKFLOW "artctl"
#define DEFAULT_NAMESPACE "default"

/* The options, for the tables of commands that have them. TEMPLATE is what the option of the
 * template's name is called. */
#define VARIABLE_OPTIONS(template)                                                                 \
    {"workflow",  0,                                                                               \
     OPTION_TEXT, OPTION_FIELD(workflow),                                                          \
     "NAME",      "workflow's name (default " DEFAULT_WORKFLOW ")",                                \
     0,           0},                                                                              \
        {"namespace", 0,                                                                           \
         OPTION_TEXT, OPTION_FIELD(namespace_name),                                                \
         "NAME",      "workflow's namespace (default " DEFAULT_NAMESPACE ")",                      \
         0,           0},                                                                          \
        {"pod", 0, OPTION_TEXT, OPTION_FIELD(pod), "NAME", "pod's name (default: from --node)",    \
         0,     0},                                                                                \
        {"node",      0,                                                                           \
         OPTION_TEXT, OPTION_FIELD(node),                                                          \
         "NAME",      "node's name, as in wf[0].step (default: workflow's)",                       \
         0,           0},                                                                          \
        {template, 0, OPTION_TEXT, OPTION_FIELD(template_name), "NAME", "template of the node",    \
         0,        0},                                                                             \
    {                                                                                              \
        "var", 0, OPTION_LIST, OPTION_FIELD(variables), "NAME=VALUE",                              \
            "another variable of the key format; repeatable", 0, 0                                 \
    }

/*
 * TEMPLATE_OPTION ("--template") stands in messages; TEMPLATE_NAME (may be NULL) is taken when the
 * option was not given. POD (may be NULL) is the pod's name; free() it.
 */
artrepo_code variables_make(struct context *context, const char *template_option,
                            const char *template_name, artrepo_variables **variables, char **pod);

#endif
