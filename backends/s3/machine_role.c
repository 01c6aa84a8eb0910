#include "s3/machine_role.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/operation.h"
#include "remote/environment.h"
#include "remote/service.h"
#include "s3/document.h"

#define SERVICE "http://169.254.169.254"
#define SERVICE_IPV6 "http://[fd00:ec2::254]"
#define TOKEN_PATH "/latest/api/token"
#define ROLE_PATH "/latest/meta-data/iam/security-credentials/"
#define TOKEN_TTL "X-aws-ec2-metadata-token-ttl-seconds: 21600"
#define TOKEN_HEADER "X-aws-ec2-metadata-token: "
#define CONNECT_TIMEOUT_MS 1000
#define TIMEOUT_MS 2000
/* The service goes on with old credentials while it cannot get new ones; they may still work. */
#define EXTENSION_MS (INT64_C(300) * 1000)
enum { TOKEN_TRIES = 2, MAX_TOKEN = 512, MAX_ROLE = 128 };

typedef struct machine_call {
    const ar_s3_lookup *lookup;
    ar_service_address address;
    char server[1400]; /* "http://HOST/PATH" */
    char what[500];
    ar_http_client *client;
    char token[sizeof TOKEN_HEADER + MAX_TOKEN]; /* the whole header */
    char role[MAX_ROLE + 1];
    ar_s3_credentials *credentials;
} machine_call;

static artrepo_code send_request(machine_call *call, const char *method, const char *path,
                                 const char *header, ar_http_response *response,
                                 artrepo_error *error) {
    static const ar_http_body empty = {"", -1, 0, 0};
    char url[1700];
    snprintf(url, sizeof url, "%s%s", call->server, path);
    ar_http_request request = {
        .method = method,
        .url = url,
        .headers = &header,
        .header_count = 1,
        .body = strcmp(method, "PUT") == 0 ? &empty : NULL,
        .timeout_ms = TIMEOUT_MS,
    };
    return ar_service_send(call->client, call->what, &request, response, call->lookup->operation,
                           error);
}

/* ---- the token ---- */

static artrepo_code keep_token(machine_call *call, const ar_http_response *response,
                               artrepo_error *error) {
    const char *token = response->body.data == NULL ? "" : response->body.data;
    size_t length = strcspn(token, "\r\n");
    if (length == 0 || length > MAX_TOKEN ||
        length + strspn(token + length, "\r\n") != response->body.size) {
        return artrepo_error_set(error, ARTREPO_NOT_FOUND,
                                 "%s: what answers there is no metadata service of EC2",
                                 call->what);
    }
    snprintf(call->token, sizeof call->token, TOKEN_HEADER "%.*s", (int)length, token);
    return ARTREPO_OK;
}

/* Without an answer it is not tried for long: most machines have no such service. */
static artrepo_code get_token(machine_call *call, artrepo_error *error) {
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = ARTREPO_OK;
    for (int tries = 0; tries < TOKEN_TRIES; tries++) {
        code = send_request(call, "PUT", TOKEN_PATH, TOKEN_TTL, &response, error);
        if (code == ARTREPO_OK || response.failure != AR_HTTP_BROKEN) {
            break;
        }
    }
    if (code != ARTREPO_OK && response.failure != AR_HTTP_LOCAL) {
        char failure[400];
        snprintf(failure, sizeof failure, "%s", error->message);
        code = artrepo_error_set(error, ARTREPO_NOT_FOUND,
                                 "%s (this is no machine of EC2, or, in a container, its hop limit "
                                 "is 1)",
                                 failure);
    } else if (code == ARTREPO_OK && response.status == 200) {
        code = keep_token(call, &response, error);
    } else if (code == ARTREPO_OK) {
        code = ar_service_refused(call->what, &response, "it gives no token", error);
        if (code == ARTREPO_ACCESS_DENIED) { /* another service, or it is turned off */
            error->code = code = ARTREPO_NOT_FOUND;
        }
    }
    ar_service_clear(&response);
    return code;
}

/* ---- the role and its credentials ---- */

/* With a token; with a new one, once, when it is refused. */
static artrepo_code get(machine_call *call, const char *path, ar_http_response *response,
                        artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    for (int tries = 0; tries < 2; tries++) {
        if (call->token[0] == '\0') {
            code = get_token(call, error);
        }
        if (code == ARTREPO_OK) {
            code = send_request(call, "GET", path, call->token, response, error);
        }
        if (code != ARTREPO_OK || response->status != 401) {
            break;
        }
        explicit_bzero(call->token, sizeof call->token);
    }
    return code;
}

/* The first line; it becomes part of an address: nothing but what names of roles are made of. */
static bool keep_role(machine_call *call, const ar_http_response *response) {
    const char *text = response->body.data == NULL ? "" : response->body.data;
    size_t length = strcspn(text, "\r\n");
    if (length == 0 || length > MAX_ROLE ||
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=,.@_-") <
            length) {
        return false;
    }
    snprintf(call->role, sizeof call->role, "%.*s", (int)length, text);
    return strcmp(call->role, ".") != 0 && strcmp(call->role, "..") != 0;
}

static artrepo_code get_role(machine_call *call, artrepo_error *error) {
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = get(call, ROLE_PATH, &response, error);
    if (code == ARTREPO_OK && response.status == 404) {
        code = artrepo_error_set(error, ARTREPO_NOT_FOUND,
                                 "%s: the machine has no role (no instance profile)", call->what);
    } else if (code == ARTREPO_OK && response.status != 200) {
        code = ar_service_refused(call->what, &response, "it does not name the role", error);
    } else if (code == ARTREPO_OK && !keep_role(call, &response)) {
        code = artrepo_error_set(error, ARTREPO_IO, "%s: what it says is no name of a role",
                                 call->what);
    }
    ar_http_response_clear(&response);
    return code;
}

static void extend(machine_call *call) {
    int64_t now = ar_clock_wall_ms();
    int64_t *expiry_ms = &call->credentials->expiry_ms;
    if (*expiry_ms != 0 && *expiry_ms <= now) {
        ar_log(call->lookup->operation, ARTREPO_LOG_WARNING,
               "the metadata service has none but old credentials; trying them", "role", call->role,
               NULL);
        *expiry_ms = now + EXTENSION_MS;
    }
}

static artrepo_code read_document(machine_call *call, const ar_http_response *response,
                                  artrepo_error *error) {
    static const ar_s3_document_format format = {.token = "Token"};
    if (response->status != 200) {
        return ar_service_refused(call->what, response, "it does not give the credentials", error);
    }
    artrepo_code code = ar_s3_document_read(response->body.data, response->body.size, &format,
                                            call->credentials, error);
    if (code != ARTREPO_OK) {
        return artrepo_error_prefix(error, "%s: role %s", call->what, call->role);
    }
    call->credentials->expiry_ms = ar_service_expiry(response, call->credentials->expiry_ms);
    call->credentials->origin = "the role of the machine";
    extend(call);
    return ARTREPO_OK;
}

static artrepo_code attempt_call(void *data, artrepo_error *error) {
    machine_call *call = data;
    char path[sizeof ROLE_PATH + MAX_ROLE];
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = get_role(call, error);
    if (code == ARTREPO_OK) {
        snprintf(path, sizeof path, ROLE_PATH "%s", call->role);
        code = get(call, path, &response, error);
    }
    if (code == ARTREPO_OK) {
        code = read_document(call, &response, error);
    }
    ar_service_clear(&response);
    return code;
}

/* ---- all of it ---- */

static artrepo_code find_service(machine_call *call, artrepo_error *error) {
    const char *disabled = ar_environment("AWS_EC2_METADATA_DISABLED");
    const char *endpoint = ar_environment("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    const char *mode = ar_environment("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    if (disabled != NULL && strcasecmp(disabled, "true") == 0) {
        return artrepo_error_set(error, ARTREPO_NOT_FOUND, "AWS_EC2_METADATA_DISABLED is set");
    }
    if (endpoint == NULL) {
        endpoint = mode != NULL && strcasecmp(mode, "IPv6") == 0 ? SERVICE_IPV6 : SERVICE;
    }
    artrepo_code code =
        ar_service_address_of(endpoint, "AWS_EC2_METADATA_SERVICE_ENDPOINT", &call->address, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    ar_service_trim_path(&call->address);
    snprintf(call->server, sizeof call->server, "%s://%s%s", call->address.tls ? "https" : "http",
             call->address.host, call->address.path);
    snprintf(call->what, sizeof call->what, "get the role of the machine from %s", call->server);
    return ARTREPO_OK;
}

artrepo_code ar_s3_machine_credentials(const ar_s3_lookup *lookup, ar_s3_credentials *credentials,
                                       artrepo_error *error) {
    machine_call call = {.lookup = lookup, .credentials = credentials};
    artrepo_code code = find_service(&call, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    ar_http_options options = {.connect_timeout_ms = CONNECT_TIMEOUT_MS, .direct = true};
    code = ar_http_client_open(&options, &call.client, error);
    if (code == ARTREPO_OK) {
        code = ar_service_retrying(attempt_call, &call, "get the role of the machine",
                                   lookup->operation, error);
    }
    ar_http_client_close(call.client);
    explicit_bzero(call.token, sizeof call.token);
    return code;
}
