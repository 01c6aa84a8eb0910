/* An explanation on standard output. */
#ifndef ARTCTL_EXPLAIN_H
#define ARTCTL_EXPLAIN_H

#include <artrepo/explain.h>

#include "context.h"

/* PATH is what the artifact's path is called. */
artrepo_code explain_print_text(const char *key, const char *path,
                                const artrepo_explanation *explanation, artrepo_error *error);
artrepo_code explain_print_json(const char *key, const char *path,
                                const artrepo_explanation *explanation, artrepo_error *error);

#endif
