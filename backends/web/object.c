#include "web/object.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What does not fit would be another version, cut off. */
static bool copy_version(const char *text, artrepo_object *object) {
    if (text == NULL || text[0] == '\0' || strlen(text) >= sizeof object->version) {
        return false;
    }
    snprintf(object->version, sizeof object->version, "%s", text);
    return true;
}

void ar_web_object_of_headers(const char *key, const ar_http_response *response,
                              artrepo_object *object) {
    *object = (artrepo_object){.key = key, .size = -1};
    const char *type = ar_http_response_header(response, "Content-Type");
    if (!copy_version(ar_http_response_header(response, "ETag"), object)) {
        copy_version(ar_http_response_header(response, "Last-Modified"), object);
    }
    object->modified_ms = ar_http_response_modified_ms(response);
    snprintf(object->content_type, sizeof object->content_type, "%s", type == NULL ? "" : type);
}

/* *END behind the digits; -1 when there are none. */
static int64_t read_number(const char *text, const char **end) {
    char *rest = NULL;
    *end = text;
    if (text[0] < '0' || text[0] > '9') {
        return -1;
    }
    errno = 0;
    long long number = strtoll(text, &rest, 10);
    *end = rest;
    return errno == 0 ? number : -1;
}

bool ar_web_content_range(const ar_http_response *response, int64_t *first, int64_t *total) {
    const char *text = ar_http_response_header(response, "Content-Range");
    *first = *total = -1;
    if (text == NULL || strncasecmp(text, "bytes", 5) != 0) {
        return false;
    }
    text += 5;
    text += strspn(text, " =");
    *first = read_number(text, &text);
    text = strchr(text, '/');
    if (text != NULL) {
        const char *end;
        *total = read_number(text + 1, &end);
    }
    return true;
}

bool ar_web_condition(const char *version, char *line, size_t size) {
    if (version[0] == '"') {
        snprintf(line, size, "If-Match: %s", version);
        return true;
    }
    if (version[0] != '\0' && strncmp(version, "W/", 2) != 0) {
        bool is_date = curl_getdate(version, NULL) >= 0;
        snprintf(line, size, "%s: %s", is_date ? "If-Unmodified-Since" : "If-Match", version);
        return is_date;
    }
    return false;
}
