#include "log.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *level_name(artrepo_log_level level) {
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

static bool is_plain(const char *text) {
    for (; *text != '\0'; text++) {
        if (!isalnum((unsigned char)*text) && strchr("-._/@^+:", *text) == NULL) {
            return false;
        }
    }
    return true;
}

static void write_quoted(const char *text) {
    fputc('"', stderr);
    for (; *text != '\0'; text++) {
        unsigned char letter = (unsigned char)*text;
        if (letter == '"' || letter == '\\') {
            fprintf(stderr, "\\%c", letter);
        } else if (letter == '\n') {
            fputs("\\n", stderr);
        } else if (letter < 0x20 || letter == 0x7f) {
            fprintf(stderr, "\\x%02x", letter);
        } else {
            fputc(letter, stderr);
        }
    }
    fputc('"', stderr);
}

static void write_field(const artrepo_log_field *field) {
    const char *value = field->value != NULL ? field->value : "";
    fprintf(stderr, " %s=", field->name);
    if (value[0] != '\0' && is_plain(value)) {
        fputs(value, stderr);
    } else {
        write_quoted(value);
    }
}

static void write_time(void) {
    char when[32];
    time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts) != NULL && strftime(when, sizeof when, "%FT%T UTC", &parts) > 0) {
        fprintf(stderr, "time=\"%s\" ", when);
    }
}

void log_record(void *data, const artrepo_log_record *record) {
    const struct log *log = data;
    if (record->level == ARTREPO_LOG_ERROR && !log->errors) {
        return;
    }
    progress_pause(log->progress);
    write_time();
    fprintf(stderr, "level=%s msg=", level_name(record->level));
    write_quoted(record->message);
    for (size_t i = 0; i < record->field_count; i++) {
        write_field(&record->fields[i]);
    }
    fputc('\n', stderr);
    progress_resume(log->progress);
}
