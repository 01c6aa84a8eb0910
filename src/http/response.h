/* What a server answered. */
#ifndef AR_HTTP_RESPONSE_H
#define AR_HTTP_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"

/* Why there is no whole answer, for callers who know better advice than this floor does. */
typedef enum ar_http_failure {
    AR_HTTP_ANSWERED,
    AR_HTTP_NOT_TLS,     /* TLS was tried at a port that does not speak it */
    AR_HTTP_NOT_HTTP,    /* the answer is not HTTP: it may be a TLS port */
    AR_HTTP_CERTIFICATE, /* the certificate is not to be trusted */
    AR_HTTP_IDENTITY,    /* the server wants a client certificate, or another one */
    AR_HTTP_UNREACHABLE, /* name or connection */
    AR_HTTP_SILENT,      /* connected, and closed or reset without a byte: it may be a TLS port */
    AR_HTTP_BROKEN,      /* the connection ended or stalled on the way */
    AR_HTTP_LOCAL        /* cancelled, or the sender's or receiver's own error */
} ar_http_failure;

typedef struct ar_http_response {
    int status;             /* 0: no answer */
    ar_buffer headers;      /* zero-terminated lines, one after the other */
    ar_buffer body;         /* what was collected */
    int64_t content_length; /* -1: the server did not say */
    int64_t date_ms;        /* the server's Date; 0: none */
    int64_t retry_after_ms; /* 0: none */
    ar_http_failure failure;
    bool is_http_1_0; /* which knows no chunks: what was sent in them is not what arrived */
} ar_http_response;

#define AR_HTTP_RESPONSE_INIT                                                                      \
    { 0, AR_BUFFER_INIT, AR_BUFFER_INIT, -1, 0, 0, AR_HTTP_ANSWERED, false }

/* The value of header NAME, whatever its case; NULL when it is not there. */
const char *ar_http_response_header(const ar_http_response *response, const char *name);
/* Whether it has several lengths (RFC 9112, 6.3): what is taken for its end may be another's. */
bool ar_http_response_contradicts_itself(const ar_http_response *response);
/* Last-Modified in milliseconds since 1970; 0 when it is not there, or no date. */
int64_t ar_http_response_modified_ms(const ar_http_response *response);
/* Ready for the next answer. */
void ar_http_response_clear(ar_http_response *response);

#define AR_HTTP_MAX_HEADERS ((size_t)128 << 10)

/* For the transport: one line as it came. False when there is no memory or the limit is broken. */
bool ar_http_response_add_line(ar_http_response *response, const char *line, size_t size);

#endif
