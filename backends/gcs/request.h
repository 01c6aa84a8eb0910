/* Requests to the store: sent with a token, once more with another one where it is refused, and
 * their answers turned into errors. */
#ifndef AR_GCS_REQUEST_H
#define AR_GCS_REQUEST_H

#include <jansson.h>

#include "gcs/store.h"

enum { AR_GCS_MAX_HEADERS = 6 };

typedef struct ar_gcs_request {
    const char *verb; /* "put": stands in messages */
    const char *method;
    const char *key;    /* for messages; NULL: the bucket */
    const char *prefix; /* of a listing, for messages */
    const char *url;
    const char *headers[AR_GCS_MAX_HEADERS]; /* "Name: value" */
    size_t header_count;
    const ar_http_body *body;
    bool expect_continue;
    bool takes_308;     /* "Resume Incomplete" is an answer like 2xx */
    bool without_token; /* the address is a secret by itself, of a server that is not ours */
    ar_http_receive *receive;
    void *receive_data;
    size_t body_limit;
    int64_t timeout_ms;
} ar_gcs_request;

/* LINE must outlive the request; NULL adds nothing. */
void ar_gcs_add_header(ar_gcs_request *request, const char *line);

/* One attempt. ARTREPO_OK for a 2xx answer (and 308 where wanted) alone; for others ERROR has what
 * the store said. */
artrepo_code ar_gcs_send(ar_gcs *gcs, const ar_gcs_request *request, ar_http_response *response,
                         artrepo_operation *operation, artrepo_error *error);
/* With the operation's retries. */
artrepo_code ar_gcs_send_retrying(ar_gcs *gcs, const ar_gcs_request *request,
                                  ar_http_response *response, artrepo_operation *operation,
                                  artrepo_error *error);

/* ---- error.c ---- */

/* "put 'key' in bucket 'b' at https://host" */
void ar_gcs_describe(const ar_gcs *gcs, const ar_gcs_request *request, char *text, size_t size);

/* The status of an error that comes with 2xx, for stores that find it after they began to answer; 0
 * when there is none. */
int ar_gcs_disguised_status(const ar_http_response *response);

/* Fills ERROR from an answer that is not what was asked for. */
artrepo_code ar_gcs_error_of_answer(const ar_gcs *gcs, const ar_gcs_request *request,
                                    const ar_http_response *response, artrepo_error *error);
/* Completes the transport's ERROR. */
artrepo_code ar_gcs_error_of_transport(const ar_gcs *gcs, const ar_gcs_request *request,
                                       const ar_http_response *response, artrepo_error *error);

/* ---- read.c ---- */

/* One attempt to get the resource of an object, to be given to json_decref(). */
artrepo_code ar_gcs_fetch_resource(ar_gcs *gcs, const char *verb, const char *key,
                                   json_t **resource, artrepo_operation *operation,
                                   artrepo_error *error);

#endif
