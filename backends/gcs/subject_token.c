#include "gcs/subject_token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "remote/secret.h"
#include "remote/service.h"

#define MAX_TOKEN ((size_t)64 << 10)
#define CONNECT_TIMEOUT_MS 5000
#define TIMEOUT_MS 10000
enum { MAX_HEADERS = 8, HEADER_BYTES = 1024 };

/* ---- what is in it ---- */

/* The text itself, or a member of a JSON object. */
static artrepo_code take_out(const json_t *source, const char *what, artrepo_secret *token,
                             artrepo_error *error) {
    const json_t *format = json_object_get(source, "format");
    const char *type = ar_json_text(format, "type");
    const char *field = ar_json_text(format, "subject_token_field_name");
    if (type == NULL || strcmp(type, "text") == 0) {
        ar_secret_trim(token);
        return token->size > 0 ? ARTREPO_OK
                               : artrepo_error_set(error, ARTREPO_ACCESS_DENIED,
                                                   "%s: there is no token in it", what);
    }
    if (strcmp(type, "json") != 0 || field == NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "%s: the format of the token is neither text nor json with a "
                                 "subject_token_field_name",
                                 what);
    }
    json_t *root = json_loadb(token->data, token->size, 0, NULL);
    const char *found = ar_json_text(root, field);
    char *copy = found == NULL ? NULL : strdup(found);
    ar_json_wipe(root);
    artrepo_secret_clear(token);
    if (copy == NULL) {
        return artrepo_error_set(error, ARTREPO_ACCESS_DENIED,
                                 "%s: there is no JSON object with a text '%.60s' in it", what,
                                 field);
    }
    *token = (artrepo_secret){copy, strlen(copy)};
    return ARTREPO_OK;
}

/* ---- from a file ---- */

static artrepo_code from_file(const char *path, const json_t *source, artrepo_secret *token,
                              artrepo_error *error) {
    char what[700];
    snprintf(what, sizeof what, "the token of the external account in %.600s", path);
    artrepo_code code = ar_secret_read(path, MAX_TOKEN, token, error);
    if (code != ARTREPO_OK) {
        return artrepo_error_prefix(error, "the token of the external account");
    }
    return take_out(source, what, token, error);
}

/* ---- from an address ---- */

typedef struct subject_call {
    ar_http_client *client;
    ar_http_request request;
    char what[500];
    artrepo_operation *operation;
    artrepo_secret *token;
} subject_call;

static artrepo_code attempt_call(void *data, artrepo_error *error) {
    subject_call *call = data;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = ar_service_send(call->client, call->what, &call->request, &response,
                                        call->operation, error);
    if (code == ARTREPO_OK && response.status / 100 != 2) {
        code = ar_service_refused(call->what, &response, "it gives no token", error);
    } else if (code == ARTREPO_OK) {
        artrepo_secret_clear(call->token);
        call->token->data = malloc(response.body.size + 1);
        if (call->token->data == NULL) {
            code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a token");
        } else {
            call->token->size = response.body.size;
            memcpy(call->token->data, response.body.data == NULL ? "" : response.body.data,
                   response.body.size);
            call->token->data[response.body.size] = '\0';
        }
    }
    ar_service_clear(&response);
    return code;
}

/* "NAME: VALUE" for each member of HEADERS. */
static artrepo_code build_headers(const json_t *headers, char lines[][HEADER_BYTES],
                                  const char **list, size_t *count, artrepo_error *error) {
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)headers, name, value) {
        const char *text = json_string_value(value);
        if (text == NULL || *count == MAX_HEADERS || strpbrk(name, ": \t\r\n") != NULL ||
            strpbrk(text, "\r\n") != NULL ||
            snprintf(lines[*count], HEADER_BYTES, "%s: %s", name, text) >= HEADER_BYTES) {
            return artrepo_error_set(error, ARTREPO_INVALID,
                                     "the headers of credential_source make no sense");
        }
        list[*count] = lines[*count];
        ++*count;
    }
    return ARTREPO_OK;
}

static artrepo_code from_address(const ar_gcs_account *account, const char *url,
                                 const json_t *source, artrepo_secret *token,
                                 artrepo_error *error) {
    char lines[MAX_HEADERS][HEADER_BYTES];
    const char *list[MAX_HEADERS];
    size_t count = 0;
    ar_service_address address;
    artrepo_code code = ar_service_address_of(url, "credential_source.url", &address, error);
    if (code == ARTREPO_OK) {
        code = build_headers(json_object_get(source, "headers"), lines, list, &count, error);
    }
    if (code != ARTREPO_OK) {
        return artrepo_error_prefix(error, "%s", account->where);
    }
    subject_call call = {.request = {.method = "GET",
                                     .url = url,
                                     .headers = list,
                                     .header_count = count,
                                     .body_limit = MAX_TOKEN,
                                     .timeout_ms = TIMEOUT_MS},
                         .operation = account->operation,
                         .token = token};
    /* Services of this kind stand on the machine's own network. */
    ar_http_options options = {.connect_timeout_ms = CONNECT_TIMEOUT_MS, .direct = !address.tls};
    snprintf(call.what, sizeof call.what, "get the token of the external account from %s://%s",
             address.tls ? "https" : "http", address.host);
    code = ar_http_client_open(&options, &call.client, error);
    if (code == ARTREPO_OK) {
        code = ar_service_retrying(attempt_call, &call, call.what, account->operation, error);
    }
    ar_http_client_close(call.client);
    explicit_bzero(lines, sizeof lines);
    return code == ARTREPO_OK ? take_out(source, call.what, token, error) : code;
}

artrepo_code ar_gcs_subject_token(const ar_gcs_account *account, artrepo_secret *token,
                                  artrepo_error *error) {
    const json_t *source = json_object_get(account->root, "credential_source");
    const char *path = ar_json_text(source, "file");
    const char *url = ar_json_text(source, "url");
    bool other = json_object_get(source, "environment_id") != NULL;
    *token = (artrepo_secret){NULL, 0};
    if (!other && path != NULL) {
        return from_file(path, source, token, error);
    }
    if (!other && url != NULL) {
        return from_address(account, url, source, token, error);
    }
    return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                             "%s: the credential_source is neither a file nor a url; those of AWS, "
                             "executables and certificates are not offered",
                             account->where);
}
