/* An executor's inside. */
#ifndef AR_EXECUTOR_EXECUTOR_H
#define AR_EXECUTOR_EXECUTOR_H

#include <artrepo/executor.h>

#include "executor/stores.h"
#include "executor/template.h"

struct artrepo_executor {
    const artrepo_template *argo_template;
    artrepo_executor_options options;           /* directories are never NULL where they have a
                                                   default */
    bool outputs_given;                         /* the outputs directory is not the default */
    const artrepo_configuration *configuration; /* the archive location; NULL: there is none */
    bool archive_logs;
    ar_stores stores;
};

#endif
