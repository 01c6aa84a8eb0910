/* time="2025-06-10T14:58:09 UTC" level=info msg="saving artifact" src=/a dst=b */
#include "log.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

#include "control.h"

static bool is_plain(const char *text) {
    for (; *text != '\0'; text++) {
        if (!isalnum((unsigned char)*text) && strchr("-._/@^+:", *text) == NULL) {
            return false;
        }
    }
    return true;
}

static void write_quoted(FILE *out, const char *text) {
    fputc('"', out);
    for (; *text != '\0'; text++) {
        unsigned char letter = (unsigned char)*text;
        size_t control = control_length(text);
        if (letter == '"' || letter == '\\') {
            fprintf(out, "\\%c", letter);
        } else if (letter == '\n') {
            fputs("\\n", out);
        } else if (control > 0) {
            text += control - 1;
            fprintf(out, "\\x%02x", (unsigned char)*text);
        } else {
            fputc(letter, out);
        }
    }
    fputc('"', out);
}

static void write_field(FILE *out, const char *name, const char *value) {
    value = value != NULL ? value : "";
    fprintf(out, " %s=", name);
    if (value[0] != '\0' && is_plain(value)) {
        fputs(value, out);
    } else {
        write_quoted(out, value);
    }
}

void log_write_logfmt(FILE *out, const artrepo_log_record *record) {
    char when[32];
    time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts) != NULL && strftime(when, sizeof when, "%FT%T UTC", &parts) > 0) {
        fprintf(out, "time=\"%s\" ", when);
    }
    fprintf(out, "level=%s", log_level_name(record->level));
    write_field(out, "msg", record->message);
    for (size_t i = 0; i < record->field_count; i++) {
        write_field(out, record->fields[i].name, record->fields[i].value);
    }
    fputc('\n', out);
}
