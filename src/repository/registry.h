/* The drivers of this process. */
#ifndef AR_REPOSITORY_REGISTRY_H
#define AR_REPOSITORY_REGISTRY_H

#include <stdbool.h>

#include <artrepo/driver.h>

/* Whether a driver of that name is built in, registered or loaded. Any thread. */
bool ar_registry_has(const char *name);
/* Whether DRIVER is part of the library: those count their progress themselves. */
bool ar_registry_is_built_in(const artrepo_driver *driver);

#endif
