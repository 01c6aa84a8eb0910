/* The check of the settings of one kind, in a repository or in an artifact's location. */
#ifndef AR_REPOSITORY_SETTINGS_CHECK_H
#define AR_REPOSITORY_SETTINGS_CHECK_H

#include <stdbool.h>

#include "repository/kind.h"
#include "repository/schema.h"

/*
 * NAME is what the file calls it. REPOSITORY allows the fields of the key scheme. Settings with
 * `driver: NAME` are that driver's: of those, as of drivers that we know nothing about, only the
 * fields of the key are checked.
 */
artrepo_code ar_settings_check(const ar_check *check, const ar_kind *kind, const char *name,
                               const ar_value *settings, bool repository);

#endif
