/* What the store's answers mean. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "gcs/request.h"
#include "remote/json.h"

/* ---- words ---- */

void ar_gcs_describe(const ar_gcs *gcs, const ar_gcs_request *request, char *text, size_t size) {
    if (request->key != NULL) {
        snprintf(text, size, "%s '%s' in bucket '%s' at %s", request->verb, request->key,
                 gcs->config.bucket, gcs->config.endpoint);
    } else if (request->prefix != NULL && request->prefix[0] != '\0') {
        snprintf(text, size, "%s '%s' of bucket '%s' at %s", request->verb, request->prefix,
                 gcs->config.bucket, gcs->config.endpoint);
    } else {
        snprintf(text, size, "%s bucket '%s' at %s", request->verb, gcs->config.bucket,
                 gcs->config.endpoint);
    }
}

/* ---- the error document ---- */

typedef struct gcs_fault {
    char reason[64];
    char message[512];
} gcs_fault;

static void trim_end(char *text) {
    size_t length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        text[--length] = '\0';
    }
}

/* {"error": {"code": 404, "message": "...", "errors": [{"reason": "notFound"}]}}; downloads and
 * uploads are refused in plain text. */
static void read_fault(const ar_http_response *response, gcs_fault *fault) {
    const char *body = response->body.data == NULL ? "" : response->body.data;
    memset(fault, 0, sizeof *fault);
    json_t *root = json_loadb(body, response->body.size, 0, NULL);
    const json_t *error = json_object_get(root, "error");
    if (json_is_object(error)) {
        const json_t *first = json_array_get(json_object_get(error, "errors"), 0);
        const char *reason = ar_json_text(first, "reason");
        const char *message = ar_json_text(error, "message");
        reason = reason == NULL ? ar_json_text(error, "status") : reason;
        snprintf(fault->reason, sizeof fault->reason, "%s", reason == NULL ? "" : reason);
        snprintf(fault->message, sizeof fault->message, "%s", message == NULL ? "" : message);
    } else {
        body += strspn(body, " \t\r\n");
        snprintf(fault->message, sizeof fault->message, "%.200s", body[0] == '<' ? "" : body);
    }
    trim_end(fault->message);
    json_decref(root);
}

/* ---- codes ---- */

typedef struct meaning {
    artrepo_code code;
    bool retryable;
    const char *advice; /* NULL: the store's words are enough */
} meaning;

static bool is_about_rate(const gcs_fault *fault) {
    return strcasestr(fault->reason, "rateLimitExceeded") != NULL;
}

/* "Provided CRC32C "…" doesn't match calculated CRC32C "…"." */
static bool is_about_checksum(const gcs_fault *fault) {
    return strcasestr(fault->message, "doesn't match calculated") != NULL;
}

static meaning meaning_of(const ar_gcs *gcs, const gcs_fault *fault, int status) {
    switch (status) {
    case 400:
        return is_about_checksum(fault)
                   ? (meaning){ARTREPO_IO, true, "the data was damaged on the way"}
                   : (meaning){ARTREPO_INVALID, false, NULL};
    case 401:
        return (meaning){ARTREPO_ACCESS_DENIED, false,
                         gcs->config.anonymous
                             ? "unset STORAGE_EMULATOR_HOST, with which no credentials are sent"
                             : "check the credentials"};
    case 403:
        return is_about_rate(fault)
                   ? (meaning){ARTREPO_TRANSIENT, true, NULL}
                   : (meaning){ARTREPO_ACCESS_DENIED, false,
                               "check that the account has a role such as Storage Object User in "
                               "this bucket"};
    case 404:
        return (meaning){ARTREPO_NOT_FOUND, false, NULL};
    case 408:
    case 429:
        return (meaning){ARTREPO_TRANSIENT, true, NULL};
    case 409: /* two requests met at one object */
        return (meaning){ARTREPO_TRANSIENT, true, NULL};
    case 412:
        return (meaning){ARTREPO_IO, false, "the object was replaced meanwhile"};
    case 501:
        return (meaning){ARTREPO_UNSUPPORTED, false, NULL};
    default:
        break;
    }
    if (status >= 500) {
        return (meaning){ARTREPO_TRANSIENT, true, NULL};
    }
    if (status >= 300 && status < 400) {
        return (meaning){ARTREPO_INVALID, false, "check the endpoint"};
    }
    return (meaning){ARTREPO_INVALID, false, NULL};
}

/* ---- errors ---- */

static bool is_about_bucket(const gcs_fault *fault) {
    return strstr(fault->message, "bucket does not exist") != NULL;
}

int ar_gcs_disguised_status(const ar_http_response *response) {
    if (response->body.size == 0 || strstr(response->body.data, "\"error\"") == NULL) {
        return 0;
    }
    json_t *root = json_loadb(response->body.data, response->body.size, 0, NULL);
    const json_t *error = json_object_get(root, "error");
    json_int_t code = json_integer_value(json_object_get(error, "code"));
    bool is_error = json_is_object(error);
    json_decref(root);
    return !is_error ? 0 : code >= 400 && code < 600 ? (int)code : 500;
}

artrepo_code ar_gcs_error_of_answer(const ar_gcs *gcs, const ar_gcs_request *request,
                                    const ar_http_response *response, artrepo_error *out) {
    artrepo_error local;
    artrepo_error *error = out == NULL ? &local : out;
    char what[1500];
    gcs_fault fault;
    const char *request_id = ar_http_response_header(response, "X-GUploader-UploadID");
    ar_gcs_describe(gcs, request, what, sizeof what);
    read_fault(response, &fault);
    meaning m = meaning_of(gcs, &fault, response->status);
    /* Uploads are of objects that need not be there. */
    bool is_upload = strcmp(request->method, "POST") == 0;
    if (response->status == 404 && (is_about_bucket(&fault) || request->key == NULL || is_upload)) {
        /* Not NOT_FOUND, which optional artifacts are skipped for: a setting is wrong. */
        artrepo_error_set(error, ARTREPO_INVALID,
                          "%s: bucket '%s' does not exist, or is not to be seen by the account; "
                          "create it",
                          what, gcs->config.bucket);
    } else if (response->status == 404) {
        artrepo_error_set(error, ARTREPO_NOT_FOUND, "%s: no object '%s' in bucket '%s'", what,
                          request->key, gcs->config.bucket);
    } else {
        artrepo_error_set(error, m.code, "%s: HTTP %d%s%s%s%s%s%s", what, response->status,
                          fault.reason[0] == '\0' ? "" : " ", fault.reason,
                          fault.message[0] == '\0' ? "" : ": ", fault.message,
                          m.advice == NULL ? "" : "; ", m.advice == NULL ? "" : m.advice);
    }
    error->retryable = m.retryable;
    error->http_status = response->status;
    error->retry_after_ms = response->retry_after_ms;
    snprintf(error->store_code, sizeof error->store_code, "%s", fault.reason);
    snprintf(error->request_id, sizeof error->request_id, "%s",
             request_id == NULL ? "" : request_id);
    return error->code;
}

artrepo_code ar_gcs_error_of_transport(const ar_gcs *gcs, const ar_gcs_request *request,
                                       const ar_http_response *response, artrepo_error *error) {
    if (error == NULL) {
        return ARTREPO_INTERNAL;
    }
    const char *advice = "";
    switch (response->failure) {
    case AR_HTTP_NOT_TLS:
        advice = "; give STORAGE_EMULATOR_HOST as http://HOST:PORT";
        break;
    case AR_HTTP_NOT_HTTP:
    case AR_HTTP_UNREACHABLE:
        advice = gcs->config.anonymous ? "; check STORAGE_EMULATOR_HOST" : "";
        break;
    default:
        break;
    }
    size_t length = strlen(error->message);
    snprintf(error->message + length, sizeof error->message - length, "%s", advice);
    char what[1500];
    ar_gcs_describe(gcs, request, what, sizeof what);
    error->http_status = response->status;
    return artrepo_error_prefix(error, "%s", what);
}
