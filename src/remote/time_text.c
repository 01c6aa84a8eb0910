#include "remote/time_text.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

/* "Z", "+02:00" or "+0200"; in seconds. */
static bool parse_offset(const char *text, int *offset) {
    *offset = 0;
    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
        return true;
    }
    size_t length = strlen(text);
    bool colon = length == 6 && text[3] == ':';
    const char *minutes = text + (colon ? 4 : 3);
    if ((text[0] != '+' && text[0] != '-') || (length != 5 && !colon) ||
        !isdigit((unsigned char)text[1]) || !isdigit((unsigned char)text[2]) ||
        !isdigit((unsigned char)minutes[0]) || !isdigit((unsigned char)minutes[1])) {
        return false;
    }
    int seconds = ((text[1] - '0') * 10 + text[2] - '0') * 3600 +
                  ((minutes[0] - '0') * 10 + minutes[1] - '0') * 60;
    *offset = text[0] == '-' ? -seconds : seconds;
    return true;
}

bool ar_time_of_text(const char *text, int64_t *ms) {
    struct tm parts = {0};
    int offset;
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest == NULL) {
        return false;
    }
    int64_t fraction = 0;
    if (rest[0] == '.') {
        int64_t unit = 100;
        for (rest++; isdigit((unsigned char)*rest); rest++) {
            fraction += (*rest - '0') * unit;
            unit /= 10;
        }
    }
    if (!parse_offset(rest, &offset)) {
        return false;
    }
    *ms = ((int64_t)timegm(&parts) - offset) * 1000 + fraction;
    return true;
}
