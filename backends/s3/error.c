/* What the store's answers mean. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/operation.h"
#include "s3/request.h"
#include "s3/xml.h"

/* ---- words ---- */

void ar_s3_describe(const ar_s3 *s3, const ar_s3_request *request, char *text, size_t size) {
    if (request->key != NULL) {
        snprintf(text, size, "%s '%s' in bucket '%s' at %s", request->verb, request->key,
                 s3->config.bucket, s3->endpoint);
    } else if (request->prefix != NULL && request->prefix[0] != '\0') {
        snprintf(text, size, "%s '%s' of bucket '%s' at %s", request->verb, request->prefix,
                 s3->config.bucket, s3->endpoint);
    } else {
        snprintf(text, size, "%s bucket '%s' at %s", request->verb, s3->config.bucket,
                 s3->endpoint);
    }
}

/* ---- the error document ---- */

static artrepo_code read_fault_element(void *data, const char *path, const char *text,
                                       artrepo_error *error) {
    (void)error;
    ar_s3_fault *fault = data;
    if (strcmp(path, "Error/Code") == 0) {
        snprintf(fault->code, sizeof fault->code, "%s", text);
    } else if (strcmp(path, "Error/Message") == 0) {
        snprintf(fault->message, sizeof fault->message, "%s", text);
    } else if (strcmp(path, "Error/RequestId") == 0) {
        snprintf(fault->request_id, sizeof fault->request_id, "%s", text);
    } else if (strcmp(path, "Error/Region") == 0) {
        snprintf(fault->region, sizeof fault->region, "%s", text);
    }
    return ARTREPO_OK;
}

bool ar_s3_fault_read(const ar_http_response *response, ar_s3_fault *fault) {
    memset(fault, 0, sizeof *fault);
    bool read =
        response->body.size > 0 && ar_s3_xml_read(response->body.data, response->body.size,
                                                  read_fault_element, fault, NULL) == ARTREPO_OK;
    const char *request_id = ar_http_response_header(response, "x-amz-request-id");
    if (fault->request_id[0] == '\0' && request_id != NULL) {
        snprintf(fault->request_id, sizeof fault->request_id, "%s", request_id);
    }
    return read && fault->code[0] != '\0';
}

/* ---- codes ---- */

typedef struct meaning {
    const char *name;
    artrepo_code code;
    bool retryable;
    const char *advice; /* NULL: the store's words are enough */
} meaning;

#define CHECK_ACCESS_KEY "check the access key"
#define CHECK_SECRET_KEY "check the secret key, and that it belongs to the access key"
/* Some stores take no key that is no text, and do not say so. */
#define ODD_SIGNATURE                                                                              \
    "the key is no plain UTF-8 text, which some stores do not take; otherwise " CHECK_SECRET_KEY
#define RENEW "renew the temporary credentials"

static const meaning meanings[] = {
    {"AccessDenied", ARTREPO_ACCESS_DENIED, false,
     "check that the account may do this in this bucket"},
    {"AccountProblem", ARTREPO_ACCESS_DENIED, false, NULL},
    {"AllAccessDisabled", ARTREPO_ACCESS_DENIED, false, NULL},
    {"AuthorizationHeaderMalformed", ARTREPO_INVALID, false, "check the region"},
    {"BadDigest", ARTREPO_IO, true, "the data was damaged on the way"},
    {"BucketAlreadyExists", ARTREPO_ACCESS_DENIED, false, "choose another name for the bucket"},
    {"ExpiredToken", ARTREPO_ACCESS_DENIED, false, RENEW},
    {"ExpiredTokenException", ARTREPO_ACCESS_DENIED, false, RENEW},
    {"IncompleteBody", ARTREPO_TRANSIENT, true, NULL},
    {"InternalError", ARTREPO_TRANSIENT, true, NULL},
    {"InvalidAccessKeyId", ARTREPO_ACCESS_DENIED, false, CHECK_ACCESS_KEY},
    {"InvalidObjectState", ARTREPO_ACCESS_DENIED, false, "restore it from the archive class"},
    {"InvalidSecurity", ARTREPO_ACCESS_DENIED, false, NULL},
    {"InvalidToken", ARTREPO_ACCESS_DENIED, false, "check the session token"},
    {"InvalidTokenId", ARTREPO_ACCESS_DENIED, false, "check the session token"},
    {"KeyTooLongError", ARTREPO_INVALID, false, "use a shorter key"},
    {"MethodNotAllowed", ARTREPO_UNSUPPORTED, false, NULL},
    {"NoSuchUpload", ARTREPO_IO, false, "the upload was removed by someone else"},
    {"NotImplemented", ARTREPO_UNSUPPORTED, false, NULL},
    {"OperationAborted", ARTREPO_TRANSIENT, true, NULL},
    {"PermanentRedirect", ARTREPO_INVALID, false, "check the endpoint and the region"},
    {"PreconditionFailed", ARTREPO_IO, false, "the object was replaced while it was read"},
    {"RequestError", ARTREPO_TRANSIENT, true, NULL},
    {"RequestLimitExceeded", ARTREPO_TRANSIENT, true, NULL},
    {"RequestThrottled", ARTREPO_TRANSIENT, true, NULL},
    {"RequestTimeTooSkewed", ARTREPO_ACCESS_DENIED, false, "set this machine's clock"},
    {"RequestTimeout", ARTREPO_TRANSIENT, true, NULL},
    {"ServiceUnavailable", ARTREPO_TRANSIENT, true, NULL},
    {"SignatureDoesNotMatch", ARTREPO_ACCESS_DENIED, false, CHECK_SECRET_KEY},
    {"SlowDown", ARTREPO_TRANSIENT, true, NULL},
    {"Throttling", ARTREPO_TRANSIENT, true, NULL},
    {"ThrottlingException", ARTREPO_TRANSIENT, true, NULL},
    {"TokenRefreshRequired", ARTREPO_ACCESS_DENIED, false, RENEW},
    {"UnauthorizedAccess", ARTREPO_ACCESS_DENIED, false, NULL},
    {"XAdminUserNotFound", ARTREPO_ACCESS_DENIED, false, CHECK_ACCESS_KEY},
    {"XAmzContentSHA256Mismatch", ARTREPO_IO, true,
     "the data was damaged on the way, or changed while it was read"},
};

static int compare_meaning(const void *name, const void *entry) {
    return strcmp(name, ((const meaning *)entry)->name);
}

static meaning meaning_of_status(int status) {
    switch (status) {
    case 401:
    case 403:
        return (meaning){"", ARTREPO_ACCESS_DENIED, false, "check the credentials"};
    case 404:
    case 410:
        return (meaning){"", ARTREPO_NOT_FOUND, false, NULL};
    case 405:
    case 501:
        return (meaning){"", ARTREPO_UNSUPPORTED, false, NULL};
    case 408:
    case 429:
        return (meaning){"", ARTREPO_TRANSIENT, true, NULL};
    case 412:
        return (meaning){"", ARTREPO_IO, false, "the object was replaced while it was read"};
    case 507:
        return (meaning){"", ARTREPO_IO, false, "free some space in the store"};
    default:
        break;
    }
    if (status >= 500) {
        return (meaning){"", ARTREPO_TRANSIENT, true, NULL};
    }
    if (status >= 300 && status < 400) {
        return (meaning){"", ARTREPO_INVALID, false, "check the endpoint and the region"};
    }
    return (meaning){"", ARTREPO_INVALID, false, NULL};
}

/* Whatever the status: MinIO's is 404 when there is no such key, which no object is missing for. */
static bool is_about_encryption_keys(const ar_s3_fault *fault, int status) {
    return status / 100 == 4 && status != 429 && strncasecmp(fault->code, "kms", 3) == 0 &&
           (fault->code[3] == ':' || fault->code[3] == '.');
}

static meaning meaning_of(const ar_s3_fault *fault, int status) {
    if (is_about_encryption_keys(fault, status)) {
        return (meaning){"", ARTREPO_INVALID, false,
                         "check kmsKeyId, and that the store may use that key"};
    }
    const meaning *found = bsearch(fault->code, meanings, sizeof meanings / sizeof *meanings,
                                   sizeof *meanings, compare_meaning);
    return found != NULL ? *found : meaning_of_status(status);
}

/* ---- errors ---- */

static artrepo_code finish(artrepo_error *error, const ar_http_response *response,
                           const ar_s3_fault *fault, bool retryable) {
    error->retryable = retryable;
    error->http_status = response->status;
    error->retry_after_ms = response->retry_after_ms;
    snprintf(error->store_code, sizeof error->store_code, "%s", fault->code);
    snprintf(error->request_id, sizeof error->request_id, "%s", fault->request_id);
    return error->code;
}

/* The beginning of a body that is not S3's, for the message. */
static void quote_body(const ar_http_response *response, char *text, size_t size) {
    const char *body = response->body.data == NULL ? "" : response->body.data;
    body += strspn(body, " \t\r\n");
    size_t length = strlen(body);
    length = length < size - 1 ? length : size - 1;
    memcpy(text, body, length);
    while (length > 0 && isspace((unsigned char)text[length - 1])) {
        length--;
    }
    text[length] = '\0';
}

static bool says_it_wants_tls(const char *body) {
    return strstr(body, "HTTP request to an HTTPS server") != NULL ||
           strstr(body, "plain HTTP request was sent to HTTPS port") != NULL;
}

/* An answer that has nothing of S3: a proxy, a web server, a TLS port. */
static artrepo_code error_of_stranger(const char *what, const ar_s3_request *request,
                                      const ar_http_response *response, meaning m,
                                      artrepo_error *error) {
    char body[201];
    quote_body(response, body, sizeof body);
    if (response->status == 400 && says_it_wants_tls(body)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "%s: the server speaks TLS, and does not answer plain HTTP; "
                                 "remove insecure: true",
                                 what);
    }
    bool silent = body[0] == '\0' || strcmp(request->method, "HEAD") == 0;
    return artrepo_error_set(error, m.code, "%s: HTTP %d%s%s%s%s%s", what, response->status,
                             silent ? "" : ", and no answer of an S3 store: ", silent ? "" : body,
                             silent ? "" : "; check the endpoint", m.advice == NULL ? "" : "; ",
                             m.advice == NULL ? "" : m.advice);
}

artrepo_code ar_s3_error_of_answer(const ar_s3 *s3, const ar_s3_request *request,
                                   const ar_http_response *response, artrepo_error *out) {
    artrepo_error local;
    artrepo_error *error = out == NULL ? &local : out;
    char what[1500];
    ar_s3_fault fault;
    ar_s3_describe(s3, request, what, sizeof what);
    bool has_fault = ar_s3_fault_read(response, &fault);
    meaning m = meaning_of(&fault, response->status);
    if (strcmp(fault.code, "NoSuchBucket") == 0) {
        /* Not NOT_FOUND, which optional artifacts are skipped for: a setting is wrong. */
        artrepo_error_set(error, ARTREPO_INVALID, "%s: bucket '%s' does not exist at %s; %s", what,
                          s3->config.bucket, s3->endpoint,
                          s3->config.create_bucket ? "the first put creates it"
                                                   : "create it or set createBucketIfNotPresent");
    } else if (strcmp(fault.code, "NoSuchKey") == 0 ||
               (!has_fault && response->status == 404 && strcmp(request->method, "HEAD") == 0)) {
        artrepo_error_set(error, ARTREPO_NOT_FOUND, "%s: no object '%s' in bucket '%s'", what,
                          request->key == NULL ? "" : request->key, s3->config.bucket);
    } else if (has_fault) {
        if (strcmp(fault.code, "SignatureDoesNotMatch") == 0 && request->key != NULL &&
            !ar_s3_xml_can_carry(request->key)) {
            m.advice = ODD_SIGNATURE;
        }
        artrepo_error_set(error, m.code, "%s: %s (HTTP %d)%s%s%s%s", what, fault.code,
                          response->status, fault.message[0] == '\0' ? "" : ": ", fault.message,
                          m.advice == NULL ? "" : "; ", m.advice == NULL ? "" : m.advice);
    } else {
        error_of_stranger(what, request, response, m, error);
    }
    return finish(error, response, &fault, m.retryable);
}

/* Asks once. */
static bool wants_tls(ar_s3 *s3) {
    if (atomic_load(&s3->protocol) == AR_S3_UNHEARD) {
        bool tls = ar_http_client_speaks_tls(s3->http, s3->config.host);
        atomic_store(&s3->protocol, tls ? AR_S3_TLS : AR_S3_HTTP);
    }
    return atomic_load(&s3->protocol) == AR_S3_TLS;
}

artrepo_code ar_s3_error_of_transport(ar_s3 *s3, const ar_s3_request *request,
                                      const ar_http_response *response, artrepo_error *error) {
    if (error == NULL) {
        return ARTREPO_INTERNAL;
    }
    const char *advice = "";
    if (response->failure == AR_HTTP_SILENT && !s3->config.tls && wants_tls(s3)) {
        artrepo_error_set(error, ARTREPO_INVALID,
                          "the server speaks TLS, and does not answer plain HTTP; remove "
                          "insecure: true");
    }
    switch (response->failure) {
    case AR_HTTP_NOT_TLS:
        advice = "; set insecure: true for plain HTTP";
        break;
    case AR_HTTP_NOT_HTTP:
        advice = s3->config.tls ? "" : "; remove insecure: true if it speaks TLS";
        break;
    case AR_HTTP_CERTIFICATE:
        advice = "; set caSecret to the certificate of its CA";
        break;
    case AR_HTTP_UNREACHABLE:
        advice = "; check the endpoint";
        break;
    default:
        break;
    }
    size_t length = strlen(error->message);
    snprintf(error->message + length, sizeof error->message - length, "%s", advice);
    char what[1500];
    ar_s3_describe(s3, request, what, sizeof what);
    error->http_status = response->status;
    return artrepo_error_prefix(error, "%s", what);
}
