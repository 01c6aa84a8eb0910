/* Percent-encoding (RFC 3986). */
#ifndef AR_REMOTE_PERCENT_H
#define AR_REMOTE_PERCENT_H

#include <stdbool.h>

#include "base/buffer.h"

/* Appends TEXT with all but the unreserved characters encoded; with KEEP_SLASHES, "/" stays as
 * well. False when there is no memory. */
bool ar_percent_encode(ar_buffer *out, const char *text, bool keep_slashes);

#endif
