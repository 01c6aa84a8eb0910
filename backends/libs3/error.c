/* What libs3's statuses mean. It does not hand out the store's own code and HTTP status, but names
 * its statuses after the one, which implies the other. */
#include <stdio.h>
#include <string.h>

#include "libs3/call.h"

typedef struct status_meaning {
    S3Status status;
    artrepo_code code;
    int http_status; /* 0: not an answer of the store */
    const char *advice;
} status_meaning;

#define CHECK_CREDENTIALS "check the credentials, and what they may do in this bucket"
#define CHECK_ENDPOINT "check the endpoint"

static const status_meaning meanings[] = {
    {S3StatusOutOfMemory, ARTREPO_INTERNAL, 0, NULL},
    {S3StatusInternalError, ARTREPO_TRANSIENT, 0, "the connection may have broken"},
    {S3StatusFailedToInitializeRequest, ARTREPO_INTERNAL, 0, NULL},
    {S3StatusNameLookupError, ARTREPO_TRANSIENT, 0, CHECK_ENDPOINT},
    {S3StatusFailedToConnect, ARTREPO_TRANSIENT, 0, CHECK_ENDPOINT},
    {S3StatusConnectionFailed, ARTREPO_TRANSIENT, 0, "the connection broke, or was too slow"},
    {S3StatusServerFailedVerification, ARTREPO_ACCESS_DENIED, 0,
     "the store's certificate is not one that this machine trusts"},
    {S3StatusQueryParamsTooLong, ARTREPO_UNSUPPORTED, 0, "use a shorter prefix"},
    {S3StatusUriTooLong, ARTREPO_UNSUPPORTED, 0, "use a shorter key"},
    {S3StatusKeyTooLong, ARTREPO_UNSUPPORTED, 0, "use a shorter key"},
    {S3StatusBadContentType, ARTREPO_INVALID, 0, "give another content type"},
    {S3StatusContentTypeTooLong, ARTREPO_UNSUPPORTED, 0, "give a shorter content type"},
    {S3StatusIfMatchETagTooLong, ARTREPO_UNSUPPORTED, 0, NULL},

    {S3StatusErrorAccessDenied, ARTREPO_ACCESS_DENIED, 403, CHECK_CREDENTIALS},
    {S3StatusErrorAccountProblem, ARTREPO_ACCESS_DENIED, 403, NULL},
    {S3StatusErrorBadDigest, ARTREPO_TRANSIENT, 400, "the data was damaged on the way"},
    {S3StatusErrorEntityTooLarge, ARTREPO_UNSUPPORTED, 400, "use the driver s3 for large objects"},
    {S3StatusErrorExpiredToken, ARTREPO_ACCESS_DENIED, 400, NULL},
    {S3StatusErrorIncompleteBody, ARTREPO_TRANSIENT, 400, NULL},
    {S3StatusErrorInternalError, ARTREPO_TRANSIENT, 500, NULL},
    {S3StatusErrorInvalidAccessKeyId, ARTREPO_ACCESS_DENIED, 403, "check the access key"},
    {S3StatusErrorInvalidRange, ARTREPO_INVALID, 416, NULL},
    {S3StatusErrorInvalidSecurity, ARTREPO_ACCESS_DENIED, 403, CHECK_CREDENTIALS},
    {S3StatusErrorInvalidToken, ARTREPO_ACCESS_DENIED, 400, NULL},
    {S3StatusErrorMethodNotAllowed, ARTREPO_UNSUPPORTED, 405, NULL},
    {S3StatusErrorNoSuchBucket, ARTREPO_INVALID, 404, "check the bucket"},
    {S3StatusErrorNoSuchKey, ARTREPO_NOT_FOUND, 404, NULL},
    {S3StatusErrorNotImplemented, ARTREPO_UNSUPPORTED, 501, NULL},
    {S3StatusErrorNotSignedUp, ARTREPO_ACCESS_DENIED, 403, NULL},
    {S3StatusErrorOperationAborted, ARTREPO_TRANSIENT, 409, NULL},
    {S3StatusErrorPermanentRedirect, ARTREPO_INVALID, 301, CHECK_ENDPOINT},
    {S3StatusErrorPreconditionFailed, ARTREPO_IO, 412, "the object was replaced while it was read"},
    {S3StatusErrorRequestTimeout, ARTREPO_TRANSIENT, 400, NULL},
    {S3StatusErrorRequestTimeTooSkewed, ARTREPO_ACCESS_DENIED, 403, "set this machine's clock"},
    {S3StatusErrorSignatureDoesNotMatch, ARTREPO_ACCESS_DENIED, 403,
     "check the secret key, and that the store takes " AR_LIBS3_SIGNATURE},
    {S3StatusErrorSlowDown, ARTREPO_TRANSIENT, 503, NULL},
    {S3StatusErrorTokenRefreshRequired, ARTREPO_ACCESS_DENIED, 400, NULL},
    /* A code that is younger than libs3, such as that of a store that is starting. */
    {S3StatusErrorUnknown, ARTREPO_TRANSIENT, 0, "libs3 does not know the store's code for it"},
#ifdef AR_LIBS3_V4
    {S3StatusErrorServiceUnavailable, ARTREPO_TRANSIENT, 503, NULL},
    {S3StatusErrorInvalidObjectState, ARTREPO_ACCESS_DENIED, 403,
     "restore it from the archive class"},
#endif

    {S3StatusHttpErrorMovedTemporarily, ARTREPO_INVALID, 307, CHECK_ENDPOINT},
    {S3StatusHttpErrorBadRequest, ARTREPO_INVALID, 400, NULL},
    {S3StatusHttpErrorForbidden, ARTREPO_ACCESS_DENIED, 403, CHECK_CREDENTIALS},
    {S3StatusHttpErrorNotFound, ARTREPO_NOT_FOUND, 404, NULL},
    {S3StatusHttpErrorConflict, ARTREPO_TRANSIENT, 409, NULL},
    {S3StatusHttpErrorUnknown, ARTREPO_TRANSIENT, 0, "libs3 does not know the HTTP status"},
};

static status_meaning meaning_of(const ar_libs3_call *call) {
    if (call->status == S3StatusXmlParseFailure) {
        return call->answered
                   ? (status_meaning){call->status, ARTREPO_UNSUPPORTED, 0,
                                      "a key in it may hold control characters; use the driver s3"}
                   : (status_meaning){call->status, ARTREPO_TRANSIENT, 0,
                                      "an error that is not S3's; " CHECK_ENDPOINT};
    }
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (meanings[i].status == call->status) {
            return meanings[i];
        }
    }
    return (status_meaning){call->status, ARTREPO_INVALID, 0, NULL};
}

void ar_libs3_describe(const ar_libs3_call *call, char *text, size_t size) {
    snprintf(text, size, "%s '%s' in bucket '%s' at %s", call->verb, call->key,
             call->store->bucket_name, call->store->endpoint);
}

artrepo_code ar_libs3_error_of_call(const ar_libs3_call *call, artrepo_error *error) {
    static const char store_prefix[] = "Error";
    artrepo_error local;
    error = error == NULL ? &local : error;
    status_meaning meaning = meaning_of(call);
    const char *name = S3_get_status_name(call->status);
    bool is_store = strncmp(name, store_prefix, sizeof store_prefix - 1) == 0;
    name += is_store ? sizeof store_prefix - 1 : 0;
    char what[1400];
    ar_libs3_describe(call, what, sizeof what);
    artrepo_error_set(error, meaning.code, "%s: %s%s%s%s%s", what, name,
                      call->message[0] == '\0' ? "" : ": ", call->message,
                      meaning.advice == NULL ? "" : "; ",
                      meaning.advice == NULL ? "" : meaning.advice);
    error->retryable = meaning.code == ARTREPO_TRANSIENT;
    error->http_status = meaning.http_status;
    if (is_store && call->status != S3StatusErrorUnknown) {
        snprintf(error->store_code, sizeof error->store_code, "%s", name);
    }
    snprintf(error->request_id, sizeof error->request_id, "%s", call->request_id);
    return error->code;
}
