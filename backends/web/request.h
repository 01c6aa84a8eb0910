/* Requests with what the settings add to them, sent to wherever redirects lead, and their answers
 * turned into errors. */
#ifndef AR_WEB_REQUEST_H
#define AR_WEB_REQUEST_H

#include "web/store.h"

enum { AR_WEB_MAX_HEADERS = 6 };

typedef struct ar_web_request {
    const char *verb; /* "put": stands in messages */
    const char *method;
    const char *key;
    const char *headers[AR_WEB_MAX_HEADERS]; /* "Name: value"; the user's of that name go before */
    size_t header_count;
    const ar_http_body *body;
    artrepo_source *source; /* instead of BODY; rewound where it is sent again */
    bool expect_continue;
    bool
        once; /* the source cannot be sent again: all is done to hear a refusal before it is used */
    ar_http_receive *receive;
    void *receive_data;
} ar_web_request;

/* LINE must outlive the request; NULL adds nothing. */
void ar_web_add_header(ar_web_request *request, const char *line);

/*
 * One attempt. ARTREPO_OK for a 2xx answer alone; for others ERROR (never NULL) has what the server
 * said. Redirects are followed, and a token that is refused is replaced once. Clear RESPONSE in
 * every case.
 */
artrepo_code ar_web_send(ar_web *web, const ar_web_request *request, ar_http_response *response,
                         artrepo_operation *operation, artrepo_error *error);

/* Puts "VERB URL: " before the message of ERROR, with the URL of KEY. */
artrepo_code ar_web_failed(const ar_web *web, const char *verb, const char *key,
                           artrepo_error *error);

/* ---- error.c ---- */

/* Where an answer came from. */
typedef struct ar_web_asked {
    const char *url;
    bool foreign; /* a redirect led to another server, which gets no credentials */
} ar_web_asked;

/* Fills ERROR from an answer that is not what was asked for. */
artrepo_code ar_web_error_of_answer(const ar_web *web, const ar_web_request *request,
                                    const ar_web_asked *asked, const ar_http_response *response,
                                    artrepo_error *error);
/* Completes the transport's ERROR. */
artrepo_code ar_web_error_of_transport(const ar_web_request *request, const ar_web_asked *asked,
                                       const ar_http_response *response, artrepo_error *error);
/* Puts "put https://host/path: " before the message of ERROR. */
artrepo_code ar_web_prefix(const ar_web_request *request, const char *url, artrepo_error *error);

#endif
