#include "remote/oauth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "remote/json.h"
#include "remote/percent.h"
#include "remote/secret.h"
#include "remote/service.h"

#define PREFIX "Authorization: Bearer "
#define TIMEOUT_MS 30000
#define MAX_LIFETIME_S (INT64_C(366) * 24 * 3600)
enum { MAX_HEADERS = 6 };

/* ---- values ---- */

bool ar_oauth_are_equal(const void *a, const void *b) {
    return strcmp(a, b) == 0;
}

void ar_oauth_free(void *header) {
    char *text = header;
    ar_secret_wipe_text(&text);
}

/* What a token is made of by RFC 6750 is narrower; some servers do not keep to it. */
static bool is_token(const char *token) {
    for (const char *c = token; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~') {
            return false;
        }
    }
    return token[0] != '\0';
}

artrepo_code ar_oauth_header(const char *token, const char *what, void **header,
                             artrepo_error *error) {
    if (!is_token(token)) {
        return artrepo_error_set(error, ARTREPO_IO, "%s: the token in the answer is no token",
                                 what);
    }
    size_t size = sizeof PREFIX + strlen(token);
    char *text = malloc(size);
    if (text == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "%s: no memory for the token", what);
    }
    snprintf(text, size, PREFIX "%s", token);
    *header = text;
    return ARTREPO_OK;
}

/* ---- requests ---- */

bool ar_oauth_append_field(ar_buffer *form, const char *name, const char *value) {
    return value == NULL ||
           ((form->size == 0 || ar_buffer_append_char(form, '&')) &&
            ar_buffer_append_text(form, name) && ar_buffer_append_char(form, '=') &&
            ar_percent_encode(form, value, false));
}

/* "error" and "error_description"; Google's other services have an object there. */
static void read_refusal(const ar_http_response *response, char *words, size_t size) {
    json_t *root = json_loadb(response->body.data == NULL ? "" : response->body.data,
                              response->body.size, 0, NULL);
    const char *name = ar_json_text(root, "error");
    const char *description = ar_json_text(root, "error_description");
    const json_t *inner = json_object_get(root, "error");
    if (json_is_object(inner)) {
        name = ar_json_text(inner, "status");
        description = ar_json_text(inner, "message");
    }
    snprintf(words, size, "%s%s%s", name == NULL ? "" : name,
             name == NULL || description == NULL ? "" : ": ",
             description == NULL ? "" : description);
    ar_json_wipe(root);
}

static int64_t lifetime_of(const json_t *root, int64_t fallback_s) {
    const json_t *value = json_object_get(root, "expires_in");
    int64_t seconds = fallback_s;
    if (json_is_number(value)) {
        double number = json_number_value(value);
        seconds = number > (double)MAX_LIFETIME_S ? MAX_LIFETIME_S
                  : number > 0                    ? (int64_t)number
                                                  : 0;
    } else if (json_is_string(value)) { /* some servers quote it */
        seconds = strtoll(json_string_value(value), NULL, 10);
    }
    return seconds > MAX_LIFETIME_S ? MAX_LIFETIME_S : seconds;
}

static artrepo_code read_token(const json_t *root, const char *what, int64_t fallback_s,
                               ar_found_credentials *found, artrepo_error *error) {
    const char *token = ar_json_text(root, "access_token");
    const char *type = ar_json_text(root, "token_type");
    if (token == NULL) {
        return artrepo_error_set(error, ARTREPO_IO,
                                 "%s: there is no access_token in the answer; check the address",
                                 what);
    }
    if (type != NULL && strcasecmp(type, "Bearer") != 0) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "%s: the token is of type '%.40s', and not Bearer", what, type);
    }
    int64_t seconds = lifetime_of(root, fallback_s);
    found->expiry_ms = seconds > 0 ? ar_clock_wall_ms() + seconds * 1000 : 0;
    return ar_oauth_header(token, what, &found->value, error);
}

artrepo_code ar_oauth_read(const ar_http_response *response, const char *what, int64_t fallback_s,
                           ar_found_credentials *found, artrepo_error *error) {
    if (response->status / 100 != 2) {
        char words[700];
        read_refusal(response, words, sizeof words);
        return ar_service_refused(what, response, words, error);
    }
    json_t *root = json_loadb(response->body.data == NULL ? "" : response->body.data,
                              response->body.size, 0, NULL);
    artrepo_code code = json_is_object(root)
                            ? read_token(root, what, fallback_s, found, error)
                            : artrepo_error_set(error, ARTREPO_IO,
                                                "%s: the answer is no JSON object; check the "
                                                "address",
                                                what);
    ar_json_wipe(root);
    return code;
}

typedef struct oauth_call {
    ar_http_client *client;
    const ar_oauth_request *request;
    int64_t fallback_s;
    ar_found_credentials *found;
    artrepo_operation *operation;
} oauth_call;

static artrepo_code attempt_call(void *data, artrepo_error *error) {
    const oauth_call *call = data;
    const ar_oauth_request *request = call->request;
    const char *headers[MAX_HEADERS] = {"Content-Type: application/x-www-form-urlencoded",
                                        "Accept: application/json"};
    size_t count = 2;
    for (size_t i = 0; i < request->header_count && count < MAX_HEADERS; i++) {
        headers[count++] = request->headers[i];
    }
    ar_http_body body = {request->form->data, -1, 0, (int64_t)request->form->size};
    ar_http_request http = {
        .method = "POST",
        .url = request->url,
        .headers = headers,
        .header_count = count,
        .body = &body,
        .timeout_ms = TIMEOUT_MS,
    };
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code =
        ar_service_send(call->client, request->what, &http, &response, call->operation, error);
    if (code == ARTREPO_OK) {
        code = ar_oauth_read(&response, request->what, call->fallback_s, call->found, error);
    }
    ar_service_clear(&response);
    return code;
}

artrepo_code ar_oauth_fetch(ar_http_client *client, const ar_oauth_request *request,
                            int64_t fallback_s, ar_found_credentials *found,
                            artrepo_operation *operation, artrepo_error *error) {
    ar_http_client *own = NULL;
    ar_http_options options = {0};
    if (client == NULL) {
        artrepo_code code = ar_http_client_open(&options, &own, error);
        if (code != ARTREPO_OK) {
            return code;
        }
    }
    oauth_call call = {client == NULL ? own : client, request, fallback_s, found, operation};
    artrepo_code code = ar_service_retrying(attempt_call, &call, request->what, operation, error);
    ar_http_client_close(own);
    return code;
}
