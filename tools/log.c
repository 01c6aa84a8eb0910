#include "log.h"

#include <stdlib.h>

const char *log_level_name(artrepo_log_level level) {
    switch (level) {
    case ARTREPO_LOG_DEBUG:
        return "debug";
    case ARTREPO_LOG_INFO:
        return "info";
    case ARTREPO_LOG_WARNING:
        return "warning";
    case ARTREPO_LOG_ERROR:
        return "error";
    }
    return "unknown";
}

/* The whole line at once, so that lines of several threads, or processes, do not mix. */
static void write_line(const struct log *log, const artrepo_log_record *record) {
    char *line = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&line, &size);
    if (out == NULL) {
        return;
    }
    (log->json ? log_write_json : log_write_logfmt)(out, record);
    if (fclose(out) == 0) {
        progress_pause(log->progress);
        fwrite(line, 1, size, stderr);
        progress_resume(log->progress);
    }
    free(line);
}

void log_record(void *data, const artrepo_log_record *record) {
    const struct log *log = data;
    if (record->level != ARTREPO_LOG_ERROR || log->errors) {
        write_line(log, record);
    }
}
