/* Names taken from local paths. */
#ifndef ARTCTL_PATH_H
#define ARTCTL_PATH_H

#include <artrepo/error.h>

/* PATH from the root, with ".", ".." and doubled slashes resolved as text. free() *ABSOLUTE. */
artrepo_code path_absolute(const char *path, char **absolute, artrepo_error *error);

/* What follows the last slash of an absolute path; "" for the root. */
const char *path_base(const char *absolute);

#endif
