#include "gcs/object.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "remote/time_text.h"

/* Numbers of 64 bits come as texts. */
void ar_gcs_object_of_json(const json_t *resource, artrepo_object *object) {
    const char *size = ar_json_text(resource, "size");
    const char *generation = ar_json_text(resource, "generation");
    const char *updated = ar_json_text(resource, "updated");
    const char *content_type = ar_json_text(resource, "contentType");
    *object = (artrepo_object){.size = -1};
    if (size != NULL && strspn(size, "0123456789") == strlen(size)) {
        object->size = strtoll(size, NULL, 10);
    }
    if (updated != NULL && !ar_time_of_text(updated, &object->modified_ms)) {
        object->modified_ms = 0;
    }
    if (generation != NULL && ar_gcs_is_generation(generation)) {
        snprintf(object->version, sizeof object->version, "%s", generation);
    }
    snprintf(object->content_type, sizeof object->content_type, "%s",
             content_type == NULL ? "" : content_type);
}

void ar_gcs_object_of_headers(const ar_http_response *response, artrepo_object *object) {
    const char *value = ar_http_response_header(response, "X-Goog-Generation");
    object->version[0] = '\0';
    if (value != NULL && ar_gcs_is_generation(value)) {
        snprintf(object->version, sizeof object->version, "%s", value);
    }
    value = ar_http_response_header(response, "Content-Type");
    snprintf(object->content_type, sizeof object->content_type, "%s", value == NULL ? "" : value);
    object->modified_ms = ar_http_response_modified_ms(response);
}

/* "x-goog-hash: crc32c=n03x6A==,md5=...", or a line for each of them. */
void ar_gcs_crc32c_of_headers(const ar_http_response *response, char text[AR_CHECKSUM_TEXT]) {
    static const char header[] = "x-goog-hash:";
    static const char name[] = "crc32c=";
    const char *line = response->headers.data;
    const char *end = line == NULL ? NULL : line + response->headers.size;
    text[0] = '\0';
    for (; line < end; line += strlen(line) + 1) {
        const char *value = strncasecmp(line, header, sizeof header - 1) == 0
                                ? strstr(line + sizeof header - 1, name)
                                : NULL;
        if (value != NULL) {
            value += sizeof name - 1;
            snprintf(text, AR_CHECKSUM_TEXT, "%.*s", (int)strcspn(value, ", \t"), value);
            return;
        }
    }
}

json_t *ar_gcs_resource_of(const ar_http_response *response) {
    json_t *root = json_loadb(response->body.data == NULL ? "" : response->body.data,
                              response->body.size, 0, NULL);
    if (!json_is_object(root)) {
        json_decref(root);
        return NULL;
    }
    return root;
}

bool ar_gcs_is_generation(const char *version) {
    return version[0] != '\0' && strspn(version, "0123456789") == strlen(version);
}
