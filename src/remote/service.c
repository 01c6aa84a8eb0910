#include "remote/service.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/retry.h"
#include "base/secret.h"
#include "remote/secret.h"

#define MAX_TOKEN ((size_t)64 << 10)

/* ---- addresses ---- */

/* HOST of "HOST:PORT" and of "[ADDRESS]:PORT". */
static bool copy_name(const char *host, char *name, size_t size) {
    const char *start = host[0] == '[' ? host + 1 : host;
    size_t length = strcspn(start, host[0] == '[' ? "]" : ":");
    if (length == 0 || length >= size || (host[0] == '[' && start[length] != ']')) {
        return false;
    }
    snprintf(name, size, "%.*s", (int)length, start);
    return true;
}

artrepo_code ar_service_address_of(const char *url, const char *where, ar_service_address *address,
                                   artrepo_error *error) {
    const char *rest = NULL;
    if (strncmp(url, "https://", 8) == 0) {
        address->tls = true;
        rest = url + 8;
    } else if (strncmp(url, "http://", 7) == 0) {
        address->tls = false;
        rest = url + 7;
    }
    size_t length = rest == NULL ? 0 : strcspn(rest, "/");
    size_t path_length = rest == NULL ? 0 : strlen(rest + length);
    bool ok = length > 0 && length < sizeof address->host && path_length < sizeof address->path &&
              strcspn(rest, " \t\r\n#\\\"<>") == strlen(rest) &&
              memchr(rest, '?', length) == NULL && memchr(rest, '@', length) == NULL;
    if (ok) {
        snprintf(address->host, sizeof address->host, "%.*s", (int)length, rest);
        snprintf(address->path, sizeof address->path, "%.*s", (int)path_length, rest + length);
        ok = copy_name(address->host, address->name, sizeof address->name);
    }
    return ok ? ARTREPO_OK
              : artrepo_error_set(error, ARTREPO_INVALID,
                                  "%s '%s' is no address such as https://HOST/PATH", where, url);
}

void ar_service_trim_path(ar_service_address *address) {
    size_t length = strlen(address->path);
    while (length > 0 && address->path[length - 1] == '/') {
        address->path[--length] = '\0';
    }
}

/* ---- requests ---- */

artrepo_code ar_service_send(ar_http_client *client, const char *what,
                             const ar_http_request *request, ar_http_response *response,
                             artrepo_operation *operation, artrepo_error *error) {
    artrepo_code code = ar_http_client_send(client, request, response, operation, error);
    return code == ARTREPO_OK ? code : artrepo_error_prefix(error, "%s", what);
}

void ar_service_clear(ar_http_response *response) {
    if (response->body.data != NULL) {
        explicit_bzero(response->body.data, response->body.capacity);
    }
    ar_http_response_clear(response);
}

artrepo_code ar_service_refused(const char *what, const ar_http_response *response,
                                const char *words, artrepo_error *error) {
    int status = response->status;
    bool transient = status >= 500 || status == 429 || status == 408;
    artrepo_error_set(error, transient ? ARTREPO_TRANSIENT : ARTREPO_ACCESS_DENIED,
                      "%s: HTTP %d%s%s", what, status, words[0] == '\0' ? "" : ": ", words);
    error->retryable = transient;
    error->http_status = status;
    error->retry_after_ms = response->retry_after_ms;
    return error->code;
}

int64_t ar_service_expiry(const ar_http_response *response, int64_t expiry_ms) {
    if (expiry_ms == 0 || response->date_ms == 0) {
        return expiry_ms;
    }
    return expiry_ms - (response->date_ms - ar_clock_wall_ms());
}

artrepo_code ar_service_retrying(ar_service_attempt *attempt, void *data, const char *what,
                                 artrepo_operation *operation, artrepo_error *error) {
    ar_retry retry = ar_retry_begin(operation);
    artrepo_code code;
    do {
        code = attempt(data, error);
    } while (code != ARTREPO_OK && ar_retry_again(&retry, what, error));
    return code == ARTREPO_OK ? code : error->code;
}

artrepo_code ar_service_token(const char *path, const char *what, artrepo_secret *token,
                              artrepo_error *error) {
    *token = (artrepo_secret){NULL, 0};
    artrepo_code code = ar_secret_read(path, MAX_TOKEN, token, error);
    if (code != ARTREPO_OK) {
        error->code = code == ARTREPO_NOT_FOUND ? ARTREPO_ACCESS_DENIED : code;
        return artrepo_error_prefix(error, "%s", what);
    }
    bool is_text = strlen(token->data) == token->size;
    ar_secret_trim(token);
    if (!is_text || token->size == 0 || strpbrk(token->data, "\r\n") != NULL) {
        artrepo_secret_clear(token);
        return artrepo_error_set(error, ARTREPO_ACCESS_DENIED,
                                 "%s: there is no token of one line in %s", what, path);
    }
    return ARTREPO_OK;
}
