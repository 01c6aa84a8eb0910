#include "s3/endpoint.h"

#include <stdio.h>
#include <string.h>

#define SUFFIX ".amazonaws.com"
#define CHINA_SUFFIX ".amazonaws.com.cn"

bool ar_s3_is_region(const char *region) {
    size_t length = strlen(region);
    return length > 0 && length < AR_S3_REGION_BYTES &&
           strspn(region, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
               length;
}

static bool ends_with(const char *text, const char *suffix) {
    size_t length = strlen(text);
    size_t tail = strlen(suffix);
    return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

/* Goes behind PREFIX if NAME begins with it. */
static bool skip(const char **name, const char *prefix) {
    size_t length = strlen(prefix);
    if (strncmp(*name, prefix, length) != 0) {
        return false;
    }
    *name += length;
    return true;
}

/* "s3-fips.dualstack.REGION" and its shorter forms; "s3-REGION" is an old one. */
static bool read_regional(const char *name, ar_s3_endpoint *endpoint) {
    if (skip(&name, "s3-")) {
        endpoint->fips = skip(&name, "fips.") || skip(&name, "fips-");
    } else if (!skip(&name, "s3.")) {
        return false;
    }
    endpoint->dual_stack = skip(&name, "dualstack.");
    if (!ar_s3_is_region(name) || strncmp(name, "website-", 8) == 0) {
        return false;
    }
    endpoint->kind = AR_S3_ENDPOINT_AWS;
    snprintf(endpoint->region, sizeof endpoint->region, "%s",
             strcmp(name, "external-1") == 0 ? "us-east-1" : name);
    return true;
}

/* "vpce-1a2b.s3.REGION.vpce": its host stays, but says the region. */
static bool read_private(char *name, ar_s3_endpoint *endpoint) {
    if (!ends_with(name, ".vpce")) {
        return false;
    }
    name[strlen(name) - strlen(".vpce")] = '\0';
    const char *region = strstr(name, ".s3.");
    if (region == NULL || !ar_s3_is_region(region + strlen(".s3."))) {
        return false;
    }
    snprintf(endpoint->region, sizeof endpoint->region, "%s", region + strlen(".s3."));
    return true;
}

/* Cloud Storage by its S3-compatible API, which takes any region as "auto". */
static const ar_s3_endpoint google = {
    .kind = AR_S3_ENDPOINT_OTHER, .region = "auto", .without_checksums = true};

ar_s3_endpoint ar_s3_endpoint_of(const char *host) {
    static const ar_s3_endpoint other = {.kind = AR_S3_ENDPOINT_OTHER};
    if (strcmp(host, "storage.googleapis.com") == 0) {
        return google;
    }
    ar_s3_endpoint endpoint = other;
    const char *suffix = ends_with(host, CHINA_SUFFIX) ? CHINA_SUFFIX : SUFFIX;
    char name[256];
    size_t length = strlen(host);
    if (!ends_with(host, suffix) || length - strlen(suffix) >= sizeof name) {
        return other;
    }
    snprintf(name, sizeof name, "%.*s", (int)(length - strlen(suffix)), host);
    if (strcmp(name, "s3") == 0) {
        endpoint.kind = AR_S3_ENDPOINT_AWS;
    } else if (strcmp(name, "s3-accelerate") == 0 || strcmp(name, "s3-accelerate.dualstack") == 0) {
        endpoint.kind = AR_S3_ENDPOINT_ACCELERATE;
        endpoint.dual_stack = strchr(name, '.') != NULL;
    } else if (!read_regional(name, &endpoint)) {
        endpoint = other;
        read_private(name, &endpoint);
    }
    return endpoint;
}

bool ar_s3_endpoint_host(const ar_s3_endpoint *endpoint, const char *region, ar_buffer *host) {
    if (endpoint->kind == AR_S3_ENDPOINT_ACCELERATE) {
        return ar_buffer_printf(host, "s3-accelerate%s" SUFFIX,
                                endpoint->dual_stack ? ".dualstack" : "");
    }
    bool is_plain = !endpoint->fips && !endpoint->dual_stack;
    if (is_plain && endpoint->region[0] == '\0' && strcmp(region, "us-east-1") == 0) {
        return ar_buffer_append_text(host, "s3" SUFFIX);
    }
    return ar_buffer_printf(host, "s3%s%s.%s%s", endpoint->fips ? "-fips" : "",
                            endpoint->dual_stack ? ".dualstack" : "", region,
                            strncmp(region, "cn-", 3) == 0 ? CHINA_SUFFIX : SUFFIX);
}
