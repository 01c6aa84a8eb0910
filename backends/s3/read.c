/* stat and get. How an object is read in pieces is src/remote/download.h's. */
#include <stdio.h>
#include <string.h>

#include "remote/download.h"
#include "s3/encryption.h"
#include "s3/object.h"
#include "s3/odd_keys.h"
#include "s3/payload.h"

/* ---- stat ---- */

static artrepo_code head(ar_s3 *s3, const char *key, const ar_s3_customer_key *customer,
                         artrepo_object *object, artrepo_operation *operation,
                         artrepo_error *error) {
    ar_s3_request request = {.verb = "stat", .method = "HEAD", .key = key};
    ar_s3_add_customer_key(customer, &request);
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = ar_s3_send(s3, &request, &response, operation, error);
    if (code == ARTREPO_OK) {
        ar_s3_object_of_headers(key, &response, object);
        object->size = response.content_length;
    }
    ar_http_response_clear(&response);
    return code;
}

/* An answer to HEAD has no body, so that a wrong key, a wrong region and a missing bucket look
 * alike. The same question by GET is answered with words. */
static artrepo_code ask_why(ar_s3 *s3, const char *key, const ar_s3_customer_key *customer,
                            artrepo_operation *operation, artrepo_error *error) {
    ar_s3_request request = {.verb = "stat", .method = "GET", .key = key};
    ar_s3_add_header(&request, "range", "bytes=0-0");
    ar_s3_add_customer_key(customer, &request);
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = ar_s3_send(s3, &request, &response, operation, error);
    ar_http_response_clear(&response);
    return code;
}

artrepo_code ar_s3_stat(void *state, const char *key, artrepo_object *object,
                        artrepo_operation *operation, artrepo_error *error) {
    ar_s3 *s3 = state;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    ar_s3_customer_key customer;
    artrepo_code code = ar_s3_check_key(s3, "stat", key, &failure);
    if (code == ARTREPO_OK) {
        code = ar_s3_check_odd_object(s3, "stat", key, operation, &failure);
    }
    if (code == ARTREPO_OK) {
        code = ar_s3_customer_key_derive(s3, key, &customer, &failure);
    }
    if (code == ARTREPO_OK) {
        code = head(s3, key, &customer, object, operation, &failure);
        if (code != ARTREPO_OK && failure.http_status >= 300 && failure.http_status < 500) {
            /* Where GET works, it put the region right, or the object has come meanwhile. */
            artrepo_error why = ARTREPO_ERROR_INIT;
            if (ask_why(s3, key, &customer, operation, &why) == ARTREPO_OK) {
                code = head(s3, key, &customer, object, operation, &failure);
            } else if (why.http_status != 416) {
                failure = why;
                code = why.code;
            }
        }
        ar_s3_customer_key_wipe(&customer);
    }
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    return code;
}

/* ---- get ---- */

typedef struct s3_download {
    ar_s3 *s3;
    const char *key;
    artrepo_operation *operation;
    ar_s3_customer_key customer;
} s3_download;

/* Asks for the checksum where it is wanted, unless the store has refused to be asked. */
static artrepo_code send_asking(const s3_download *d, ar_s3_request *request, bool wants_checksum,
                                ar_http_response *response, artrepo_error *error) {
    atomic_bool *refuses = &d->s3->memory->refuses_checksum_mode;
    bool asks = wants_checksum && !atomic_load(refuses);
    size_t headers = request->header_count;
    ar_s3_add_header(request, "x-amz-checksum-mode", asks ? "ENABLED" : NULL);
    artrepo_code code = ar_s3_send(d->s3, request, response, d->operation, error);
    if (code != ARTREPO_OK && asks && ar_s3_is_checksum_refusal(error)) {
        atomic_store(refuses, true);
        request->header_count = headers;
        code = ar_s3_send(d->s3, request, response, d->operation, error);
    }
    return code;
}

static artrepo_code send_range(void *context, const ar_download_request *wanted,
                               ar_http_response *response, artrepo_error *error) {
    const s3_download *d = context;
    char etag[132];
    ar_s3_request request = {.verb = "get",
                             .method = "GET",
                             .key = d->key,
                             .receive = wanted->receive,
                             .receive_data = wanted->receive_data};
    if (wanted->version != NULL) {
        snprintf(etag, sizeof etag, "\"%s\"", wanted->version);
    }
    ar_s3_add_header(&request, "range", wanted->range);
    ar_s3_add_header(&request, "if-match", wanted->version == NULL ? NULL : etag);
    ar_s3_add_customer_key(&d->customer, &request);
    return send_asking(d, &request, wanted->wants_checksum, response, error);
}

static void read_object(void *context, const ar_http_response *response, artrepo_object *object) {
    const s3_download *d = context;
    ar_s3_object_of_headers(d->key, response, object);
}

static ar_checksum_kind read_checksum(void *context, const ar_http_response *response,
                                      char text[AR_CHECKSUM_TEXT]) {
    (void)context;
    return ar_s3_checksum_of_headers(response, text);
}

static artrepo_code stat_object(void *context, artrepo_object *object, artrepo_error *error) {
    const s3_download *d = context;
    return ar_s3_stat(d->s3, d->key, object, d->operation, error);
}

static void describe(void *context, char *text, size_t size) {
    const s3_download *d = context;
    ar_s3_request request = {.verb = "get", .key = d->key};
    ar_s3_describe(d->s3, &request, text, size);
}

artrepo_code ar_s3_get(void *state, const char *key, const artrepo_range *range, artrepo_sink *sink,
                       artrepo_object *object, artrepo_operation *operation, artrepo_error *error) {
    static const ar_download_store store = {send_range,  read_object, read_checksum,
                                            stat_object, describe,    "ETag"};
    s3_download download = {.s3 = state, .key = key, .operation = operation};
    char version[128];
    artrepo_range unquoted = *range;
    artrepo_code code = ar_s3_check_key(state, "get", key, error);
    if (code == ARTREPO_OK) {
        code = ar_s3_check_odd_object(state, "get", key, operation, error);
    }
    if (code == ARTREPO_OK) {
        code = ar_s3_customer_key_derive(state, key, &download.customer, error);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    if (range->version != NULL) {
        ar_s3_copy_etag(range->version, version, sizeof version);
        unquoted.version = version;
    }
    code = ar_download_get(&store, &download, key, &unquoted, sink, object, operation, error);
    ar_s3_customer_key_wipe(&download.customer);
    return code;
}
