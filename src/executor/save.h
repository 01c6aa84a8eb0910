/* Saving one artifact under another name than that of its path. */
#ifndef AR_EXECUTOR_SAVE_H
#define AR_EXECUTOR_SAVE_H

#include <artrepo/executor.h>

/* As artrepo_artifact_save(); NAME (may be NULL) is what the archive's entries are named by instead
 * of PATH's base name. */
artrepo_code ar_artifact_save_named(artrepo_repository *repository, const char *key,
                                    const artrepo_artifact *artifact, const char *path,
                                    const char *name, artrepo_transfer *transfer,
                                    artrepo_operation *operation, artrepo_error *error);

#endif
