/* stat and get. How an object is read in pieces is src/remote/download.h's. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "gcs/decompressed.h"
#include "gcs/object.h"
#include "gcs/request.h"
#include "gcs/url.h"
#include "remote/download.h"

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a request");
}

/* ---- stat ---- */

artrepo_code ar_gcs_fetch_resource(ar_gcs *gcs, const char *verb, const char *key,
                                   json_t **resource, artrepo_operation *operation,
                                   artrepo_error *error) {
    ar_buffer url = AR_BUFFER_INIT;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = ARTREPO_OK;
    if (!ar_gcs_url_object(gcs, key, &url) ||
        !ar_gcs_url_parameter(&url, "fields", AR_GCS_OBJECT_FIELDS)) {
        code = no_memory(error);
        goto done;
    }
    ar_gcs_request request = {.verb = verb, .method = "GET", .key = key, .url = url.data};
    code = ar_gcs_send(gcs, &request, &response, operation, error);
    if (code == ARTREPO_OK && (*resource = ar_gcs_resource_of(&response)) == NULL) {
        char what[1500];
        ar_gcs_describe(gcs, &request, what, sizeof what);
        code = artrepo_error_set(error, ARTREPO_IO,
                                 "%s: the answer is none of GCS; check the endpoint", what);
    }
done:
    ar_http_response_clear(&response);
    ar_buffer_free(&url);
    return code;
}

artrepo_code ar_gcs_stat(void *state, const char *key, artrepo_object *object,
                         artrepo_operation *operation, artrepo_error *error) {
    json_t *resource = NULL;
    artrepo_code code = ar_gcs_check_key(state, "stat", key, error);
    if (code == ARTREPO_OK) {
        code = ar_gcs_fetch_resource(state, "stat", key, &resource, operation, error);
    }
    if (code == ARTREPO_OK) {
        ar_gcs_object_of_json(resource, object);
        object->key = key;
    }
    json_decref(resource);
    return code;
}

/* ---- get ---- */

typedef struct gcs_download {
    ar_gcs *gcs;
    const char *key;
    artrepo_operation *operation;
    atomic_bool is_plain;      /* as an answer was that had some of it */
    atomic_bool is_compressed; /* it is to be read in another way; nothing was written */
} gcs_download;

/* The engine's own receiver, behind a look at the headers. */
typedef struct receiver {
    gcs_download *download;
    const ar_download_request *wanted;
} receiver;

static artrepo_code receive(void *data, const ar_http_response *response, const void *bytes,
                            size_t size, artrepo_error *error) {
    const receiver *r = data;
    if (!ar_gcs_is_compressed(response)) {
        atomic_store(&r->download->is_plain, true);
    } else if (atomic_load(&r->download->is_plain)) {
        return ar_download_replaced(error);
    } else {
        atomic_store(&r->download->is_compressed, true);
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "the object is kept compressed by the store");
    }
    return r->wanted->receive(r->wanted->receive_data, response, bytes, size, error);
}

static artrepo_code send_range(void *context, const ar_download_request *wanted,
                               ar_http_response *response, artrepo_error *error) {
    gcs_download *d = context;
    receiver r = {d, wanted};
    char range[80];
    ar_buffer url = AR_BUFFER_INIT;
    bool pinned = wanted->version != NULL && ar_gcs_is_generation(wanted->version);
    if (!ar_gcs_url_object(d->gcs, d->key, &url) || !ar_gcs_url_parameter(&url, "alt", "media") ||
        !ar_gcs_url_parameter(&url, "ifGenerationMatch", pinned ? wanted->version : NULL)) {
        ar_buffer_free(&url);
        return no_memory(error);
    }
    ar_gcs_request request = {.verb = "get",
                              .method = "GET",
                              .key = d->key,
                              .url = url.data,
                              .receive = receive,
                              .receive_data = &r};
    /* As it is kept: what the store decompresses has neither ranges nor a checksum. */
    ar_gcs_add_header(&request, "Accept-Encoding: gzip");
    if (wanted->range != NULL) {
        snprintf(range, sizeof range, "Range: %s", wanted->range);
        ar_gcs_add_header(&request, range);
    }
    artrepo_code code = ar_gcs_send(d->gcs, &request, response, d->operation, error);
    ar_buffer_free(&url);
    return code;
}

static void read_object(void *context, const ar_http_response *response, artrepo_object *object) {
    (void)context;
    ar_gcs_object_of_headers(response, object);
}

static ar_checksum_kind read_checksum(void *context, const ar_http_response *response,
                                      char text[AR_CHECKSUM_TEXT]) {
    (void)context;
    ar_gcs_crc32c_of_headers(response, text);
    return text[0] == '\0' ? AR_CHECKSUM_NONE : AR_CHECKSUM_CRC32C;
}

static artrepo_code stat_object(void *context, artrepo_object *object, artrepo_error *error) {
    const gcs_download *d = context;
    return ar_gcs_stat(d->gcs, d->key, object, d->operation, error);
}

static void describe(void *context, char *text, size_t size) {
    const gcs_download *d = context;
    ar_gcs_request request = {.verb = "get", .key = d->key};
    ar_gcs_describe(d->gcs, &request, text, size);
}

artrepo_code ar_gcs_get(void *state, const char *key, const artrepo_range *range,
                        artrepo_sink *sink, artrepo_object *object, artrepo_operation *operation,
                        artrepo_error *error) {
    static const ar_download_store store = {send_range,  read_object, read_checksum,
                                            stat_object, describe,    "generation"};
    gcs_download download = {.gcs = state, .key = key, .operation = operation};
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_code code = ar_gcs_check_key(state, "get", key, &failure);
    if (code == ARTREPO_OK) {
        code = ar_download_get(&store, &download, key, range, sink, object, operation, &failure);
    }
    if (code != ARTREPO_OK && atomic_load(&download.is_compressed)) { /* nothing was written */
        code = ar_gcs_get_decompressed(state, key, range, sink, object, operation, &failure);
    }
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    return code;
}
