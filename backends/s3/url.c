#include "s3/url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "remote/percent.h"

static int digit_of(char c) {
    return c >= '0' && c <= '9' ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

void ar_s3_url_decode(char *text) {
    char *out = text;
    for (; *text != '\0'; text++) {
        if (*text == '%' && isxdigit((unsigned char)text[1]) && isxdigit((unsigned char)text[2]) &&
            (text[1] != '0' || text[2] != '0')) {
            *out++ = (char)(digit_of(text[1]) * 16 + digit_of(text[2]));
            text += 2;
        } else {
            *out++ = *text == '+' ? ' ' : *text;
        }
    }
    *out = '\0';
}

/* Dots are left out: a wildcard certificate covers one label alone. */
bool ar_s3_bucket_is_dns_name(const char *bucket) {
    size_t length = strlen(bucket);
    return length >= 3 && length <= 63 &&
           strspn(bucket, "abcdefghijklmnopqrstuvwxyz0123456789-") == length && bucket[0] != '-' &&
           bucket[length - 1] != '-';
}

bool ar_s3_uses_virtual_host(const ar_s3_config *config) {
    switch (config->addressing) {
    case AR_S3_ADDRESSING_PATH:
        return false;
    case AR_S3_ADDRESSING_VIRTUAL_HOSTED:
        return true;
    default:
        return config->endpoint.kind == AR_S3_ENDPOINT_ACCELERATE ||
               (config->endpoint.kind == AR_S3_ENDPOINT_AWS && config->tls &&
                ar_s3_bucket_is_dns_name(config->bucket));
    }
}

bool ar_s3_url_host(const ar_s3_config *config, const char *region, ar_buffer *host) {
    if (ar_s3_uses_virtual_host(config) && !ar_buffer_printf(host, "%s.", config->bucket)) {
        return false;
    }
    return config->endpoint.kind == AR_S3_ENDPOINT_OTHER
               ? ar_buffer_append_text(host, config->host)
               : ar_s3_endpoint_host(&config->endpoint, region, host);
}

bool ar_s3_url_path(const ar_s3_config *config, const char *key, ar_buffer *path) {
    if (!ar_buffer_append_text(path, config->path)) {
        return false;
    }
    if (!ar_s3_uses_virtual_host(config) &&
        !(ar_buffer_append_char(path, '/') && ar_percent_encode(path, config->bucket, true))) {
        return false;
    }
    if (key == NULL) {
        return path->size > 0 || ar_buffer_append_char(path, '/');
    }
    return ar_buffer_append_char(path, '/') && ar_percent_encode(path, key, true);
}
