#include "s3/object.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

void ar_s3_copy_etag(const char *etag, char *version, size_t size) {
    size_t length = strlen(etag);
    if (length >= 2 && etag[0] == '"' && etag[length - 1] == '"') {
        etag++;
        length -= 2;
    }
    snprintf(version, size, "%.*s", (int)length, etag);
}

int64_t ar_s3_time_of_text(const char *text) {
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest == NULL) {
        return 0;
    }
    int64_t ms = 0;
    if (rest[0] == '.') {
        ms = (int64_t)(strtod(rest, NULL) * 1000.0);
    }
    return (int64_t)timegm(&parts) * 1000 + ms;
}

void ar_s3_object_of_headers(const char *key, const ar_http_response *response,
                             artrepo_object *object) {
    *object = (artrepo_object){.key = key, .size = -1};
    const char *value = ar_http_response_header(response, "ETag");
    if (value != NULL) {
        ar_s3_copy_etag(value, object->version, sizeof object->version);
    }
    value = ar_http_response_header(response, "Content-Type");
    snprintf(object->content_type, sizeof object->content_type, "%s", value == NULL ? "" : value);
    value = ar_http_response_header(response, "Last-Modified");
    time_t modified = value == NULL ? -1 : curl_getdate(value, NULL);
    object->modified_ms = modified < 0 ? 0 : (int64_t)modified * 1000;
}
