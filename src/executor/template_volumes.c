/* Where in a pod a path is: on a volume, below an input artifact, or in the image. */
#include "executor/template.h"

#include <string.h>

#include "repository/artifact.h"
#include "repository/location.h"

/* Whether PATH is TOP or below it. TOP has no slash at its end. */
static bool is_at_or_below(const char *path, const char *top) {
    size_t length = strlen(top);
    return strncmp(path, top, length) == 0 && (path[length] == '\0' || path[length] == '/');
}

const char *artrepo_template_volume(const artrepo_template *argo_template, const char *path) {
    const ar_template_texts *mounts = &argo_template->mounts;
    for (size_t i = 0; i < mounts->count; i++) {
        if (is_at_or_below(path, mounts->items[i])) {
            return mounts->items[i];
        }
    }
    return NULL;
}

bool ar_template_has_location_or_key(const artrepo_artifact *artifact) {
    const artrepo_location *location = artifact->location;
    return location != NULL && (ar_location_is_complete(location) ||
                                (location->key != NULL && location->key[0] != '\0'));
}

bool ar_template_is_image_path(const artrepo_template *argo_template, const char *path) {
    if (artrepo_template_volume(argo_template, path) != NULL) {
        return false;
    }
    const ar_template_artifacts *inputs = &argo_template->inputs;
    for (size_t i = 0; i < inputs->count; i++) {
        const artrepo_artifact *input = inputs->items[i].artifact;
        if (input->path == NULL || !is_at_or_below(path, input->path)) {
            continue;
        }
        /* An optional one that was not supplied is not mounted: what is at its path was made by the
         * container itself. */
        bool same = strcmp(path, input->path) == 0;
        return same && input->optional && !ar_template_has_location_or_key(input);
    }
    return true;
}
