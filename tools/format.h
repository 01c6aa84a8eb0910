/* Numbers and times as texts. */
#ifndef ARTCTL_FORMAT_H
#define ARTCTL_FORMAT_H

#include <stdint.h>

typedef struct format_text {
    char text[40];
} format_text;

/* "512 B", "12.3 MiB" */
format_text format_bytes(int64_t bytes);
/* "0:05", "1:02:03" */
format_text format_duration(double seconds);
/* "2025-06-10T14:58:09Z" */
format_text format_time(int64_t unix_milliseconds);

#endif
