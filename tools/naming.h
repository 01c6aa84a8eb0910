/* The key that the executor would choose: options that give its variables, and the key itself. */
#ifndef ARTCTL_NAMING_H
#define ARTCTL_NAMING_H

#include <artrepo/artifact.h>

#include "context.h"

extern const option_spec naming_options[];

/* The output artifact of the options: --name, --path, --archive. PATH is what is stored, NULL when
 * there is no such file (standard input, or only a key is asked for). */
artrepo_code naming_artifact(struct context *context, const char *path,
                             artrepo_artifact **artifact);

/* Its key in the configured repository. free() both; POD (may be NULL) is the pod's name. */
artrepo_code naming_key(struct context *context, const artrepo_artifact *artifact, char **key,
                        char **pod);

#endif
