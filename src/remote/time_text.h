/* Times as JSON documents have them. */
#ifndef AR_REMOTE_TIME_TEXT_H
#define AR_REMOTE_TIME_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* RFC 3339, with any offset, in milliseconds since 1970; false when TEXT is none. */
bool ar_time_of_text(const char *text, int64_t *ms);

#endif
