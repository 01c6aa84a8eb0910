#include "gcs/url.h"

#include <string.h>

#include "remote/percent.h"

bool ar_gcs_url_object(const ar_gcs *gcs, const char *key, ar_buffer *url) {
    return ar_buffer_printf(url, "%s/storage/v1/b/%s/o", gcs->config.endpoint,
                            gcs->config.bucket) &&
           (key == NULL || (ar_buffer_append_char(url, '/') && ar_percent_encode(url, key, false)));
}

bool ar_gcs_url_upload(const ar_gcs *gcs, const char *key, const char *type, ar_buffer *url) {
    return ar_buffer_printf(url, "%s/upload/storage/v1/b/%s/o?uploadType=%s", gcs->config.endpoint,
                            gcs->config.bucket, type) &&
           ar_gcs_url_parameter(url, "name", key);
}

bool ar_gcs_url_parameter(ar_buffer *url, const char *name, const char *value) {
    return value == NULL ||
           (ar_buffer_printf(url, "%c%s=", strchr(url->data, '?') == NULL ? '?' : '&', name) &&
            ar_percent_encode(url, value, false));
}

bool ar_gcs_url_is_ours(const ar_gcs *gcs, const char *url) {
    const char *ours = gcs->config.endpoint;
    size_t length = (size_t)(strstr(ours, "://") - ours) + 3;
    length += strcspn(ours + length, "/");
    return strncmp(url, ours, length) == 0 && (url[length] == '/' || url[length] == '?');
}
