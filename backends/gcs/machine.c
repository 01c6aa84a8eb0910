#include "gcs/machine.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "remote/environment.h"
#include "remote/oauth.h"
#include "remote/service.h"

#define SERVER "169.254.169.254"
#define TOKEN_PATH "/computeMetadata/v1/instance/service-accounts/default/token"
#define CONNECT_TIMEOUT_MS 1000
#define TIMEOUT_MS 10000 /* GKE's fetches the token meanwhile */
enum { UNHEARD_TRIES = 2 };

typedef struct machine_call {
    ar_http_client *client;
    char url[600];
    char what[400];
    artrepo_operation *operation;
    ar_found_credentials *found;
    int unheard; /* attempts without an answer */
} machine_call;

/* Without an answer it is not tried for long: most machines have no such server. */
static artrepo_code not_there(machine_call *call, const ar_http_response *response,
                              artrepo_error *error) {
    if (response->failure == AR_HTTP_LOCAL || ++call->unheard < UNHEARD_TRIES) {
        return error->code;
    }
    char failure[400];
    snprintf(failure, sizeof failure, "%s", error->message);
    return artrepo_error_set(error, ARTREPO_NOT_FOUND, "%s (this is no machine of Google Cloud)",
                             failure);
}

static artrepo_code read_answer(machine_call *call, const ar_http_response *response,
                                artrepo_error *error) {
    const char *flavor = ar_http_response_header(response, "Metadata-Flavor");
    bool transient = response->status >= 500 || response->status == 429;
    if (!transient && (flavor == NULL || strcmp(flavor, "Google") != 0)) {
        return artrepo_error_set(error, ARTREPO_NOT_FOUND,
                                 "%s: what answers there is no metadata server of Google",
                                 call->what);
    }
    if (response->status == 404) {
        return artrepo_error_set(error, ARTREPO_NOT_FOUND, "%s: the machine has no service account",
                                 call->what);
    }
    artrepo_code code = ar_oauth_read(response, call->what, 300, call->found, error);
    call->found->origin = "the service account of the machine";
    return code;
}

static artrepo_code attempt_call(void *data, artrepo_error *error) {
    machine_call *call = data;
    static const char *const headers[] = {"Metadata-Flavor: Google"};
    ar_http_request request = {.method = "GET",
                               .url = call->url,
                               .headers = headers,
                               .header_count = 1,
                               .timeout_ms = TIMEOUT_MS};
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code =
        ar_service_send(call->client, call->what, &request, &response, call->operation, error);
    code = code == ARTREPO_OK ? read_answer(call, &response, error)
                              : not_there(call, &response, error);
    ar_service_clear(&response);
    return code;
}

artrepo_code ar_gcs_machine_token(artrepo_operation *operation, ar_found_credentials *found,
                                  artrepo_error *error) {
    machine_call call = {.operation = operation, .found = found};
    const char *host = ar_environment("GCE_METADATA_HOST");
    const char *given = host == NULL ? SERVER : host;
    if (ar_environment("NO_GCE_CHECK") != NULL &&
        strcasecmp(ar_environment("NO_GCE_CHECK"), "true") == 0 && host == NULL) {
        return artrepo_error_set(error, ARTREPO_NOT_FOUND, "NO_GCE_CHECK is set");
    }
    if (strlen(given) > 300 || strpbrk(given, " \t\r\n/?#@\\%\"<>") != NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "GCE_METADATA_HOST '%.100s' is no HOST or HOST:PORT", given);
    }
    snprintf(call.url, sizeof call.url, "http://%s" TOKEN_PATH, given);
    snprintf(call.what, sizeof call.what, "get the token of the machine from http://%s", given);
    ar_http_options options = {.connect_timeout_ms = CONNECT_TIMEOUT_MS, .direct = true};
    artrepo_code code = ar_http_client_open(&options, &call.client, error);
    if (code == ARTREPO_OK) {
        code = ar_service_retrying(attempt_call, &call, "get the token of the machine", operation,
                                   error);
    }
    ar_http_client_close(call.client);
    return code;
}
