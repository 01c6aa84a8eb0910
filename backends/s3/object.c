#include "s3/object.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "http/header.h"
#include "remote/time_text.h"

void ar_s3_copy_etag(const char *etag, char *version, size_t size) {
    size_t length = strlen(etag);
    if (length >= 2 && etag[0] == '"' && etag[length - 1] == '"') {
        etag++;
        length -= 2;
    }
    snprintf(version, size, "%.*s", (int)length, etag);
    if (!ar_http_fits_header(version)) { /* that it is sent back in */
        version[0] = '\0';
    }
}

int64_t ar_s3_time_of_text(const char *text) {
    int64_t ms;
    return ar_time_of_text(text, &ms) ? ms : 0;
}

int64_t ar_s3_size_of_text(const char *text) {
    char *end;
    errno = 0;
    long long size = strtoll(text, &end, 10);
    return end == text || *end != '\0' || errno != 0 || size < 0 ? -1 : size;
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
    object->modified_ms = ar_http_response_modified_ms(response);
}

ar_checksum_kind ar_s3_checksum_of_headers(const ar_http_response *response,
                                           char text[AR_CHECKSUM_TEXT]) {
    static const struct {
        ar_checksum_kind kind;
        const char *header;
    } kinds[] = {{AR_CHECKSUM_CRC32C, "x-amz-checksum-crc32c"},
                 {AR_CHECKSUM_CRC32, "x-amz-checksum-crc32"},
                 {AR_CHECKSUM_CRC64NVME, "x-amz-checksum-crc64nvme"}};
    const char *type = ar_http_response_header(response, "x-amz-checksum-type");
    if (type != NULL && strcasecmp(type, "FULL_OBJECT") != 0) {
        return AR_CHECKSUM_NONE;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const char *value = ar_http_response_header(response, kinds[i].header);
        /* "…-3" is a composite one, of three parts. */
        if (value != NULL && strlen(value) == (kinds[i].kind == AR_CHECKSUM_CRC64NVME ? 12 : 8) &&
            strchr(value, '-') == NULL) {
            snprintf(text, AR_CHECKSUM_TEXT, "%s", value);
            return kinds[i].kind;
        }
    }
    return AR_CHECKSUM_NONE;
}
