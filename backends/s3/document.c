#include "s3/document.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

/* ---- times ---- */

/* "Z", "+02:00" or "+0200"; in seconds. */
static bool parse_offset(const char *text, int *offset) {
    *offset = 0;
    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
        return true;
    }
    size_t length = strlen(text);
    bool colon = length == 6 && text[3] == ':';
    const char *minutes = text + (colon ? 4 : 3);
    if ((text[0] != '+' && text[0] != '-') || (length != 5 && !colon) ||
        !isdigit((unsigned char)text[1]) || !isdigit((unsigned char)text[2]) ||
        !isdigit((unsigned char)minutes[0]) || !isdigit((unsigned char)minutes[1])) {
        return false;
    }
    int seconds = ((text[1] - '0') * 10 + text[2] - '0') * 3600 +
                  ((minutes[0] - '0') * 10 + minutes[1] - '0') * 60;
    *offset = text[0] == '-' ? -seconds : seconds;
    return true;
}

bool ar_s3_expiry_of_text(const char *text, int64_t *ms) {
    struct tm parts = {0};
    int offset;
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    if (rest == NULL) {
        return false;
    }
    if (rest[0] == '.') { /* a fraction more or less does not matter */
        rest += 1 + strspn(rest + 1, "0123456789");
    }
    if (!parse_offset(rest, &offset)) {
        return false;
    }
    *ms = ((int64_t)timegm(&parts) - offset) * 1000;
    return true;
}

/* ---- the document ---- */

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

/* Its texts are ours to overwrite, though the library does not say so. */
static void free_document(json_t *root) {
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value) {
        if (json_is_string(value)) {
            explicit_bzero((char *)(uintptr_t)json_string_value(value), json_string_length(value));
        }
    }
    json_decref(root);
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
    if (expiration != NULL && !ar_s3_expiry_of_text(expiration, &expiry_ms)) {
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
    free_document(root);
    return code;
}

void ar_s3_document_refusal(const char *text, size_t size, char *words, size_t words_size) {
    json_t *root = json_loadb(text == NULL ? "" : text, size, 0, NULL);
    const char *code = text_of(root, "code");
    const char *message = text_of(root, "message");
    snprintf(words, words_size, "%s%s%s", code == NULL ? "" : code,
             code == NULL || message == NULL ? "" : ": ", message == NULL ? "" : message);
    if (root != NULL) {
        free_document(root);
    }
}
