/* The files that a repository's selectors of secrets point to. */
#ifndef AR_REPOSITORY_SECRET_FILES_H
#define AR_REPOSITORY_SECRET_FILES_H

#include <artrepo/operation.h>

#include "base/settings.h"

/* Logs a warning for each that others can read. */
void ar_secret_files_check(const artrepo_driver_settings *settings,
                           const artrepo_operation *operation);

#endif
