#include "s3/sts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/file.h"
#include "remote/environment.h"
#include "remote/percent.h"
#include "remote/secret.h"
#include "remote/service.h"
#include "remote/time_text.h"
#include "s3/config.h"
#include "s3/sign.h"
#include "s3/url.h"
#include "s3/xml.h"

#define CONTENT_TYPE "application/x-www-form-urlencoded; charset=utf-8"
#define MAX_BUNDLE ((size_t)16 << 20)
#define TIMEOUT_MS 30000
#define MAX_CLOCK_ERROR_MS (INT64_C(300) * 1000)
enum { MAX_HEADERS = 5 };

/* One call with all that it needs. */
typedef struct sts_call {
    const ar_s3_lookup *lookup;
    const ar_s3_role *role;
    const ar_s3_credentials *base; /* NULL: the call is not signed */
    const char *token_file;        /* NULL: AssumeRole */
    ar_service_address address;
    char what[700]; /* for messages */
    ar_http_client *client;
    int64_t clock_offset_ms; /* STS's clock less ours, once it complained */
    ar_s3_credentials *credentials;
} sts_call;

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a request to STS");
}

/* ---- where it is ---- */

static artrepo_code find_endpoint(sts_call *call, artrepo_error *error) {
    const char *given = ar_environment_of("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL");
    const char *region = call->lookup->region;
    char url[256];
    if (!ar_s3_is_region(region)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "'%s' is no name of a region, such as us-east-1", region);
    }
    snprintf(url, sizeof url, "https://sts.%s.amazonaws.com%s", region,
             strncmp(region, "cn-", 3) == 0 ? ".cn" : "");
    artrepo_code code = ar_service_address_of(given == NULL ? url : given, "the endpoint of STS",
                                              &call->address, error);
    ar_service_trim_path(&call->address);
    snprintf(call->what, sizeof call->what, "assume role %.300s at %s://%s", call->role->arn,
             call->address.tls ? "https" : "http", call->address.host);
    return code;
}

static artrepo_code open_client(sts_call *call, artrepo_error *error) {
    ar_http_options options = {0};
    char *pem = NULL;
    const char *bundle = ar_environment("AWS_CA_BUNDLE");
    if (bundle != NULL) {
        artrepo_code code =
            ar_file_read_whole(bundle, MAX_BUNDLE, &pem, &options.ca_pem_size, error);
        if (code != ARTREPO_OK) {
            return artrepo_error_prefix(error, "AWS_CA_BUNDLE");
        }
        options.ca_pem = pem;
    }
    artrepo_code code = ar_http_client_open(&options, &call->client, error);
    free(pem);
    return code;
}

/* ---- the request ---- */

static bool append_field(ar_buffer *body, const char *name, const char *value) {
    return value == NULL ||
           (ar_buffer_printf(body, "&%s=", name) && ar_percent_encode(body, value, false));
}

/* A name that tells in CloudTrail who it was. */
static void make_up_session_name(char name[64]) {
    snprintf(name, 64, "artrepo-%lld", (long long)ar_clock_wall_ms());
}

static artrepo_code append_token(const sts_call *call, ar_buffer *body, artrepo_error *error) {
    char what[400];
    artrepo_secret token;
    snprintf(what, sizeof what, "the web identity token for role %.300s", call->role->arn);
    artrepo_code code = ar_service_token(call->token_file, what, &token, error);
    if (code == ARTREPO_OK && (!ar_buffer_reserve(body, token.size * 3 + 1024) ||
                               !append_field(body, "WebIdentityToken", token.data))) {
        code = no_memory(error);
    }
    artrepo_secret_clear(&token);
    return code;
}

static artrepo_code build_body(const sts_call *call, ar_buffer *body, artrepo_error *error) {
    char made_up[64];
    make_up_session_name(made_up);
    const ar_s3_role *role = call->role;
    bool ok =
        ar_buffer_printf(body, "Action=%s&Version=2011-06-15",
                         call->token_file == NULL ? "AssumeRole" : "AssumeRoleWithWebIdentity") &&
        append_field(body, "RoleArn", role->arn) &&
        append_field(body, "RoleSessionName",
                     role->session_name == NULL ? made_up : role->session_name) &&
        append_field(body, "DurationSeconds", role->duration_seconds) &&
        append_field(body, "ExternalId", role->external_id);
    if (!ok) {
        return no_memory(error);
    }
    return call->token_file == NULL ? ARTREPO_OK : append_token(call, body, error);
}

/* Appends the Authorization header to HEADERS. */
static bool sign(const sts_call *call, const ar_buffer *body, const char *path, const char *time,
                 ar_s3_header *headers, size_t *count, ar_buffer *authorization) {
    char payload[AR_S3_SHA256_HEX];
    ar_s3_signer signer;
    ar_s3_signed_request request = {
        .method = "POST",
        .path = path,
        .query = "",
        .headers = headers,
        .header_count = *count,
        .payload = payload,
        .time = time,
        .region = call->lookup->region,
        .service = "sts",
        .access_key = call->base->access_key,
        .secret_key = call->base->secret_key,
    };
    ar_s3_signer_open(&signer);
    bool ok = ar_s3_sha256_hex(body->data, body->size, payload) &&
              ar_s3_sign(&signer, &request, authorization);
    ar_s3_signer_close(&signer);
    if (ok) {
        headers[(*count)++] = (ar_s3_header){"authorization", authorization->data};
    }
    return ok;
}

static bool build_headers(const sts_call *call, const ar_buffer *body, const char *path,
                          ar_s3_header *headers, size_t *count, char time[AR_S3_TIME_TEXT],
                          ar_buffer *authorization) {
    ar_s3_time_text((time_t)((ar_clock_wall_ms() + call->clock_offset_ms) / 1000), time);
    headers[(*count)++] = (ar_s3_header){"content-type", CONTENT_TYPE};
    headers[(*count)++] = (ar_s3_header){"host", call->address.host};
    if (call->base == NULL) {
        return true;
    }
    headers[(*count)++] = (ar_s3_header){"x-amz-date", time};
    if (call->base->session_token != NULL) {
        headers[(*count)++] = (ar_s3_header){"x-amz-security-token", call->base->session_token};
    }
    return sign(call, body, path, time, headers, count, authorization);
}

static bool build_lines(const ar_s3_header *headers, size_t count, ar_buffer *lines,
                        const char **list) {
    bool ok = ar_buffer_reserve(lines, 16384); /* so that it does not move, and is wiped whole */
    size_t starts[MAX_HEADERS];
    for (size_t i = 0; ok && i < count; i++) {
        starts[i] = lines->size;
        ok = ar_buffer_printf(lines, "%s: %s", headers[i].name, headers[i].value) &&
             ar_buffer_append_char(lines, '\0');
    }
    for (size_t i = 0; ok && i < count; i++) {
        list[i] = lines->data + starts[i];
    }
    return ok;
}

static artrepo_code send_call(const sts_call *call, ar_http_response *response,
                              artrepo_error *error) {
    ar_buffer body = AR_BUFFER_INIT, url = AR_BUFFER_INIT, path = AR_BUFFER_INIT;
    ar_buffer authorization = AR_BUFFER_INIT, lines = AR_BUFFER_INIT;
    ar_s3_header headers[MAX_HEADERS];
    const char *list[MAX_HEADERS];
    size_t count = 0;
    char time[AR_S3_TIME_TEXT];
    artrepo_code code = build_body(call, &body, error);
    if (code != ARTREPO_OK) {
        goto done;
    }
    if (!ar_buffer_printf(&path, "%s/", call->address.path) ||
        !ar_buffer_printf(&url, "%s://%s%s", call->address.tls ? "https" : "http",
                          call->address.host, path.data) ||
        !build_headers(call, &body, path.data, headers, &count, time, &authorization) ||
        !build_lines(headers, count, &lines, list)) {
        code = no_memory(error);
        goto done;
    }
    ar_http_body http_body = {.data = body.data, .descriptor = -1, .size = (int64_t)body.size};
    ar_http_request request = {
        .method = "POST",
        .url = url.data,
        .headers = list,
        .header_count = count,
        .body = &http_body,
        .timeout_ms = TIMEOUT_MS,
    };
    code = ar_service_send(call->client, call->what, &request, response, call->lookup->operation,
                           error);
done:
    ar_secret_wipe_buffer(&body);
    ar_secret_wipe_buffer(&lines);
    ar_buffer_free(&path);
    ar_buffer_free(&url);
    ar_buffer_free(&authorization);
    return code;
}

/* ---- the answer ---- */

typedef struct sts_answer {
    char *access_key, *secret_key, *session_token;
    int64_t expiry_ms;
} sts_answer;

static void free_answer(sts_answer *answer) {
    ar_secret_wipe_text(&answer->access_key);
    ar_secret_wipe_text(&answer->secret_key);
    ar_secret_wipe_text(&answer->session_token);
}

static artrepo_code read_element(void *data, const char *path, const char *text,
                                 artrepo_error *error) {
    sts_answer *answer = data;
    const char *slash = strrchr(path, '/');
    static const char parent[] = "Result/Credentials";
    size_t length = sizeof parent - 1;
    if (slash == NULL || (size_t)(slash - path) < length ||
        memcmp(slash - length, parent, length) != 0) {
        return ARTREPO_OK;
    }
    const char *name = slash + 1;
    char **place = strcmp(name, "AccessKeyId") == 0       ? &answer->access_key
                   : strcmp(name, "SecretAccessKey") == 0 ? &answer->secret_key
                   : strcmp(name, "SessionToken") == 0    ? &answer->session_token
                                                          : NULL;
    if (strcmp(name, "Expiration") == 0 && !ar_time_of_text(text, &answer->expiry_ms)) {
        return artrepo_error_set(error, ARTREPO_IO, "its Expiration '%.40s' is no time", text);
    }
    if (place != NULL) {
        ar_secret_wipe_text(place);
        if ((*place = strdup(text)) == NULL) {
            return no_memory(error);
        }
    }
    return ARTREPO_OK;
}

static artrepo_code read_answer(const sts_call *call, const ar_http_response *response,
                                artrepo_error *error) {
    sts_answer answer = {0};
    artrepo_code code =
        ar_s3_xml_read(response->body.data, response->body.size, read_element, &answer, error);
    if (code == ARTREPO_OK &&
        (answer.access_key == NULL || answer.access_key[0] == '\0' || answer.secret_key == NULL ||
         answer.secret_key[0] == '\0' || answer.expiry_ms == 0)) {
        code = artrepo_error_set(error, ARTREPO_IO,
                                 "there are no credentials in the answer; check the endpoint");
    }
    if (code == ARTREPO_OK && !ar_s3_credentials_set(call->credentials, answer.access_key,
                                                     answer.secret_key, answer.session_token)) {
        code = no_memory(error);
    }
    if (code == ARTREPO_OK) {
        call->credentials->expiry_ms = ar_service_expiry(response, answer.expiry_ms);
        call->credentials->origin =
            call->token_file == NULL ? "a role of STS" : "a web identity and STS";
    } else {
        artrepo_error_prefix(error, "%s", call->what);
    }
    free_answer(&answer);
    return code;
}

/* ---- refusals ---- */

typedef struct sts_fault {
    char code[64];
    char message[512];
} sts_fault;

static artrepo_code read_fault_element(void *data, const char *path, const char *text,
                                       artrepo_error *error) {
    (void)error;
    sts_fault *fault = data;
    if (strcmp(path, "ErrorResponse/Error/Code") == 0) {
        snprintf(fault->code, sizeof fault->code, "%s", text);
    } else if (strcmp(path, "ErrorResponse/Error/Message") == 0) {
        snprintf(fault->message, sizeof fault->message, "%s", text);
    }
    return ARTREPO_OK;
}

static bool is_one_of(const char *code, const char *const *list) {
    for (; *list != NULL; list++) {
        if (strcmp(code, *list) == 0) {
            return true;
        }
    }
    return false;
}

/* Identity providers are asked by STS, and keys that were just made take a while to be known. */
static bool is_transient(const sts_call *call, const char *code) {
    static const char *const always[] = {"Throttling",           "ThrottlingException",
                                         "RequestLimitExceeded", "InternalFailure",
                                         "ServiceUnavailable",   NULL};
    static const char *const of_identities[] = {"IDPCommunicationError", "InvalidIdentityToken",
                                                NULL};
    return is_one_of(code, always) || (call->token_file != NULL && is_one_of(code, of_identities));
}

static const char *advice_on(const sts_call *call, const char *code) {
    if (strncmp(code, "ExpiredToken", 12) == 0) {
        return call->token_file != NULL ? "; renew the token in that file"
                                        : "; renew the credentials that the role is assumed with";
    }
    if (strcmp(code, "AccessDenied") == 0) {
        return "; check the role's trust policy, and that the account may assume it";
    }
    if (strcmp(code, "InvalidClientTokenId") == 0 || strcmp(code, "SignatureDoesNotMatch") == 0) {
        return "; check the keys that the role is assumed with";
    }
    if (strcmp(code, "RegionDisabledException") == 0) {
        return "; choose another region with AWS_REGION";
    }
    return "";
}

static artrepo_code refuse(const sts_call *call, const ar_http_response *response,
                           artrepo_error *error) {
    sts_fault fault = {{0}, {0}};
    char words[700];
    ar_s3_xml_read(response->body.data, response->body.size, read_fault_element, &fault, NULL);
    if (fault.code[0] == '\0') {
        snprintf(words, sizeof words, "and no answer of STS; check the endpoint");
    } else {
        snprintf(words, sizeof words, "%s%s%s%s", fault.code, fault.message[0] == '\0' ? "" : ": ",
                 fault.message, advice_on(call, fault.code));
    }
    ar_service_refused(call->what, response, words, error);
    if (is_transient(call, fault.code)) {
        error->code = ARTREPO_TRANSIENT;
        error->retryable = true;
    }
    snprintf(error->store_code, sizeof error->store_code, "%s", fault.code);
    return error->code;
}

/* ---- calling ---- */

/* Whether STS refused because of the time that was signed, which it tells: once more, then. */
static bool correct_clock(sts_call *call, const ar_http_response *response) {
    if (call->base == NULL || response->date_ms == 0 || response->status / 100 != 4) {
        return false;
    }
    int64_t offset = response->date_ms - ar_clock_wall_ms();
    int64_t change = offset - call->clock_offset_ms;
    if (change > -MAX_CLOCK_ERROR_MS && change < MAX_CLOCK_ERROR_MS) {
        return false;
    }
    call->clock_offset_ms = offset;
    return true;
}

static artrepo_code attempt_call(void *data, artrepo_error *error) {
    sts_call *call = data;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = send_call(call, &response, error);
    if (code == ARTREPO_OK && correct_clock(call, &response)) {
        ar_service_clear(&response);
        code = send_call(call, &response, error);
    }
    if (code == ARTREPO_OK) {
        code = response.status == 200 ? read_answer(call, &response, error)
                                      : refuse(call, &response, error);
    }
    ar_service_clear(&response);
    return code;
}

static artrepo_code run_call(sts_call *call, artrepo_error *error) {
    artrepo_code code = find_endpoint(call, error);
    if (code == ARTREPO_OK) {
        code = open_client(call, error);
    }
    if (code == ARTREPO_OK) {
        code =
            ar_service_retrying(attempt_call, call, "assume role", call->lookup->operation, error);
    }
    ar_http_client_close(call->client);
    return code;
}

artrepo_code ar_s3_sts_assume_role(const ar_s3_lookup *lookup, const ar_s3_role *role,
                                   const ar_s3_credentials *base, ar_s3_credentials *credentials,
                                   artrepo_error *error) {
    sts_call call = {.lookup = lookup, .role = role, .base = base, .credentials = credentials};
    return run_call(&call, error);
}

artrepo_code ar_s3_sts_assume_role_with_web_identity(const ar_s3_lookup *lookup,
                                                     const ar_s3_role *role, const char *token_file,
                                                     ar_s3_credentials *credentials,
                                                     artrepo_error *error) {
    sts_call call = {
        .lookup = lookup, .role = role, .token_file = token_file, .credentials = credentials};
    return run_call(&call, error);
}
