/* What a driver is opened with: a tree of settings, and where its secrets are. */
#ifndef AR_BASE_SETTINGS_H
#define AR_BASE_SETTINGS_H

#include <artrepo/driver.h>

#include "base/value.h"

struct artrepo_driver_settings {
    const ar_value *root;          /* an object */
    const char *kind;              /* "s3"; stands in messages */
    const char *secrets_directory; /* never NULL */
};

#endif
