/* Services that hand out credentials over HTTP: token services, the agents of containers, the
 * metadata services of machines. */
#ifndef AR_REMOTE_SERVICE_H
#define AR_REMOTE_SERVICE_H

#include <artrepo/driver.h>

#include "http/client.h"

/* An address of such a service, taken apart. */
typedef struct ar_service_address {
    bool tls;
    char host[300];  /* HOST[:PORT] */
    char name[260];  /* HOST, without brackets */
    char path[1024]; /* "" or "/..." */
} ar_service_address;

/* http:// or https://, a host, perhaps a path; ARTREPO_INVALID names WHERE it comes from. */
artrepo_code ar_service_address_of(const char *url, const char *where, ar_service_address *address,
                                   artrepo_error *error);

/* Takes the slashes off the end of the path, for addresses that more is put behind. */
void ar_service_trim_path(ar_service_address *address);

/* One attempt; what a refusal means is the caller's. WHAT goes before the transport's message. */
artrepo_code ar_service_send(ar_http_client *client, const char *what,
                             const ar_http_request *request, ar_http_response *response,
                             artrepo_operation *operation, artrepo_error *error);
/* Wipes the body as well. */
void ar_service_clear(ar_http_response *response);

/* Of an answer that is not 2xx: worth another attempt, or ARTREPO_ACCESS_DENIED. WORDS: what the
 * service said, perhaps "". */
artrepo_code ar_service_refused(const char *what, const ar_http_response *response,
                                const char *words, artrepo_error *error);

/* EXPIRY_MS by this machine's clock, which may be wrong: the answer tells the server's time. */
int64_t ar_service_expiry(const ar_http_response *response, int64_t expiry_ms);

/* The token of one line in the file at PATH, for the caller to wipe. ARTREPO_ACCESS_DENIED when
 * there is no such file: who names one wants no other credentials. WHAT goes before the message. */
artrepo_code ar_service_token(const char *path, const char *what, artrepo_secret *token,
                              artrepo_error *error);

/* ATTEMPT until it succeeds, fails for good, or the operation's retries are used up. ERROR is never
 * NULL. */
typedef artrepo_code ar_service_attempt(void *data, artrepo_error *error);
artrepo_code ar_service_retrying(ar_service_attempt *attempt, void *data, const char *what,
                                 artrepo_operation *operation, artrepo_error *error);

#endif
