/* Log records as lines on standard error: logfmt, as Argo's executor writes it, or JSON. */
#ifndef ARTCTL_LOG_H
#define ARTCTL_LOG_H

#include <stdbool.h>
#include <stdio.h>

#include <artrepo/operation.h>

#include "progress.h"

struct log {
    struct progress *progress; /* the line that must not be written into */
    bool errors;               /* shown too, although the run ends with the same words */
    bool json;
};

/* An artrepo_log_callback; DATA is a struct log. */
void log_record(void *data, const artrepo_log_record *record);

/* ---- one line in each format ---- */

const char *log_level_name(artrepo_log_level level);
void log_write_logfmt(FILE *out, const artrepo_log_record *record);
void log_write_json(FILE *out, const artrepo_log_record *record);

#endif
