#include "http/response.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"

#define MAX_RETRY_AFTER_MS (INT64_C(3600) * 1000)
#define LAST_DATE INT64_C(253402300799) /* of the year 9999: times are added to dates */

/* The value of the first header NAME in LINE or behind it. */
static const char *find_header(const ar_http_response *response, const char *line,
                               const char *name) {
    size_t length = strlen(name);
    const char *end = line == NULL ? NULL : response->headers.data + response->headers.size;
    while (line < end) {
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            const char *value = line + length + 1;
            return value + strspn(value, " \t");
        }
        line += strlen(line) + 1;
    }
    return NULL;
}

const char *ar_http_response_header(const ar_http_response *response, const char *name) {
    return find_header(response, response->headers.data, name);
}

bool ar_http_response_contradicts_itself(const ar_http_response *response) {
    static const char name[] = "Content-Length";
    const char *first = ar_http_response_header(response, name);
    const char *other = first;
    while (other != NULL && strcmp(first, other) == 0) {
        other = find_header(response, other + strlen(other) + 1, name);
    }
    return other != NULL;
}

void ar_http_response_clear(ar_http_response *response) {
    ar_buffer_free(&response->headers);
    ar_buffer_free(&response->body);
    *response = (ar_http_response)AR_HTTP_RESPONSE_INIT;
}

/* Digits alone; -1 for anything else. */
static int64_t parse_number(const char *text) {
    char *end;
    if (text[0] < '0' || text[0] > '9') {
        return -1;
    }
    errno = 0;
    long long number = strtoll(text, &end, 10);
    return *end != '\0' || errno != 0 ? -1 : number;
}

/* A date in milliseconds; 0 for what is none, or lies too far away. */
static int64_t parse_date(const char *text) {
    time_t date = text == NULL ? -1 : curl_getdate(text, NULL);
    return date < 0 || date > LAST_DATE ? 0 : (int64_t)date * 1000;
}

/* Seconds, or a date. */
static int64_t parse_retry_after(const char *text) {
    int64_t ms = parse_number(text);
    if (ms >= 0) {
        ms = ms > MAX_RETRY_AFTER_MS / 1000 ? MAX_RETRY_AFTER_MS : ms * 1000;
    } else {
        ms = parse_date(text) - ar_clock_wall_ms();
    }
    return ms < 0 ? 0 : ms > MAX_RETRY_AFTER_MS ? MAX_RETRY_AFTER_MS : ms;
}

/* Seconds have many answers, whose dates are the same. */
static int64_t parse_answers_date(const char *text) {
    static _Thread_local char last[64];
    static _Thread_local int64_t last_ms;
    if (text == NULL || strlen(text) >= sizeof last) {
        return 0;
    }
    if (strcmp(text, last) != 0) {
        last_ms = parse_date(text);
        snprintf(last, sizeof last, "%s", text);
    }
    return last_ms;
}

int64_t ar_http_response_modified_ms(const ar_http_response *response) {
    return parse_date(ar_http_response_header(response, "Last-Modified"));
}

/* The blank line: what the transport itself needs of the headers. */
static void finish_headers(ar_http_response *response) {
    const char *value = ar_http_response_header(response, "Content-Length");
    response->content_length = value == NULL ? -1 : parse_number(value);
    response->date_ms = parse_answers_date(ar_http_response_header(response, "Date"));
    value = ar_http_response_header(response, "Retry-After");
    response->retry_after_ms = value == NULL ? 0 : parse_retry_after(value);
}

/* "HTTP/1.1 404 Not Found", not zero-terminated. 0 when there is no status in it. */
static int read_status(const char *line, size_t size) {
    const char *end = line + size;
    const char *digit = memchr(line, ' ', size);
    int status = 0;
    for (digit = digit == NULL ? end : digit + 1;
         digit < end && *digit >= '0' && *digit <= '9' && status < 1000; digit++) {
        status = status * 10 + (*digit - '0');
    }
    return status;
}

/* Values are quoted in messages and sent back in headers, where lines must not end within them. */
static bool has_control_character(const char *line, size_t size) {
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)line[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return true;
        }
    }
    return false;
}

bool ar_http_response_add_line(ar_http_response *response, const char *line, size_t size) {
    while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r' || line[size - 1] == ' ' ||
                        line[size - 1] == '\t')) {
        size--;
    }
    if (size == 0) {
        finish_headers(response);
        return true;
    }
    if (size >= 5 && strncasecmp(line, "HTTP/", 5) == 0) {
        /* A proxy's answer or "100 Continue" went before: only the last answer counts. */
        ar_buffer_clear(&response->headers);
        response->status = read_status(line, size);
        response->is_http_1_0 = size >= 8 && strncasecmp(line, "HTTP/1.0", 8) == 0;
        return true;
    }
    if (has_control_character(line, size)) {
        return true;
    }
    return response->headers.size + size < AR_HTTP_MAX_HEADERS &&
           ar_buffer_append(&response->headers, line, size) &&
           ar_buffer_append_char(&response->headers, '\0');
}
