#include "format.h"

#include <stdio.h>
#include <time.h>

format_text format_bytes(int64_t bytes) {
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    format_text result;
    if (bytes < 1024) {
        snprintf(result.text, sizeof result.text, "%lld B", (long long)bytes);
        return result;
    }
    double number = (double)bytes / 1024;
    size_t unit = 0;
    while (number >= 1024 && unit + 1 < sizeof units / sizeof units[0]) {
        number /= 1024;
        unit++;
    }
    snprintf(result.text, sizeof result.text, "%.1f %s", number, units[unit]);
    return result;
}

format_text format_duration(double seconds) {
    const double longest = 99.0 * 3600;
    format_text result;
    long whole = (long)(seconds < longest ? seconds : longest);
    if (whole >= 3600) {
        snprintf(result.text, sizeof result.text, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60,
                 whole % 60);
    } else {
        snprintf(result.text, sizeof result.text, "%ld:%02ld", whole / 60, whole % 60);
    }
    return result;
}

format_text format_time(int64_t unix_milliseconds) {
    format_text result = {""};
    time_t seconds = (time_t)(unix_milliseconds / 1000);
    struct tm parts;
    if (gmtime_r(&seconds, &parts) != NULL) {
        strftime(result.text, sizeof result.text, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
    return result;
}
