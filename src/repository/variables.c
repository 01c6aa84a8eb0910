#include "repository/variables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/value.h"

struct artrepo_variables {
    ar_value *values; /* an object of strings; names are taken whole, dots and all */
};

artrepo_variables *artrepo_variables_new(void) {
    artrepo_variables *variables = calloc(1, sizeof *variables);
    if (variables == NULL || (variables->values = ar_value_new(AR_VALUE_OBJECT, NULL)) == NULL) {
        free(variables);
        return NULL;
    }
    return variables;
}

void artrepo_variables_free(artrepo_variables *variables) {
    if (variables != NULL) {
        ar_value_free(variables->values);
        free(variables);
    }
}

artrepo_code artrepo_variables_set(artrepo_variables *variables, const char *name,
                                   const char *value, artrepo_error *error) {
    return ar_value_put_string(variables->values, name, value)
               ? ARTREPO_OK
               : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for variable '%s'", name);
}

const char *artrepo_variables_get(const artrepo_variables *variables, const char *name) {
    return ar_variables_find(variables, name, strlen(name));
}

const char *ar_variables_find(const artrepo_variables *variables, const char *name, size_t length) {
    for (size_t i = 0; variables != NULL && i < variables->values->count; i++) {
        const ar_member *member = &variables->values->members[i];
        if (strncmp(member->name, name, length) == 0 && member->name[length] == '\0') {
            return member->value->text;
        }
    }
    return NULL;
}

/* ---- the creation time ---- */

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                   "Thursday", "Friday", "Saturday"};

enum { MAX_PART = 64 };

/* What Argo makes of "%LETTER". Not strftime(), which speaks the application's language. */
static void format_part(char letter, const struct tm *time, int milliseconds, char *text) {
    int hour = time->tm_hour % 12 == 0 ? 12 : time->tm_hour % 12;
    switch (letter) {
    case 'B':
        snprintf(text, MAX_PART, "%s", months[time->tm_mon]);
        break;
    case 'b':
        snprintf(text, MAX_PART, "%.3s", months[time->tm_mon]);
        break;
    case 'm':
        snprintf(text, MAX_PART, "%02d", time->tm_mon + 1);
        break;
    case 'A':
        snprintf(text, MAX_PART, "%s", days[time->tm_wday]);
        break;
    case 'a':
        snprintf(text, MAX_PART, "%.3s", days[time->tm_wday]);
        break;
    case 'd':
        snprintf(text, MAX_PART, "%02d", time->tm_mday);
        break;
    case 'H':
        snprintf(text, MAX_PART, "%02d", time->tm_hour);
        break;
    case 'I':
        snprintf(text, MAX_PART, "%02d", hour);
        break;
    case 'M':
        snprintf(text, MAX_PART, "%02d", time->tm_min);
        break;
    case 'S':
        snprintf(text, MAX_PART, "%02d", time->tm_sec);
        break;
    case 'Y':
        snprintf(text, MAX_PART, "%04d", time->tm_year + 1900);
        break;
    case 'y':
        snprintf(text, MAX_PART, "%02d", (time->tm_year + 1900) % 100);
        break;
    case 'p':
        snprintf(text, MAX_PART, "%s", time->tm_hour < 12 ? "AM" : "PM");
        break;
    case 'Z':
        snprintf(text, MAX_PART, "UTC");
        break;
    case 'z':
        snprintf(text, MAX_PART, "+0000");
        break;
    case 'L':
        snprintf(text, MAX_PART, ".%03d", milliseconds);
        break;
    default:
        text[0] = '\0';
        break;
    }
}

static artrepo_code set_time(artrepo_variables *variables, const char *part, const char *value,
                             artrepo_error *error) {
    char name[64];
    snprintf(name, sizeof name, "workflow.creationTimestamp%s%s", part[0] == '\0' ? "" : ".", part);
    return artrepo_variables_set(variables, name, value, error);
}

artrepo_code artrepo_variables_set_creation_time(artrepo_variables *variables,
                                                 int64_t unix_milliseconds, artrepo_error *error) {
    int milliseconds = (int)((unix_milliseconds % 1000 + 1000) % 1000);
    time_t seconds = (time_t)(unix_milliseconds / 1000 - (unix_milliseconds % 1000 < 0 ? 1 : 0));
    struct tm time;
    if (gmtime_r(&seconds, &time) == NULL || time.tm_year < -1900 || time.tm_year > 8099) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "creation time %lld ms is not in the years 0 to 9999",
                                 (long long)unix_milliseconds);
    }
    char text[MAX_PART];
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02dZ", time.tm_year + 1900,
             time.tm_mon + 1, time.tm_mday, time.tm_hour, time.tm_min, time.tm_sec);
    artrepo_code code = set_time(variables, "", text, error);
    if (code == ARTREPO_OK) {
        code = set_time(variables, "RFC3339", text, error);
    }
    if (code == ARTREPO_OK) {
        snprintf(text, sizeof text, "%lld", (long long)seconds);
        code = set_time(variables, "s", text, error);
    }
    for (const char *letter = "BbmAadHIMSYypZzL"; code == ARTREPO_OK && *letter != '\0'; letter++) {
        char part[2] = {*letter, '\0'};
        format_part(*letter, &time, milliseconds, text);
        code = set_time(variables, part, text, error);
    }
    return code;
}
