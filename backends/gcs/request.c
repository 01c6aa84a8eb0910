#include "gcs/request.h"

#include <stdio.h>
#include <string.h>

#include "base/retry.h"

void ar_gcs_add_header(ar_gcs_request *request, const char *line) {
    if (line != NULL && request->header_count < AR_GCS_MAX_HEADERS) {
        request->headers[request->header_count++] = line;
    }
}

/* ---- one attempt ---- */

static artrepo_code transmit(ar_gcs *gcs, const ar_gcs_request *request, const char *token,
                             ar_http_response *response, artrepo_operation *operation,
                             artrepo_error *error) {
    static const ar_http_body empty = {"", -1, 0, 0};
    const char *lines[AR_GCS_MAX_HEADERS + 1];
    size_t count = 0;
    for (; count < request->header_count; count++) {
        lines[count] = request->headers[count];
    }
    if (token != NULL) {
        lines[count++] = token;
    }
    /* Without a length servers refuse those methods. */
    bool wants_body = strcmp(request->method, "GET") != 0;
    ar_http_request http = {
        .method = request->method,
        .url = request->url,
        .headers = lines,
        .header_count = count,
        .body = request->body == NULL && wants_body ? &empty : request->body,
        .expect_continue = request->expect_continue,
        .receive = request->receive,
        .receive_data = request->receive_data,
        .body_limit = request->body_limit,
        .timeout_ms = request->timeout_ms,
    };
    return ar_http_client_send(gcs->http, &http, response, operation, error);
}

/* *GENERATION: of the token that went along; 0: none. */
static artrepo_code send_once(ar_gcs *gcs, const ar_gcs_request *request,
                              ar_http_response *response, unsigned long *generation,
                              artrepo_operation *operation, artrepo_error *error) {
    ar_held_credentials *held = NULL;
    *generation = 0;
    if (!gcs->config.anonymous && !request->without_token) {
        artrepo_code code = ar_provider_take(&gcs->provider.shared, operation, &held, error);
        if (code != ARTREPO_OK) {
            ar_http_response_clear(response);
            response->failure = AR_HTTP_LOCAL;
            return code;
        }
        *generation = held->generation;
    }
    artrepo_code code =
        transmit(gcs, request, held == NULL ? NULL : held->found.value, response, operation, error);
    ar_provider_give_back(held);
    return code;
}

/* Whether there is another token now than the refused one; with ARTREPO_OK in CODE, or why not. */
static bool renew(ar_gcs *gcs, const ar_gcs_request *request, unsigned long generation,
                  artrepo_operation *operation, artrepo_code *code, artrepo_error *error) {
    bool has_others = false;
    *code = ar_provider_replace(&gcs->provider.shared, generation, operation, &has_others, error);
    if (*code != ARTREPO_OK && error != NULL) {
        char what[1500];
        ar_gcs_describe(gcs, request, what, sizeof what);
        artrepo_error_prefix(error, "%s: the token is not accepted, and there is no new one", what);
    }
    return *code == ARTREPO_OK && has_others;
}

artrepo_code ar_gcs_send(ar_gcs *gcs, const ar_gcs_request *request, ar_http_response *response,
                         artrepo_operation *operation, artrepo_error *error) {
    for (int attempts = 0;; attempts++) {
        unsigned long generation;
        artrepo_code code = artrepo_operation_check(operation, error);
        if (code != ARTREPO_OK) {
            response->failure = AR_HTTP_LOCAL;
            return code;
        }
        code = send_once(gcs, request, response, &generation, operation, error);
        if (code != ARTREPO_OK) {
            return ar_gcs_error_of_transport(gcs, request, response, error);
        }
        int disguised = response->status / 100 == 2 ? ar_gcs_disguised_status(response) : 0;
        if (disguised != 0) {
            response->status = disguised;
        }
        if (response->status / 100 == 2 || (request->takes_308 && response->status == 308)) {
            return ARTREPO_OK;
        }
        bool refused = response->status == 401 && generation > 0 && attempts == 0;
        if (!refused || !renew(gcs, request, generation, operation, &code, error)) {
            return code != ARTREPO_OK ? code
                                      : ar_gcs_error_of_answer(gcs, request, response, error);
        }
    }
}

artrepo_code ar_gcs_send_retrying(ar_gcs *gcs, const ar_gcs_request *request,
                                  ar_http_response *response, artrepo_operation *operation,
                                  artrepo_error *error) {
    artrepo_error failure = ARTREPO_ERROR_INIT;
    char what[256];
    snprintf(what, sizeof what, "%s %s", request->verb,
             request->key == NULL ? gcs->config.bucket : request->key);
    ar_retry retry = ar_retry_begin(operation);
    artrepo_code code;
    do {
        code = ar_gcs_send(gcs, request, response, operation, &failure);
    } while (code != ARTREPO_OK && ar_retry_again(&retry, what, &failure));
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    return code == ARTREPO_OK ? code : failure.code;
}
