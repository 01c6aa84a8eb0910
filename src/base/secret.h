/* Secrets in files. */
#ifndef AR_BASE_SECRET_H
#define AR_BASE_SECRET_H

#include <stddef.h>

#include <artrepo/driver.h>

/* The file at PATH, of at most LIMIT bytes, into *SECRET, with no copy of it left anywhere else. */
artrepo_code ar_secret_read(const char *path, size_t limit, artrepo_secret *secret,
                            artrepo_error *error);

/* Logs a warning when the file at PATH can be read by others than its owner and group, it is the
 * caller's own, so that this can be changed, and it lies on a disk: Kubernetes projects secrets
 * into memory, with 0644 as the default. */
void ar_secret_warn_readable(const char *path, const artrepo_operation *operation);

#endif
