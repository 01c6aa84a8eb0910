/*
 * One HTTP transport for all backends, over libcurl. It knows no store's protocol.
 *
 * A client keeps its connections open and hands them from one request to the next, whichever thread
 * sends it. It verifies certificates always, never follows a redirect by itself, and uses the
 * proxies of the environment (http_proxy, https_proxy, no_proxy).
 */
#ifndef AR_HTTP_CLIENT_H
#define AR_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <artrepo/operation.h>
#include <artrepo/stream.h>

#include "http/response.h"

typedef struct ar_http_client ar_http_client;

typedef struct ar_http_options {
    const char *ca_pem; /* certificates to trust instead of the system's; NULL: the system's */
    size_t ca_pem_size;
    const char *certificate_pem; /* to show to servers, with its chain; NULL: none */
    size_t certificate_pem_size;
    const char *key_pem; /* its private key, not encrypted */
    size_t key_pem_size;
    const char *user_agent;
    int64_t connect_timeout_ms; /* 0: 15 s */
    int64_t stall_timeout_s;    /* without a byte in either direction; 0: the operation's */
    bool direct;                /* past the proxies of the environment */
} ar_http_options;

artrepo_code ar_http_client_open(const ar_http_options *options, ar_http_client **client,
                                 artrepo_error *error);
/* No request may be under way. NULL is allowed. */
void ar_http_client_close(ar_http_client *client);

/* What is sent: memory when DATA is there, otherwise that range of a file, which is read as it is
 * sent and must not shrink meanwhile. */
typedef struct ar_http_body {
    const void *data;
    int descriptor;
    int64_t offset;
    int64_t size;
} ar_http_body;

/* Takes the body of a 2xx answer piece by piece; status and headers are there already. */
typedef artrepo_code ar_http_receive(void *data, const ar_http_response *response,
                                     const void *bytes, size_t size, artrepo_error *error);

typedef struct ar_http_request {
    const char *method;
    const char *url;            /* sent as it is: path segments are not normalised */
    const char *const *headers; /* "Name: value" */
    size_t header_count;
    const ar_http_body *body; /* NULL: none */
    /* Instead of BODY: read as it is sent, in chunks where its size is not known. What has to be
     * sent again is rewound. */
    artrepo_source *source;
    /* That is impossible: all is done to hear a refusal before SOURCE is used up. A fresh
     * connection, since a kept one may be closed and swallow some, and more patience. */
    bool source_once;
    bool expect_continue; /* asks before the body is sent, and waits 500 ms for an answer */
    /* A kept connection may turn out to be closed, and the request is then repeated without a word,
     * though the server may have heard it the first time. Not on a fresh one. */
    bool fresh_connection;
    ar_http_receive *receive; /* NULL: the body is collected, as that of any other answer is */
    void *receive_data;
    size_t body_limit;       /* of what is collected; 0: 64 KiB */
    int64_t timeout_ms;      /* for all of it; 0: the operation's deadline alone */
    int64_t stall_timeout_s; /* 0: the client's */
} ar_http_request;

/*
 * Sends REQUEST and waits for the whole answer; ARTREPO_OK for any answer, whatever its status.
 * Otherwise ERROR says whether a retry makes sense, and RESPONSE holds what had come by then. A
 * cancelled OPERATION (NULL: none) ends it within a second. Clear RESPONSE in every case. Any
 * thread, any number at once.
 */
artrepo_code ar_http_client_send(ar_http_client *client, const ar_http_request *request,
                                 ar_http_response *response, artrepo_operation *operation,
                                 artrepo_error *error);

/* Whether SERVER ("HOST[:PORT]") answers a TLS handshake, trusted or not; nothing else is sent. To
 * tell why a plain request was not answered. */
bool ar_http_client_speaks_tls(ar_http_client *client, const char *server);

#endif
