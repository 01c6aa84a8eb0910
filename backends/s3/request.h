/* Requests to the store: built, signed, sent, corrected once where the store says how, and their
 * answers turned into errors. */
#ifndef AR_S3_REQUEST_H
#define AR_S3_REQUEST_H

#include "s3/store.h"

enum { AR_S3_MAX_PARAMETERS = 6, AR_S3_MAX_HEADERS = 16 };

typedef struct ar_s3_parameter {
    const char *name;
    const char *value; /* not encoded */
} ar_s3_parameter;

typedef struct ar_s3_request {
    const char *verb; /* "put": stands in messages */
    const char *method;
    const char *key;    /* NULL: the bucket */
    const char *prefix; /* of a listing, for messages */
    ar_s3_parameter parameters[AR_S3_MAX_PARAMETERS];
    size_t parameter_count;
    ar_s3_header headers[AR_S3_MAX_HEADERS]; /* all of them are signed */
    size_t header_count;
    const ar_http_body *body;
    const char *payload; /* what x-amz-content-sha256 says of the body; NULL: it has none */
    bool expect_continue;
    bool fresh_connection; /* so that the transport does not repeat it by itself */
    bool creates_bucket;   /* worth creating the bucket for, where the settings say so */
    ar_http_receive *receive;
    void *receive_data;
    size_t body_limit;
    int64_t timeout_ms, stall_timeout_s;
} ar_s3_request;

/* VALUE must outlive the request; NULL adds nothing. */
void ar_s3_add_parameter(ar_s3_request *request, const char *name, const char *value);
void ar_s3_add_header(ar_s3_request *request, const char *name, const char *value);

/*
 * One attempt. ARTREPO_OK for a 2xx answer alone; for others ERROR has what the store said.
 * A wrong region, a wrong clock and (where wanted) a missing bucket are put right once and do not
 * count as failures.
 */
artrepo_code ar_s3_send(ar_s3 *s3, const ar_s3_request *request, ar_http_response *response,
                        artrepo_operation *operation, artrepo_error *error);
/* With the operation's retries. */
artrepo_code ar_s3_send_retrying(ar_s3 *s3, const ar_s3_request *request,
                                 ar_http_response *response, artrepo_operation *operation,
                                 artrepo_error *error);

/* ---- error.c ---- */

/* "put 'key' in bucket 'b' at https://host" */
void ar_s3_describe(const ar_s3 *s3, const ar_s3_request *request, char *text, size_t size);

/* What a store's <Error> says; empty texts where it says nothing. */
typedef struct ar_s3_fault {
    char code[64];
    char message[512];
    char request_id[128];
    char region[AR_S3_REGION_BYTES];
} ar_s3_fault;

/* False when the body is no such document. */
bool ar_s3_fault_read(const ar_http_response *response, ar_s3_fault *fault);

/* Fills ERROR from an answer that is not what was asked for. */
artrepo_code ar_s3_error_of_answer(const ar_s3 *s3, const ar_s3_request *request,
                                   const ar_http_response *response, artrepo_error *error);
/* Completes the transport's ERROR. */
artrepo_code ar_s3_error_of_transport(ar_s3 *s3, const ar_s3_request *request,
                                      const ar_http_response *response, artrepo_error *error);

/* ---- bucket.c ---- */

/* Creates the bucket; fine when it is there and ours. */
artrepo_code ar_s3_create_bucket(ar_s3 *s3, artrepo_operation *operation, artrepo_error *error);

#endif
