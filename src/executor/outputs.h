/* What was saved: the artifacts with their locations. */
#ifndef AR_EXECUTOR_OUTPUTS_H
#define AR_EXECUTOR_OUTPUTS_H

#include <artrepo/executor.h>

struct artrepo_outputs {
    artrepo_artifact **items;
    size_t count;
};

/* NULL when there is no memory. */
artrepo_outputs *ar_outputs_new(void);

/* Adds ARTIFACT as the template gave it, with LOCATION, where it was saved; of that only the key
 * when the rest is not the artifact's own. */
artrepo_code ar_outputs_add(artrepo_outputs *outputs, const artrepo_artifact *artifact,
                            const artrepo_location *location, artrepo_error *error);

#endif
