/* What curl's results mean: which of them are worth another attempt, and what to do about the
 * others. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "http/transfer.h"

/* "HOST:PORT" or "HOST" of the URL, for messages. */
static void server_of(const char *url, char *server, size_t size) {
    const char *start = strstr(url, "://");
    start = start == NULL ? url : start + 3;
    size_t length = strcspn(start, "/?#");
    const char *at = memrchr(start, '@', length);
    if (at != NULL) { /* a password may stand before it */
        length -= (size_t)(at + 1 - start);
        start = at + 1;
    }
    snprintf(server, size, "%.*s", (int)length, start);
}

static artrepo_code retryable(ar_http_transfer *transfer, ar_http_failure failure,
                              artrepo_error *error, const char *what, const char *server) {
    transfer->response->failure = failure;
    long errnum = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_OS_ERRNO, &errnum);
    artrepo_error_set(error, ARTREPO_TRANSIENT, "%s %s: %s", what, server, transfer->text);
    if (error != NULL) {
        /* Of EPIPE programs think that their own output is not wanted any more. */
        error->system_errno = errnum == EPIPE ? ECONNRESET : (int)errnum;
    }
    return ARTREPO_TRANSIENT;
}

static artrepo_code final(ar_http_transfer *transfer, ar_http_failure failure, artrepo_error *error,
                          const char *server, const char *what) {
    transfer->response->failure = failure;
    return artrepo_error_set(error, ARTREPO_INVALID, "%s %s (%s)", server, what, transfer->text);
}

static bool says(const ar_http_transfer *transfer, const char *words) {
    return strstr(transfer->text, words) != NULL;
}

/* The server's word on our certificate, which with TLS 1.3 comes behind the handshake. */
static bool wants_other_certificate(const ar_http_transfer *transfer) {
    static const char *const words[] = {
        "alert certificate required", "alert bad certificate",        "alert unknown ca",
        "alert certificate expired",  "alert certificate revoked",    "alert certificate unknown",
        "alert access denied",        "alert unsupported certificate"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (says(transfer, words[i])) {
            return true;
        }
    }
    return false;
}

static artrepo_code identity_refused(ar_http_transfer *transfer, const char *server,
                                     artrepo_error *error) {
    transfer->response->failure = AR_HTTP_IDENTITY;
    return artrepo_error_set(error, ARTREPO_ACCESS_DENIED,
                             "%s wants a client certificate that it trusts (%s)", server,
                             transfer->text);
}

/* A handshake fails for good, or because the connection was lost meanwhile. */
static artrepo_code handshake_failed(ar_http_transfer *transfer, const char *server,
                                     artrepo_error *error) {
    if (wants_other_certificate(transfer)) {
        return identity_refused(transfer, server, error);
    }
    if (says(transfer, "wrong version number") || says(transfer, "packet length too long") ||
        says(transfer, "record layer failure") || says(transfer, "http request")) {
        return final(transfer, AR_HTTP_NOT_TLS, error, server,
                     "does not speak TLS; use plain HTTP, or name its TLS port");
    }
    if (says(transfer, "SSL_ERROR_SYSCALL") || says(transfer, "unexpected eof") ||
        says(transfer, "reset by peer") || says(transfer, "Broken pipe")) {
        return retryable(transfer, AR_HTTP_BROKEN, error, "the TLS handshake was cut off by",
                         server);
    }
    return final(transfer, AR_HTTP_CERTIFICATE, error, server,
                 "and this side have no way of TLS in common; look at its TLS versions and "
                 "certificate, and whether it wants a client certificate");
}

/* Of all answers before the last one, too, which curl counts and we do not. */
static artrepo_code headers_too_large(ar_http_transfer *transfer, artrepo_error *error) {
    transfer->response->failure = AR_HTTP_BROKEN;
    return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                             "the answer's headers are larger than any that make sense");
}

/* Curl says the same of a single header that is too large. */
static artrepo_code no_memory(ar_http_transfer *transfer, const char *server,
                              artrepo_error *error) {
    transfer->response->failure = AR_HTTP_LOCAL;
    return artrepo_error_set(error, ARTREPO_INTERNAL,
                             "no memory for a request to %s, or its answer has a header that is "
                             "larger than any that makes sense",
                             server);
}

static artrepo_code own_failure(ar_http_transfer *transfer, artrepo_error *error) {
    transfer->response->failure = AR_HTTP_LOCAL;
    if (error != NULL) {
        *error = transfer->failure;
    }
    return transfer->failure.code;
}

artrepo_code ar_http_transfer_failed(ar_http_transfer *transfer, CURLcode result,
                                     artrepo_error *error) {
    char server[300];
    server_of(transfer->request->url, server, sizeof server);
    if (transfer->text[0] == '\0') {
        snprintf(transfer->text, sizeof transfer->text, "%s", curl_easy_strerror(result));
    }
    /* A deadline is enforced by curl's time-out too: the operation knows which it was. */
    if (transfer->failure.code != ARTREPO_OK ||
        artrepo_operation_check(transfer->operation, &transfer->failure) != ARTREPO_OK) {
        return own_failure(transfer, error);
    }
    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return retryable(transfer, AR_HTTP_UNREACHABLE, error, "cannot find the address of",
                         server);
    case CURLE_COULDNT_CONNECT:
        return retryable(transfer, AR_HTTP_UNREACHABLE, error, "cannot connect to", server);
    case CURLE_OPERATION_TIMEDOUT:
        return retryable(transfer, AR_HTTP_BROKEN, error, "waited too long for", server);
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
        if (wants_other_certificate(transfer)) {
            return identity_refused(transfer, server, error);
        }
        if (says(transfer, "Too large response headers")) {
            return headers_too_large(transfer, error);
        }
        return retryable(transfer,
                         transfer->response->status == 0 ? AR_HTTP_SILENT : AR_HTTP_BROKEN, error,
                         "the connection was cut off by", server);
    case CURLE_GOT_NOTHING:
        return retryable(transfer, AR_HTTP_SILENT, error, "the connection was cut off by", server);
    case CURLE_SSL_CONNECT_ERROR:
        return handshake_failed(transfer, server, error);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
        return final(transfer, AR_HTTP_CERTIFICATE, error, server,
                     "has a certificate that cannot be trusted; check the name, and the "
                     "certificates to trust");
    case CURLE_SSL_CERTPROBLEM:
        return final(transfer, AR_HTTP_IDENTITY, error, server,
                     "cannot be shown the client certificate; it and its key must be PEM, without "
                     "a pass phrase, and belong together");
    case CURLE_SSL_CACERT_BADFILE:
        return final(transfer, AR_HTTP_CERTIFICATE, error, server,
                     "cannot be verified, as the certificates to trust cannot be read; they must "
                     "be PEM");
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return final(transfer, AR_HTTP_NOT_HTTP, error, server,
                     "does not answer in HTTP; check the port, it may want TLS");
    case CURLE_URL_MALFORMAT:
        return final(transfer, AR_HTTP_LOCAL, error, server, "is not an address");
    case CURLE_OUT_OF_MEMORY:
        return no_memory(transfer, server, error);
    default:
        transfer->response->failure = AR_HTTP_BROKEN;
        return artrepo_error_set(error, ARTREPO_IO, "%s: %s", server, transfer->text);
    }
}
