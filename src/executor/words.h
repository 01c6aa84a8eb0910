/* Events that Argo's executor has words for: those of its version 3.6, which people's filters look
 * for, and those of version 4. Only the first of them says argo=true. */
#ifndef AR_EXECUTOR_WORDS_H
#define AR_EXECUTOR_WORDS_H

#include <artrepo/archive.h>
#include <artrepo/operation.h>

/* "SOURCE -> DESTINATION" and "saving artifact". */
void ar_log_saving(const artrepo_operation *operation, const char *source, const char *destination);
/* "Taring SOURCE" and "tarring", or "zipping"; nothing where STRATEGY makes no archive. */
void ar_log_archiving(const artrepo_operation *operation, const artrepo_archive_strategy *strategy,
                      const char *source);

#endif
