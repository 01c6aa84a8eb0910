/* A temporary file for uploads whose length the server wants to know before. */
#ifndef AR_WEB_SPOOL_H
#define AR_WEB_SPOOL_H

#include <artrepo/operation.h>
#include <artrepo/stream.h>

/*
 * Writes all of SOURCE, up to LIMIT bytes, to a file in $TMPDIR (or /tmp) that has no name any
 * more. *DESCRIPTOR is the caller's to close.
 */
artrepo_code ar_web_spool(artrepo_source *source, int64_t limit, artrepo_operation *operation,
                          int *descriptor, int64_t *size, artrepo_error *error);

#endif
