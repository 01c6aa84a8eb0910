/* Uploads of several chunks, each of which goes on from what the store says that it has. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/retry.h"
#include "gcs/put.h"
#include "gcs/request.h"
#include "gcs/url.h"

#define CANCEL_TIMEOUT_MS 10000
enum { CANCEL_TRIES = 2 };

typedef struct upload {
    ar_gcs_put_job *job;
    char *session; /* its address */
    bool is_ours;  /* the address is of the store's server: a token goes along */
    bool finished;
    bool lost;        /* nothing can come of this session any more, but of another one */
    uint64_t crc;     /* of all that was read */
    int64_t progress; /* bytes that were counted */
} upload;

/* A piece of the source, in memory until the store has it. */
typedef struct chunk {
    const char *data;
    int64_t offset; /* in the object */
    int64_t size;
    bool is_last;
    int64_t has; /* bytes of it that the store has */
} chunk;

/* ---- the session ---- */

/* What the object is to be. To be freed; NULL when there is no memory. */
static char *build_resource(const ar_gcs_put_job *job) {
    json_t *resource = json_pack("{s:s}", "contentType", job->content_type);
    char *text = resource == NULL ? NULL : json_dumps(resource, JSON_COMPACT);
    json_decref(resource);
    return text;
}

/* It is sent to as it is. */
static bool is_address(const char *text) {
    return strpbrk(text, " \t") == NULL &&
           (strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0);
}

static artrepo_code keep_session(upload *u, const ar_http_response *response,
                                 artrepo_error *error) {
    const char *location = ar_http_response_header(response, "Location");
    if (location == NULL || !is_address(location)) {
        artrepo_error_set(error, ARTREPO_IO,
                          "the store begins an upload without saying where; check the endpoint");
        return ar_gcs_put_failed(u->job, error);
    }
    u->is_ours = ar_gcs_url_is_ours(u->job->gcs, location);
    u->session = strdup(location);
    return u->session == NULL
               ? artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for an upload")
               : ARTREPO_OK;
}

static artrepo_code begin(upload *u, artrepo_error *error) {
    ar_gcs_put_job *job = u->job;
    char length[64], type[300];
    ar_buffer url = AR_BUFFER_INIT;
    char *resource = build_resource(job);
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = ARTREPO_OK;
    if (resource == NULL || !ar_gcs_url_upload(job->gcs, job->key, "resumable", &url) ||
        !ar_gcs_url_parameter(&url, "fields", AR_GCS_OBJECT_FIELDS)) {
        code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for an upload");
        goto done;
    }
    ar_http_body body = {resource, -1, 0, (int64_t)strlen(resource)};
    ar_gcs_request request = {
        .verb = "put", .method = "POST", .key = job->key, .url = url.data, .body = &body};
    snprintf(type, sizeof type, "X-Upload-Content-Type: %.250s", job->content_type);
    snprintf(length, sizeof length, "X-Upload-Content-Length: %lld", (long long)job->source->size);
    ar_gcs_add_header(&request, "Content-Type: application/json; charset=UTF-8");
    ar_gcs_add_header(&request, type);
    ar_gcs_add_header(&request, job->source->size >= 0 ? length : NULL);
    code = ar_gcs_send_retrying(job->gcs, &request, &response, job->operation, error);
    if (code == ARTREPO_OK) {
        code = keep_session(u, &response, error);
    }
done:
    ar_http_response_clear(&response);
    ar_buffer_free(&url);
    free(resource);
    return code;
}

/* Takes back what was sent; also when the operation was cancelled. An answer of 499 is the right
 * one. */
static void cancel(upload *u) {
    ar_gcs_request request = {.verb = "cancel the upload of",
                              .method = "DELETE",
                              .key = u->job->key,
                              .url = u->session,
                              .without_token = !u->is_ours,
                              .timeout_ms = CANCEL_TIMEOUT_MS};
    for (int tries = 0; tries < CANCEL_TRIES; tries++) {
        artrepo_error failure = ARTREPO_ERROR_INIT;
        ar_http_response response = AR_HTTP_RESPONSE_INIT;
        artrepo_code code = ar_gcs_send(u->job->gcs, &request, &response, NULL, &failure);
        ar_http_response_clear(&response);
        if (code == ARTREPO_OK || !failure.retryable) {
            return;
        }
    }
}

/* ---- one request ---- */

/* -1 while the end is not known. */
static int64_t total_of(const upload *u, const chunk *c) {
    return c->is_last ? c->offset + c->size : u->job->source->size;
}

/* "bytes 0-524287/2000000", "bytes 524288-1048575/" and a star, "bytes " and a star "/2000000" */
static void content_range(const upload *u, const chunk *c, bool asks, char text[120]) {
    char total[32] = "*";
    if (total_of(u, c) >= 0) {
        snprintf(total, sizeof total, "%lld", (long long)total_of(u, c));
    }
    if (asks || c->has == c->size) {
        snprintf(text, 120, "Content-Range: bytes */%s", total);
    } else {
        long long first = c->offset + c->has;
        long long last = c->offset + c->size - 1;
        snprintf(text, 120, "Content-Range: bytes %lld-%lld/%s", first, last, total);
    }
}

static artrepo_code strange(const upload *u, const char *what, artrepo_error *error) {
    artrepo_error_set(error, ARTREPO_IO, "the store %s", what);
    return ar_gcs_put_failed(u->job, error);
}

/* "bytes=0-524287": what the store has; nothing at all without that header. */
static artrepo_code read_range(const upload *u, const ar_http_response *response, chunk *c,
                               artrepo_error *error) {
    static const char start[] = "bytes=0-";
    const char *range = ar_http_response_header(response, "Range");
    int64_t has = 0;
    if (range != NULL) {
        char *end = NULL;
        errno = 0;
        bool ok = strncmp(range, start, sizeof start - 1) == 0;
        int64_t last = ok ? strtoll(range + sizeof start - 1, &end, 10) : -1;
        if (!ok || *end != '\0' || errno != 0) {
            return strange(u, "says in no known words what it has of an upload", error);
        }
        has = last < INT64_MAX ? last + 1 : last;
    }
    if (has < c->offset + c->has || has > c->offset + c->size) {
        return strange(u, "has lost a part of the upload, or has more than was sent", error);
    }
    c->has = has - c->offset;
    return ARTREPO_OK;
}

static artrepo_code read_answer(upload *u, const ar_http_response *response, chunk *c,
                                const char *crc32c, artrepo_error *error) {
    if (response->status == 308) {
        return read_range(u, response, c, error);
    }
    if (!c->is_last) {
        return strange(u, "ends an upload that goes on", error);
    }
    u->finished = true;
    c->has = c->size;
    artrepo_code code = ar_gcs_put_finish(u->job, response, c->offset + c->size, crc32c, error);
    u->lost = code != ARTREPO_OK && error->retryable; /* damaged, and taken back */
    return code;
}

/* Sends what the store has not, or only asks what it has. */
static artrepo_code attempt(upload *u, chunk *c, bool asks, artrepo_error *error) {
    ar_gcs_put_job *job = u->job;
    char range[120], hash[64], crc32c[AR_CHECKSUM_TEXT];
    ar_http_body body = {c->data + c->has, -1, 0, asks ? 0 : c->size - c->has};
    ar_gcs_request request = {.verb = "put",
                              .method = "PUT",
                              .key = job->key,
                              .url = u->session,
                              .body = &body,
                              .takes_308 = true,
                              .without_token = !u->is_ours};
    content_range(u, c, asks, range);
    ar_checksum_text(AR_CHECKSUM_CRC32C, u->crc, crc32c);
    snprintf(hash, sizeof hash, "X-Goog-Hash: crc32c=%s", crc32c);
    ar_gcs_add_header(&request, range);
    ar_gcs_add_header(&request, c->is_last ? hash : NULL);
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = ar_gcs_send(job->gcs, &request, &response, job->operation, error);
    if (code == ARTREPO_OK) {
        code = read_answer(u, &response, c, crc32c, error);
    } else if (response.status == 404 || response.status == 410) {
        artrepo_error_set(error, ARTREPO_IO, "the store has forgotten the upload; start over");
        code = ar_gcs_put_failed(job, error);
        error->retryable = true;
        u->finished = u->lost = true; /* there is nothing to cancel */
    } else if (response.status == 400 && error->retryable) {
        u->lost = true; /* it was damaged */
    }
    ar_http_response_clear(&response);
    return code;
}

/* ---- a chunk ---- */

static bool is_sent(const upload *u, const chunk *c) {
    return c->is_last ? u->finished : c->has == c->size;
}

static artrepo_code send_chunk(upload *u, chunk *c, artrepo_error *error) {
    char what[256];
    snprintf(what, sizeof what, "put %s", u->job->key);
    ar_retry retry = ar_retry_begin(u->job->operation);
    bool asks = false;
    while (!is_sent(u, c)) {
        int64_t before = c->has;
        artrepo_code code = attempt(u, c, asks, error);
        if (code == ARTREPO_OK && c->has == before && !is_sent(u, c) && !asks) {
            /* Nothing of it was taken, though the answer sounds friendly. */
            artrepo_error_set(error, ARTREPO_TRANSIENT, "the store takes nothing of the data");
            code = ar_gcs_put_failed(u->job, error);
            error->retryable = true;
        }
        if (c->has > before) {
            retry = ar_retry_begin(u->job->operation);
        }
        asks = code != ARTREPO_OK;
        bool ended = u->finished || u->lost;
        if (code != ARTREPO_OK && (ended || !ar_retry_again(&retry, what, error))) {
            return error->code;
        }
    }
    return ARTREPO_OK;
}

/* ---- all of them ---- */

/* The next chunk; the last one may be empty when the source did not tell its size. */
static artrepo_code read_chunk(upload *u, char *data, size_t size, chunk *c, artrepo_error *error) {
    ar_gcs_put_job *job = u->job;
    int64_t known = job->source->size;
    int64_t left = known < 0 ? INT64_MAX : known - c->offset;
    bool is_last = left <= (int64_t)size;
    size_t wanted = is_last ? (size_t)left : size;
    size_t got = 0;
    int64_t start = ar_clock_now_ns();
    artrepo_code code =
        artrepo_source_read_full(job->source, data, wanted + (is_last ? 1 : 0), &got, error);
    ar_stage_add_input_wait(job->stage, ar_clock_now_ns() - start);
    if (code == ARTREPO_OK && known >= 0 && got != wanted) {
        code = ar_gcs_size_changed(job, error);
    }
    c->data = data;
    c->size = (int64_t)got;
    c->has = 0;
    c->is_last = is_last || got < size;
    return code;
}

static artrepo_code send_all(upload *u, char *data, size_t size, artrepo_error *error) {
    ar_gcs_put_job *job = u->job;
    chunk c = {.data = data, .size = (int64_t)size}; /* read already; more may follow */
    for (;;) {
        artrepo_code code = artrepo_operation_check(job->operation, error);
        u->crc = ar_checksum_update(AR_CHECKSUM_CRC32C, u->crc, c.data, (size_t)c.size);
        int64_t start = ar_clock_now_ns();
        if (code == ARTREPO_OK) {
            code = send_chunk(u, &c, error);
        }
        ar_stage_add_busy(job->stage, ar_clock_now_ns() - start, code == ARTREPO_OK ? c.size : 0);
        if (code == ARTREPO_OK) {
            ar_progress_add_bytes(job->operation, c.size);
            u->progress += c.size;
        }
        if (code != ARTREPO_OK || c.is_last) {
            return code;
        }
        c.offset += c.size;
        code = read_chunk(u, data, size, &c, error);
        if (code != ARTREPO_OK) {
            return code;
        }
    }
}

artrepo_code ar_gcs_put_resumable(ar_gcs_put_job *job, char *data, size_t size, bool *again,
                                  artrepo_error *error) {
    upload u = {.job = job};
    artrepo_code code = begin(&u, error);
    if (code == ARTREPO_OK) {
        code = send_all(&u, data, size, error);
        if (code != ARTREPO_OK && !u.finished) {
            cancel(&u);
        }
        *again = code != ARTREPO_OK && u.lost;
        if (*again) {
            ar_progress_add_bytes(job->operation, -u.progress);
        }
    }
    free(u.session);
    return code;
}
