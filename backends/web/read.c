/* stat and get. A get that breaks goes on where it broke, as long as the object is provably the
 * same. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/operation.h"
#include "base/retry.h"
#include "web/digest.h"
#include "web/object.h"
#include "web/request.h"

/* Nobody but us decodes, and the length and the checksum are those of what is stored. */
#define AS_IT_IS "Accept-Encoding: identity"
#define PROGRESS_BYTES (INT64_C(64) << 10) /* that make a broken attempt count as none */

/* ---- stat ---- */

static artrepo_code head(ar_web *web, const char *key, artrepo_object *object,
                         artrepo_operation *operation, artrepo_error *error) {
    ar_web_request request = {.verb = "stat", .method = "HEAD", .key = key};
    ar_web_add_header(&request, AS_IT_IS);
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = ar_web_send(web, &request, &response, operation, error);
    if (code == ARTREPO_OK) {
        ar_web_object_of_headers(key, &response, object);
        object->size = response.content_length;
    }
    ar_http_response_clear(&response);
    return code;
}

typedef struct glance {
    artrepo_object *object;
    const char *key;
    bool seen;
} glance;

static void look(glance *g, const ar_http_response *response) {
    int64_t first, total;
    ar_web_object_of_headers(g->key, response, g->object);
    g->object->size = response->content_length;
    if (response->status == 206) {
        g->object->size = ar_web_content_range(response, &first, &total) ? total : -1;
    }
    g->seen = true;
}

/* The headers are enough; the connection is closed before more of the body comes. */
static artrepo_code look_and_stop(void *data, const ar_http_response *response, const void *bytes,
                                  size_t size, artrepo_error *error) {
    (void)bytes;
    (void)size;
    (void)error;
    look(data, response);
    return ARTREPO_CANCELLED;
}

/* For servers that know no HEAD, and for addresses that are signed for GET alone. */
static artrepo_code get_first_byte(ar_web *web, const char *key, artrepo_object *object,
                                   artrepo_operation *operation, artrepo_error *error) {
    glance g = {object, key, false};
    ar_web_request request = {
        .verb = "stat", .method = "GET", .key = key, .receive = look_and_stop, .receive_data = &g};
    ar_web_add_header(&request, AS_IT_IS);
    ar_web_add_header(&request, "Range: bytes=0-0");
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = ar_web_send(web, &request, &response, operation, error);
    int64_t first, total;
    if (g.seen) {
        code = ARTREPO_OK;
    } else if (code == ARTREPO_OK) {
        look(&g, &response);
        object->size = object->size < 0 ? 0 : object->size;
    } else if (error->http_status == 416 && ar_web_content_range(&response, &first, &total) &&
               total == 0) {
        look(&g, &response);
        object->size = 0;
        object->content_type[0] = '\0'; /* that of the refusal */
        code = ARTREPO_OK;
    }
    ar_http_response_clear(&response);
    return code;
}

static artrepo_code stat_object(ar_web *web, const char *key, artrepo_object *object,
                                artrepo_operation *operation, artrepo_error *error) {
    artrepo_code code = head(web, key, object, operation, error);
    int status = error->http_status;
    if (code != ARTREPO_OK && (status == 400 || status == 403 || status == 405 || status == 501)) {
        *error = (artrepo_error)ARTREPO_ERROR_INIT;
        code = get_first_byte(web, key, object, operation, error);
    }
    return code;
}

artrepo_code ar_web_stat(void *state, const char *key, artrepo_object *object,
                         artrepo_operation *operation, artrepo_error *error) {
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_code code = stat_object(state, key, object, operation, &failure);
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    return code;
}

/* ---- get ---- */

typedef struct download {
    ar_web *web;
    const char *key;
    const artrepo_range *range;
    artrepo_sink *sink;
    artrepo_object *object;
    artrepo_operation *operation;
    ar_stage *stage;
    const char *pin;   /* the version that it must be; "": any */
    bool known;        /* OBJECT is filled, by the first answer */
    int64_t delivered; /* to the sink, in all attempts */
    int64_t expected;  /* to deliver in all; -1: until the answer ends */
    ar_web_digest digest;
    bool sink_failed;
    /* ---- of this attempt ---- */
    bool checked; /* its headers */
    int64_t skip; /* bytes that were delivered before */
    bool enough;  /* the rest of the answer is not wanted */
} download;

static artrepo_code replaced(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_IO,
                             "it was replaced while it was read; get it again from the start");
}

/* Where the answer's body begins within the object. */
static artrepo_code find_start(download *d, const ar_http_response *response, int64_t wanted,
                               int64_t *total, artrepo_error *error) {
    int64_t first = 0;
    *total = response->content_length;
    d->skip = 0;
    if (response->status == 206) {
        if (!ar_web_content_range(response, &first, total) || first != wanted) {
            return artrepo_error_set(error, ARTREPO_IO,
                                     "the server answers with another range than it was asked for "
                                     "(byte %lld)",
                                     (long long)wanted);
        }
        if (*total >= 0 && *total <= first) {
            return artrepo_error_set(error, ARTREPO_IO,
                                     "the server answers with a range at byte %lld, of %lld bytes "
                                     "in all",
                                     (long long)first, (long long)*total);
        }
        return ARTREPO_OK;
    }
    if (wanted > 0 && d->delivered == 0) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "the server gives no parts of it (it ignores Range); get all of "
                                 "it");
    }
    d->skip = wanted;
    return ARTREPO_OK;
}

static void learn(download *d, const ar_http_response *response, int64_t total) {
    const artrepo_range *range = d->range;
    bool whole = range->offset == 0 && range->length < 0;
    d->object->size = total;
    d->known = true;
    d->pin = d->object->version;
    d->expected = total < 0 ? -1 : total - range->offset;
    if (range->length >= 0 && (d->expected < 0 || range->length < d->expected)) {
        d->expected = range->length;
    }
    if (d->expected >= 0) {
        ar_progress_expect_bytes(d->operation, d->expected);
    }
    const char *encoding = ar_http_response_header(response, "Content-Encoding");
    if (whole && response->status == 200 &&
        (encoding == NULL || strcmp(encoding, "identity") == 0)) {
        ar_web_digest_open(response, &d->digest);
    }
}

static artrepo_code check_headers(download *d, const ar_http_response *response,
                                  artrepo_error *error) {
    artrepo_object found;
    int64_t total = -1;
    ar_web_object_of_headers(d->key, response, &found);
    if (d->pin[0] != '\0' && strcmp(d->pin, found.version) != 0) {
        return replaced(error);
    }
    artrepo_code code = find_start(d, response, d->range->offset + d->delivered, &total, error);
    if (code == ARTREPO_OK && !d->known) {
        *d->object = found;
        learn(d, response, total);
    }
    d->checked = code == ARTREPO_OK;
    return code;
}

static artrepo_code deliver(download *d, const char *bytes, size_t size, artrepo_error *error) {
    int64_t start = ar_clock_now_ns();
    artrepo_code code = artrepo_sink_write(d->sink, bytes, size, error);
    ar_stage_add_output_wait(d->stage, ar_clock_now_ns() - start);
    if (code != ARTREPO_OK) {
        d->sink_failed = true;
        return code;
    }
    ar_web_digest_update(&d->digest, bytes, size);
    d->delivered += (int64_t)size;
    ar_progress_add_bytes(d->operation, (int64_t)size);
    return ARTREPO_OK;
}

static artrepo_code receive(void *data, const ar_http_response *response, const void *bytes,
                            size_t size, artrepo_error *error) {
    download *d = data;
    const char *from = bytes;
    /* A slow sink keeps the transport from looking. */
    artrepo_code code = artrepo_operation_check(d->operation, error);
    if (code == ARTREPO_OK && !d->checked) {
        code = check_headers(d, response, error);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    if (d->skip > 0) {
        size_t skipped = (int64_t)size < d->skip ? size : (size_t)d->skip;
        d->skip -= (int64_t)skipped;
        from += skipped;
        size -= skipped;
    }
    if (d->expected >= 0 && (int64_t)size > d->expected - d->delivered) {
        size = (size_t)(d->expected - d->delivered);
        d->enough = true;
    }
    if (size > 0) {
        code = deliver(d, from, size, error);
    }
    return code == ARTREPO_OK && d->enough ? ARTREPO_CANCELLED : code;
}

/* ---- one attempt ---- */

static void add_range(const download *d, ar_web_request *request, char *line, size_t size) {
    int64_t from = d->range->offset + d->delivered;
    if (from == 0 && d->range->length < 0) {
        return;
    }
    if (d->range->length < 0) {
        snprintf(line, size, "Range: bytes=%lld-", (long long)from);
    } else {
        snprintf(line, size, "Range: bytes=%lld-%lld", (long long)from,
                 (long long)(d->range->offset + d->range->length - 1));
    }
    ar_web_add_header(request, line);
}

/* The whole answer has come. */
static artrepo_code finish(download *d, const ar_http_response *response, artrepo_error *error) {
    if (!d->checked) { /* an empty body */
        artrepo_code code = check_headers(d, response, error);
        if (code != ARTREPO_OK) {
            return code;
        }
    }
    if (d->expected >= 0 && d->delivered < d->expected && !d->enough) {
        artrepo_error_set(error, ARTREPO_TRANSIENT, "the answer ended after %lld of %lld bytes",
                          (long long)d->delivered, (long long)d->expected);
        error->retryable = true;
        return error->code;
    }
    if (d->object->size < 0 && d->range->length < 0) {
        d->object->size = d->range->offset + d->delivered;
    }
    return ARTREPO_OK;
}

/* Where the rest was asked for. */
static artrepo_code nothing_more(const download *d, artrepo_error *error) {
    if (d->object->size < 0) {
        artrepo_error_set(error, ARTREPO_IO,
                          "the connection broke after %lld bytes, and the server says that there "
                          "is nothing behind them; get it again",
                          (long long)d->delivered);
    } else {
        artrepo_error_set(error, ARTREPO_IO,
                          "the server said that it has %lld bytes, and has less; get it again",
                          (long long)d->object->size);
    }
    return ar_web_failed(d->web, "get", d->key, error);
}

static artrepo_code attempt(download *d, artrepo_error *error) {
    char range[96], condition[256];
    ar_web_request request = {
        .verb = "get", .method = "GET", .key = d->key, .receive = receive, .receive_data = d};
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    d->checked = d->enough = false;
    *error = (artrepo_error)ARTREPO_ERROR_INIT;
    ar_web_add_header(&request, AS_IT_IS);
    add_range(d, &request, range, sizeof range);
    if (ar_web_condition(d->pin, condition, sizeof condition)) {
        ar_web_add_header(&request, condition);
    }
    artrepo_code code = ar_web_send(d->web, &request, &response, d->operation, error);
    if (code != ARTREPO_OK && response.status == 416 && d->delivered > 0) {
        code = nothing_more(d, error);
    }
    if (code == ARTREPO_OK || d->enough) {
        artrepo_error failure = ARTREPO_ERROR_INIT;
        code = finish(d, &response, &failure);
        if (code != ARTREPO_OK) {
            *error = failure;
            ar_web_failed(d->web, "get", d->key, error);
        }
    }
    ar_http_response_clear(&response);
    return code;
}

/* ---- all attempts ---- */

static bool is_complete(const download *d) {
    return d->known && d->expected >= 0 && d->delivered == d->expected;
}

/* Whether another attempt could end well; says why not. */
static bool may_go_on(const download *d, artrepo_error *error) {
    if (d->sink_failed) {
        return false;
    }
    if (d->delivered > 0 && d->pin[0] == '\0' && error->retryable) {
        size_t length = strlen(error->message);
        snprintf(error->message + length, sizeof error->message - length,
                 "; it cannot be resumed, since the server names no version of it (ETag or "
                 "Last-Modified); get it again from the start");
        error->retryable = false;
        error->code = ARTREPO_IO;
        return false;
    }
    return true;
}

static artrepo_code get_in_attempts(download *d, artrepo_error *error) {
    char what[256];
    snprintf(what, sizeof what, "get %s", d->key);
    ar_retry retry = ar_retry_begin(d->operation);
    for (;;) {
        int64_t before = d->delivered;
        artrepo_code code = attempt(d, error);
        if (code == ARTREPO_OK || (error->retryable && is_complete(d))) {
            return ARTREPO_OK; /* or it broke behind the last byte */
        }
        if (d->delivered - before >= PROGRESS_BYTES) {
            retry = ar_retry_begin(d->operation); /* it gets on */
        }
        if (!may_go_on(d, error) || !ar_retry_again(&retry, what, error)) {
            return error->code;
        }
    }
}

static artrepo_code contradicts_itself(const download *d, artrepo_error *error) {
    artrepo_error_set(error, ARTREPO_IO,
                      "the server says that it has %lld bytes, and answers that there is nothing "
                      "at byte %lld; get it again, and then look at the server",
                      (long long)d->object->size, (long long)d->range->offset);
    return ar_web_failed(d->web, "get", d->key, error);
}

/* A range of no bytes, or behind the end: still the object must be there, and be the same. */
static artrepo_code get_nothing(download *d, artrepo_error *error) {
    *error = (artrepo_error)ARTREPO_ERROR_INIT;
    artrepo_code code = stat_object(d->web, d->key, d->object, d->operation, error);
    if (code == ARTREPO_OK && d->pin[0] != '\0' && strcmp(d->pin, d->object->version) != 0) {
        replaced(error);
        code = ar_web_failed(d->web, "get", d->key, error);
    }
    return code;
}

static artrepo_code verify(const download *d, artrepo_error *error) {
    if (ar_web_digest_fits(&d->digest)) {
        return ARTREPO_OK;
    }
    artrepo_error_set(error, ARTREPO_IO,
                      "the data has not the %s that the server gives for it; it was damaged on the "
                      "way or where it is stored, so get it again, and then look at the server",
                      d->digest.name);
    return ar_web_failed(d->web, "get", d->key, error);
}

artrepo_code ar_web_get(void *state, const char *key, const artrepo_range *range,
                        artrepo_sink *sink, artrepo_object *object, artrepo_operation *operation,
                        artrepo_error *error) {
    artrepo_object ignored;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    int64_t start = ar_clock_now_ns();
    download d = {.web = state,
                  .key = key,
                  .range = range,
                  .sink = sink,
                  .object = object == NULL ? &ignored : object,
                  .operation = operation,
                  .stage = ar_operation_stage(operation, "download"),
                  .pin = range->version == NULL ? "" : range->version,
                  .expected = -1};
    artrepo_code code;
    if (range->offset < 0) {
        code =
            artrepo_error_set(&failure, ARTREPO_INVALID, "get '%s': the offset is negative", key);
    } else if (range->length == 0) {
        code = get_nothing(&d, &failure);
    } else {
        code = get_in_attempts(&d, &failure);
        if (code != ARTREPO_OK && failure.http_status == 416 && d.delivered == 0) {
            code = get_nothing(&d, &failure);
            if (code == ARTREPO_OK && d.object->size > range->offset) {
                code = contradicts_itself(&d, &failure);
            }
        }
    }
    if (code == ARTREPO_OK) {
        code = verify(&d, &failure);
    }
    ar_web_digest_free(&d.digest);
    ar_stage_add_busy(d.stage, ar_clock_now_ns() - start, d.delivered);
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    return code;
}
