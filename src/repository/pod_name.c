/* The names that Argo's controller gives to pods and nodes. */
#include <artrepo/key.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"

/* What Kubernetes allows, less the hash and its hyphen. */
enum { MAX_PREFIX = 242 };

/* FNV-1a, 32 bits. */
static uint32_t hash_of(const char *text) {
    uint32_t hash = 2166136261U;
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char)*text) * 16777619U;
    }
    return hash;
}

static artrepo_code give(ar_buffer *name, bool complete, char **out, artrepo_error *error) {
    char *text = complete ? ar_buffer_steal(name) : NULL;
    ar_buffer_free(name);
    if (text == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a name");
    }
    *out = text;
    return ARTREPO_OK;
}

artrepo_code artrepo_pod_name(const char *workflow, const char *node, const char *template_name,
                              char **pod, artrepo_error *error) {
    ar_buffer name = AR_BUFFER_INIT;
    bool complete = ar_buffer_append_text(&name, workflow);
    if (strcmp(workflow, node) != 0) {
        if (template_name != NULL && template_name[0] != '\0') {
            complete = complete && ar_buffer_printf(&name, "-%s", template_name);
        }
        name.size = name.size > MAX_PREFIX ? MAX_PREFIX : name.size;
        complete = complete && ar_buffer_printf(&name, "-%u", hash_of(node));
    }
    return give(&name, complete, pod, error);
}

artrepo_code artrepo_node_id(const char *workflow, const char *node, char **id,
                             artrepo_error *error) {
    ar_buffer name = AR_BUFFER_INIT;
    bool complete = ar_buffer_append_text(&name, workflow);
    if (strcmp(workflow, node) != 0) {
        complete = complete && ar_buffer_printf(&name, "-%u", hash_of(node));
    }
    return give(&name, complete, id, error);
}
