/* One curl handle with its connections, for one request after the other. */
#ifndef AR_HTTP_TRANSFER_H
#define AR_HTTP_TRANSFER_H

#include <curl/curl.h>

#include "http/client.h"
#include "http/loop.h"

typedef struct ar_http_transfer {
    CURL *curl;
    ar_http_loop loop;
    long stall_timeout_s; /* the client's; 0: the operation's */
    bool has_trust;       /* uses the client's certificates to trust */
    /* ---- of the request that is under way ---- */
    const ar_http_request *request;
    ar_http_response *response;
    artrepo_operation *operation;
    int64_t sent;          /* of the request's body: where the next byte is read */
    bool source_ended;     /* all of the request's source is sent */
    bool has_headers;      /* of the last answer, all of them */
    bool has_enough;       /* of a refusal whose body goes on */
    artrepo_error failure; /* of our own callbacks; code ARTREPO_OK when curl failed by itself */
    /* ---- how the handle is set ---- */
    int64_t timeout_ms, stall_s;
    bool large_buffers;
    char text[CURL_ERROR_SIZE];
} ar_http_transfer;

/* CURL has the client's options set, and becomes the transfer's, also when there is no memory:
 * false. */
bool ar_http_transfer_open(ar_http_transfer *transfer, CURL *curl, long stall_timeout_s);
void ar_http_transfer_close(ar_http_transfer *transfer);

artrepo_code ar_http_transfer_run(ar_http_transfer *transfer, const ar_http_request *request,
                                  ar_http_response *response, artrepo_operation *operation,
                                  artrepo_error *error);

/* failure.c: what curl's RESULT means, in ERROR and in the response's failure. */
artrepo_code ar_http_transfer_failed(ar_http_transfer *transfer, CURLcode result,
                                     artrepo_error *error);

#endif
