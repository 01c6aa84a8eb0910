/* What load, save and stage share: their template, its executor, and the options of both. */
#ifndef ARTCTL_RUNNER_H
#define ARTCTL_RUNNER_H

#include <artrepo/executor.h>

#include "context.h"

struct runner {
    artrepo_template *argo_template;
    artrepo_variables *variables;
    artrepo_executor *executor;
};

/* --template, --artifact, --config-dir, --concurrency. */
extern const option_spec runner_template_options[];

/* The executor of the options. REPOSITORY: it will need one. Fields of OPTIONS that no option of
 * the command line stands for are kept. Close RUNNER in any case. */
artrepo_code runner_open(struct context *context, struct runner *runner, bool repository,
                         artrepo_executor_options *options);
void runner_close(struct runner *runner);

#endif
