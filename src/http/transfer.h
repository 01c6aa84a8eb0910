/* One request on one curl handle. */
#ifndef AR_HTTP_TRANSFER_H
#define AR_HTTP_TRANSFER_H

#include <curl/curl.h>

#include "http/client.h"

typedef struct ar_http_transfer {
    CURL *curl;
    const ar_http_request *request;
    ar_http_response *response;
    artrepo_operation *operation;
    int64_t sent;          /* of the request's body: where the next byte is read */
    artrepo_error failure; /* of our own callbacks; code ARTREPO_OK when curl failed by itself */
    char text[CURL_ERROR_SIZE];
} ar_http_transfer;

/* CURL has the client's options set. */
artrepo_code ar_http_transfer_run(ar_http_transfer *transfer, artrepo_error *error);

/* failure.c: what curl's RESULT means, in ERROR and in the response's failure. */
artrepo_code ar_http_transfer_failed(ar_http_transfer *transfer, CURLcode result,
                                     artrepo_error *error);

#endif
