/* A template's inside. */
#ifndef AR_EXECUTOR_TEMPLATE_H
#define AR_EXECUTOR_TEMPLATE_H

#include <artrepo/template.h>

/* An artifact of a template. */
typedef struct ar_template_artifact {
    artrepo_artifact *artifact; /* without a path when that is refused */
    artrepo_error refusal;      /* why its path is; ARTREPO_OK otherwise */
} ar_template_artifact;

typedef struct ar_template_artifacts {
    ar_template_artifact *items;
    size_t count;
} ar_template_artifacts;

typedef struct ar_template_texts {
    char **items;
    size_t count;
} ar_template_texts;

typedef enum ar_template_switch {
    AR_TEMPLATE_UNSET,
    AR_TEMPLATE_OFF,
    AR_TEMPLATE_ON
} ar_template_switch;

struct artrepo_template {
    char *name;
    ar_template_artifacts inputs, outputs;
    artrepo_configuration *archive_location; /* NULL: none, or one that names no store */
    ar_template_switch archive_logs;
    ar_template_texts mounts;     /* mount paths without trailing slashes, the longest first */
    ar_template_texts containers; /* whose logs are archived */
};

/*
 * Whether PATH, of an output artifact, is in the image of the main container: neither on a volume
 * nor at or below an input artifact's path, which are mounted.
 */
bool ar_template_is_image_path(const artrepo_template *argo_template, const char *path);

/* Whether an input artifact was supplied. */
bool ar_template_has_location_or_key(const artrepo_artifact *artifact);

#endif
