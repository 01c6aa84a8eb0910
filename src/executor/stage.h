/* One path as a staged file or directory. */
#ifndef AR_EXECUTOR_STAGE_H
#define AR_EXECUTOR_STAGE_H

#include <artrepo/executor.h>

/*
 * PATH by STRATEGY as STAGED, its entries named by NAME, which appears whole or not at all, in the
 * place of what is there. With the none strategy a directory is staged as the files below it, as it
 * will be stored: symbolic links are left out.
 */
artrepo_code ar_stage_path(const char *path, const char *name,
                           const artrepo_archive_strategy *strategy, const char *staged,
                           artrepo_transfer *transfer, artrepo_operation *operation,
                           artrepo_error *error);

#endif
