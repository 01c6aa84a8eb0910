#include "s3/document.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "remote/json.h"
#include "remote/time_text.h"

/* Names are matched whatever their case, as SDKs do. */
static const json_t *member_of(const json_t *root, const char *name) {
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)root, key, value) {
        if (strcasecmp(key, name) == 0) {
            return value;
        }
    }
    return NULL;
}

static const char *text_of(const json_t *root, const char *name) {
    const char *text = json_string_value(member_of(root, name));
    return text == NULL || text[0] == '\0' ? NULL : text;
}

static artrepo_code read_members(const json_t *root, const ar_s3_document_format *format,
                                 ar_s3_credentials *credentials, artrepo_error *error) {
    const char *code = text_of(root, "Code");
    const char *message = text_of(root, "Message");
    const char *access_key = text_of(root, "AccessKeyId");
    const char *secret_key = text_of(root, "SecretAccessKey");
    const char *expiration = text_of(root, "Expiration");
    if (code != NULL && strcasecmp(code, "Success") != 0) {
        return artrepo_error_set(error, ARTREPO_ACCESS_DENIED, "%s%s%s", code,
                                 message == NULL ? "" : ": ", message == NULL ? "" : message);
    }
    if (format->has_version && json_integer_value(member_of(root, "Version")) != 1) {
        return artrepo_error_set(error, ARTREPO_IO, "its Version is not 1");
    }
    if (access_key == NULL || secret_key == NULL) {
        return artrepo_error_set(error, ARTREPO_IO, "there is no %s in it",
                                 access_key == NULL ? "AccessKeyId" : "SecretAccessKey");
    }
    int64_t expiry_ms = 0;
    if (expiration != NULL && !ar_time_of_text(expiration, &expiry_ms)) {
        return artrepo_error_set(error, ARTREPO_IO, "its Expiration '%.40s' is no time",
                                 expiration);
    }
    if (!ar_s3_credentials_set(credentials, access_key, secret_key, text_of(root, format->token))) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for credentials");
    }
    credentials->expiry_ms = expiry_ms;
    return ARTREPO_OK;
}

artrepo_code ar_s3_document_read(const char *text, size_t size, const ar_s3_document_format *format,
                                 ar_s3_credentials *credentials, artrepo_error *error) {
    json_error_t failure; /* its words quote the text */
    json_t *root = json_loadb(text == NULL ? "" : text, size, JSON_REJECT_DUPLICATES, &failure);
    if (!json_is_object(root)) {
        json_decref(root);
        return artrepo_error_set(error, ARTREPO_IO, "it is no JSON object");
    }
    artrepo_code code = read_members(root, format, credentials, error);
    ar_json_wipe(root);
    return code;
}

void ar_s3_document_refusal(const char *text, size_t size, char *words, size_t words_size) {
    json_t *root = json_loadb(text == NULL ? "" : text, size, 0, NULL);
    const char *code = text_of(root, "code");
    const char *message = text_of(root, "message");
    snprintf(words, words_size, "%s%s%s", code == NULL ? "" : code,
             code == NULL || message == NULL ? "" : ": ", message == NULL ? "" : message);
    ar_json_wipe(root);
}
