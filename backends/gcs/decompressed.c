#include "gcs/decompressed.h"

#include <string.h>
#include <strings.h>

#include "base/operation.h"
#include "gcs/object.h"
#include "gcs/request.h"
#include "gcs/url.h"
#include "remote/download.h"

typedef struct decompressed {
    const artrepo_range *range;
    artrepo_sink *sink;
    artrepo_object *object;
    artrepo_operation *operation;
    int64_t skip, left; /* bytes before what is wanted, and of it; LEFT -1: all */
    bool started, enough;
} decompressed;

bool ar_gcs_is_compressed(const ar_http_response *response) {
    const char *encoding = ar_http_response_header(response, "Content-Encoding");
    return encoding != NULL && strcasecmp(encoding, "gzip") == 0;
}

static artrepo_code start(decompressed *d, const ar_http_response *response, artrepo_error *error) {
    artrepo_object object = {.key = d->object->key, .size = -1};
    if (d->started) {
        return ARTREPO_OK;
    }
    d->started = true;
    ar_gcs_object_of_headers(response, &object);
    *d->object = object;
    if (d->range->version != NULL && strcmp(d->range->version, object.version) != 0) {
        return ar_download_replaced(error);
    }
    if (response->status != 200) {
        return artrepo_error_set(error, ARTREPO_IO,
                                 "the store answers with a part of the object, or with none, and "
                                 "was asked for all of it");
    }
    if (ar_gcs_is_compressed(response)) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "the object has Content-Encoding: gzip, and the store does not "
                                 "decompress it; take that off the object");
    }
    return ARTREPO_OK;
}

static artrepo_code receive(void *data, const ar_http_response *response, const void *bytes,
                            size_t size, artrepo_error *error) {
    decompressed *d = data;
    const char *next = bytes;
    artrepo_code code = start(d, response, error);
    size_t skipped = (int64_t)size < d->skip ? size : (size_t)d->skip;
    d->skip -= (int64_t)skipped;
    next += skipped;
    size -= skipped;
    if (d->left >= 0 && (int64_t)size >= d->left) {
        size = (size_t)d->left;
        d->enough = true;
    }
    if (code == ARTREPO_OK && size > 0) {
        code = artrepo_sink_write(d->sink, next, size, error);
        ar_progress_add_bytes(d->operation, (int64_t)size);
    }
    d->left -= d->left >= 0 ? (int64_t)size : 0;
    return code == ARTREPO_OK && d->enough ? ARTREPO_CANCELLED : code;
}

artrepo_code ar_gcs_get_decompressed(ar_gcs *gcs, const char *key, const artrepo_range *range,
                                     artrepo_sink *sink, artrepo_object *object,
                                     artrepo_operation *operation, artrepo_error *error) {
    decompressed d = {.range = range,
                      .sink = sink,
                      .object = object,
                      .operation = operation,
                      .skip = range->offset,
                      .left = range->length};
    artrepo_error failure = ARTREPO_ERROR_INIT;
    ar_buffer url = AR_BUFFER_INIT;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = ARTREPO_OK;
    object->key = key;
    if (!ar_gcs_url_object(gcs, key, &url) || !ar_gcs_url_parameter(&url, "alt", "media")) {
        code = artrepo_error_set(&failure, ARTREPO_INTERNAL, "no memory for a request");
    } else {
        ar_gcs_request request = {.verb = "get",
                                  .method = "GET",
                                  .key = key,
                                  .url = url.data,
                                  .receive = receive,
                                  .receive_data = &d};
        code = ar_gcs_send(gcs, &request, &response, operation, &failure);
    }
    if (d.enough) {
        code = ARTREPO_OK;
    } else if (code == ARTREPO_OK) {
        code = start(&d, &response, &failure); /* an empty body */
    }
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    ar_http_response_clear(&response);
    ar_buffer_free(&url);
    return code;
}
