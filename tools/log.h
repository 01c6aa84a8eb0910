/* Log records as logfmt lines on standard error. */
#ifndef ARTCTL_LOG_H
#define ARTCTL_LOG_H

#include <stdbool.h>

#include <artrepo/operation.h>

#include "progress.h"

struct log {
    struct progress *progress; /* the line that must not be written into */
    bool errors;               /* shown too, although the run ends with the same words */
};

/* An artrepo_log_callback; DATA is a struct log. */
void log_record(void *data, const artrepo_log_record *record);

#endif
