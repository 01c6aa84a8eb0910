#include "gcs/impersonation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gcs/service_account.h"
#include "gcs/user_account.h"
#include "remote/oauth.h"
#include "remote/service.h"
#include "remote/time_text.h"

#define TIMEOUT_MS 30000

typedef struct impersonation_call {
    ar_http_client *client;
    ar_http_request request;
    char what[700];
    artrepo_operation *operation;
    ar_found_credentials found;
} impersonation_call;

/* ---- the request ---- */

/* Their lifetime: an hour, or what the file says. */
static int lifetime_of(const ar_gcs_account *account) {
    const json_t *more = json_object_get(account->root, "service_account_impersonation");
    json_int_t seconds = json_integer_value(json_object_get(more, "token_lifetime_seconds"));
    return seconds > 0 && seconds <= 43200 ? (int)seconds : 3600;
}

/* To be freed; NULL when there is no memory. */
static char *build_body(const ar_gcs_account *account) {
    char lifetime[32];
    snprintf(lifetime, sizeof lifetime, "%ds", lifetime_of(account));
    json_t *delegates = json_object_get(account->root, "delegates");
    json_t *body = json_pack("{s:[s], s:s, s:O*}", "scope", AR_GCS_STORAGE_SCOPE, "lifetime",
                             lifetime, "delegates", json_is_array(delegates) ? delegates : NULL);
    char *text = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
    json_decref(body);
    return text;
}

/* ---- the answer ---- */

static artrepo_code read_token(impersonation_call *call, const json_t *root, artrepo_error *error) {
    const char *token = ar_json_text(root, "accessToken");
    const char *expiry = ar_json_text(root, "expireTime");
    int64_t expiry_ms;
    if (token == NULL || expiry == NULL || !ar_time_of_text(expiry, &expiry_ms)) {
        return artrepo_error_set(error, ARTREPO_IO,
                                 "%s: there is no accessToken with an expireTime in the answer",
                                 call->what);
    }
    call->found.expiry_ms = expiry_ms;
    return ar_oauth_header(token, call->what, &call->found.value, error);
}

static artrepo_code attempt_call(void *data, artrepo_error *error) {
    impersonation_call *call = data;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = ar_service_send(call->client, call->what, &call->request, &response,
                                        call->operation, error);
    if (code == ARTREPO_OK && response.status / 100 != 2) {
        code = ar_oauth_read(&response, call->what, 0, &call->found, error);
    } else if (code == ARTREPO_OK) {
        json_t *root = json_loadb(response.body.data == NULL ? "" : response.body.data,
                                  response.body.size, 0, NULL);
        code = read_token(call, root, error);
        ar_json_wipe(root);
        call->found.expiry_ms = ar_service_expiry(&response, call->found.expiry_ms);
    }
    ar_service_clear(&response);
    return code;
}

/* ---- both ---- */

artrepo_code ar_gcs_impersonate(const ar_gcs_account *account, ar_found_credentials *found,
                                artrepo_error *error) {
    impersonation_call call = {.operation = account->operation};
    ar_http_options options = {0};
    const char *url;
    char *body = build_body(account);
    artrepo_code code =
        body == NULL
            ? artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a request of a token")
            : ar_gcs_account_address(account, AR_GCS_IMPERSONATION_URL, NULL, &url, error);
    if (code == ARTREPO_OK) {
        code = ar_http_client_open(&options, &call.client, error);
    }
    if (code == ARTREPO_OK) {
        const char *headers[] = {found->value, "Content-Type: application/json",
                                 "Accept: application/json"};
        ar_http_body http_body = {body, -1, 0, (int64_t)strlen(body)};
        call.request = (ar_http_request){.method = "POST",
                                         .url = url,
                                         .headers = headers,
                                         .header_count = 3,
                                         .body = &http_body,
                                         .timeout_ms = TIMEOUT_MS};
        snprintf(call.what, sizeof call.what, "act as a service account by %.500s", url);
        code = ar_service_retrying(attempt_call, &call, "act as a service account",
                                   account->operation, error);
    }
    ar_http_client_close(call.client);
    free(body);
    ar_oauth_free(found->value);
    call.found.origin = "a service account that is acted as";
    *found = code == ARTREPO_OK ? call.found : (ar_found_credentials){0};
    return code;
}

artrepo_code ar_gcs_impersonated_account_token(const ar_gcs_account *account,
                                               ar_found_credentials *found, artrepo_error *error) {
    ar_gcs_account source = *account;
    const char *type = NULL;
    source.root = json_object_get(account->root, "source_credentials");
    artrepo_code code = ar_gcs_account_member(&source, "type", &type, error);
    if (code == ARTREPO_OK && strcmp(type, "service_account") == 0) {
        code = ar_gcs_service_account_token(&source, found, error);
    } else if (code == ARTREPO_OK && strcmp(type, "authorized_user") == 0) {
        code = ar_gcs_user_account_token(&source, found, error);
    } else if (code == ARTREPO_OK) {
        code = artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "%s: source_credentials of type '%.60s' are none of "
                                 "service_account and authorized_user",
                                 account->where, type);
    }
    return code == ARTREPO_OK ? ar_gcs_impersonate(account, found, error) : code;
}
