#include "s3/url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_unreserved(unsigned char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

bool ar_s3_url_encode(ar_buffer *out, const char *text, bool keep_slashes) {
    static const char digits[] = "0123456789ABCDEF";
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        bool ok;
        if (is_unreserved(c) || (keep_slashes && c == '/')) {
            ok = ar_buffer_append_char(out, (char)c);
        } else {
            char escape[3] = {'%', digits[c >> 4], digits[c & 15]};
            ok = ar_buffer_append(out, escape, sizeof escape);
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

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
        return config->endpoint_kind != AR_S3_ENDPOINT_OTHER && config->tls &&
               ar_s3_bucket_is_dns_name(config->bucket);
    }
}

static bool append_aws_host(const ar_s3_config *config, const char *region, ar_buffer *host) {
    const char *suffix = strncmp(region, "cn-", 3) == 0 ? "amazonaws.com.cn" : "amazonaws.com";
    if (config->endpoint_kind == AR_S3_ENDPOINT_AWS_DUALSTACK) {
        return ar_buffer_printf(host, "s3.dualstack.%s.%s", region, suffix);
    }
    if (strcmp(region, "us-east-1") == 0) {
        return ar_buffer_append_text(host, "s3.amazonaws.com");
    }
    return ar_buffer_printf(host, "s3.%s.%s", region, suffix);
}

bool ar_s3_url_host(const ar_s3_config *config, const char *region, ar_buffer *host) {
    if (ar_s3_uses_virtual_host(config) && !ar_buffer_printf(host, "%s.", config->bucket)) {
        return false;
    }
    return config->endpoint_kind == AR_S3_ENDPOINT_OTHER ? ar_buffer_append_text(host, config->host)
                                                         : append_aws_host(config, region, host);
}

bool ar_s3_url_path(const ar_s3_config *config, const char *key, ar_buffer *path) {
    if (!ar_buffer_append_text(path, config->path)) {
        return false;
    }
    if (!ar_s3_uses_virtual_host(config) &&
        !(ar_buffer_append_char(path, '/') && ar_s3_url_encode(path, config->bucket, true))) {
        return false;
    }
    if (key == NULL) {
        return path->size > 0 || ar_buffer_append_char(path, '/');
    }
    return ar_buffer_append_char(path, '/') && ar_s3_url_encode(path, key, true);
}
