/*
 * Staged outputs: what the main container left for the wait container below the outputs directory.
 * PATH.tgz is Argo's form; the others are this project's, one for each strategy, so that nothing is
 * archived only to be unarchived again:
 *
 *     .tgz  .tar.zst  .tar    tar, by its compression
 *     .zip                    zip
 *     .none                   none: the file, or a directory with the files below it
 */
#ifndef AR_EXECUTOR_STAGED_H
#define AR_EXECUTOR_STAGED_H

#include "executor/tasks.h"

/* What an artifact of STRATEGY is staged as. Static storage. */
const char *ar_staged_form(const artrepo_archive_strategy *strategy);

/* Sets task->staged to what is there for the artifact: its own form, or else Argo's; NULL when
 * nothing is. *READY says that it needs no unpacking. */
artrepo_code ar_staged_find(const artrepo_executor *executor, ar_task *task, bool *ready,
                            artrepo_error *error);

/* Saves it under KEY. */
artrepo_code ar_staged_save(const artrepo_executor *executor, artrepo_repository *repository,
                            const char *key, ar_task *task, bool ready,
                            artrepo_operation *operation, artrepo_error *error);

#endif
