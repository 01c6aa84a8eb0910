/* Runs one curl handle after the other, each until its request is done. */
#ifndef AR_HTTP_LOOP_H
#define AR_HTTP_LOOP_H

#include <curl/curl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include <artrepo/operation.h>

enum { AR_HTTP_LOOP_SOCKETS = 8 };

typedef struct ar_http_loop {
    CURLM *multi; /* which keeps the connections */
    struct pollfd sockets[AR_HTTP_LOOP_SOCKETS];
    unsigned count;
    int64_t due_ns; /* when curl wants to be called in any case; INT64_MAX: never */
    bool too_many_sockets;
    bool broken; /* curl failed to keep its books: it must not run anything any more */
} ar_http_loop;

bool ar_http_loop_open(ar_http_loop *loop);
/* The handles that it ran are gone, or will not be run again. */
void ar_http_loop_close(ar_http_loop *loop);

/* CURLE_ABORTED_BY_CALLBACK soon after OPERATION (NULL: none) was cancelled. */
CURLcode ar_http_loop_run(ar_http_loop *loop, CURL *curl, const artrepo_operation *operation);

/* For curl's callbacks: returns once there is something to read, or after MS. */
void ar_http_loop_listen(const ar_http_loop *loop, int ms);

#endif
