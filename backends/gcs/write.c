/* put: small objects by one request, others by a resumable upload. */
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/retry.h"
#include "gcs/put.h"
#include "gcs/request.h"
#include "gcs/url.h"

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for an upload");
}

/* ---- for both ways ---- */

artrepo_code ar_gcs_put_failed(const ar_gcs_put_job *job, artrepo_error *error) {
    ar_gcs_request request = {.verb = "put", .key = job->key};
    char what[1500];
    ar_gcs_describe(job->gcs, &request, what, sizeof what);
    return artrepo_error_prefix(error, "%s", what);
}

artrepo_code ar_gcs_size_changed(const ar_gcs_put_job *job, artrepo_error *error) {
    artrepo_error_set(error, ARTREPO_IO,
                      "the source has not the %lld bytes that it had when it was opened",
                      (long long)job->source->size);
    return ar_gcs_put_failed(job, error);
}

/* That generation alone: what somebody else put meanwhile is not touched. */
static void remove_damaged(ar_gcs_put_job *job) {
    ar_buffer url = AR_BUFFER_INIT;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    if (job->object->version[0] != '\0' && ar_gcs_url_object(job->gcs, job->key, &url) &&
        ar_gcs_url_parameter(&url, "generation", job->object->version)) {
        ar_gcs_request request = {
            .verb = "remove", .method = "DELETE", .key = job->key, .url = url.data};
        ar_gcs_send_retrying(job->gcs, &request, &response, job->operation, NULL);
    }
    ar_http_response_clear(&response);
    ar_buffer_free(&url);
}

/* What came there, by the answer, against what was sent. ERROR says what is wrong with it. */
static bool is_damaged(const artrepo_object *object, const char *stored, int64_t size,
                       const char *crc32c, artrepo_error *error) {
    if (object->size != size) {
        artrepo_error_set(error, ARTREPO_IO,
                          "the data was damaged on the way: it has %lld bytes, and the store has "
                          "%lld",
                          (long long)size, (long long)object->size);
        return true;
    }
    if (stored != NULL && strcmp(stored, crc32c) != 0) {
        artrepo_error_set(error, ARTREPO_IO,
                          "the data was damaged on the way: its checksum is %s, and the store has "
                          "%.15s",
                          crc32c, stored);
        return true;
    }
    return false;
}

artrepo_code ar_gcs_put_finish(ar_gcs_put_job *job, const ar_http_response *response, int64_t size,
                               const char *crc32c, artrepo_error *error) {
    json_t *resource = ar_gcs_resource_of(response);
    if (resource == NULL) {
        artrepo_error_set(error, ARTREPO_IO, "the answer is none of GCS; check the endpoint");
        return ar_gcs_put_failed(job, error);
    }
    artrepo_code code = ARTREPO_OK;
    const char *stored = ar_json_text(resource, "crc32c");
    ar_gcs_object_of_json(resource, job->object);
    job->object->key = job->key;
    if (job->object->size < 0) { /* "{}" is no object yet */
        artrepo_error_set(error, ARTREPO_IO,
                          "the answer does not say how large the object is; check the endpoint");
        code = ar_gcs_put_failed(job, error);
    } else if (is_damaged(job->object, stored, size, crc32c, error)) {
        code = ar_gcs_put_failed(job, error);
        error->retryable = true;
        remove_damaged(job);
    }
    json_decref(resource);
    return code;
}

/* ---- one request ---- */

enum { BOUNDARY_BYTES = 16, BOUNDARY_TEXT = BOUNDARY_BYTES * 2 + 1, CRC32C_TEXT = 8 };

/* The body of a multipart/related upload: what the object is to be, and its data. */
typedef struct small_body {
    char boundary[BOUNDARY_TEXT];
    char tail[BOUNDARY_TEXT + 16];
    char crc32c[AR_CHECKSUM_TEXT];
    char *bytes; /* room for the head, the data, and the tail */
    size_t head_size;
    size_t data_size; /* of the room first, then of what is there */
} small_body;

/* Random, so that it is not in the data. */
static bool make_boundary(char boundary[BOUNDARY_TEXT]) {
    unsigned char random[BOUNDARY_BYTES];
    if (RAND_bytes(random, sizeof random) != 1) {
        return false;
    }
    for (size_t i = 0; i < sizeof random; i++) {
        snprintf(boundary + 2 * i, 3, "%02x", random[i]);
    }
    return true;
}

/* CRC32C has CRC32C_TEXT characters: the head is as long for any of them. */
static bool build_head(const ar_gcs_put_job *job, const small_body *body, const char *crc32c,
                       ar_buffer *head) {
    json_t *resource = json_pack("{s:s, s:s}", "contentType", job->content_type, "crc32c", crc32c);
    char *text = resource == NULL ? NULL : json_dumps(resource, JSON_COMPACT);
    bool ok = text != NULL &&
              ar_buffer_printf(head,
                               "--%s\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n%s\r\n"
                               "--%s\r\nContent-Type: %s\r\n\r\n",
                               body->boundary, text, body->boundary, job->content_type);
    free(text);
    json_decref(resource);
    return ok;
}

/* Room for CAPACITY bytes of data, and one more. */
static artrepo_code open_body(const ar_gcs_put_job *job, size_t capacity, small_body *body,
                              artrepo_error *error) {
    ar_buffer head = AR_BUFFER_INIT;
    *body = (small_body){.data_size = capacity};
    if (!make_boundary(body->boundary)) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no random numbers for an upload");
    }
    bool ok = build_head(job, body, "AAAAAA==", &head);
    snprintf(body->tail, sizeof body->tail, "\r\n--%s--\r\n", body->boundary);
    body->head_size = head.size;
    ar_buffer_free(&head);
    body->bytes = ok ? malloc(body->head_size + capacity + strlen(body->tail) + 1) : NULL;
    return body->bytes == NULL ? no_memory(error) : ARTREPO_OK;
}

/* SIZE bytes of data are in their place. */
static artrepo_code close_body(const ar_gcs_put_job *job, size_t size, small_body *body,
                               artrepo_error *error) {
    ar_buffer head = AR_BUFFER_INIT;
    char *data = body->bytes + body->head_size;
    body->data_size = size;
    ar_checksum_text(AR_CHECKSUM_CRC32C, ar_checksum_update(AR_CHECKSUM_CRC32C, 0, data, size),
                     body->crc32c);
    if (!build_head(job, body, body->crc32c, &head) || head.size != body->head_size) {
        ar_buffer_free(&head);
        return no_memory(error);
    }
    memcpy(body->bytes, head.data, head.size);
    memcpy(data + size, body->tail, strlen(body->tail));
    ar_buffer_free(&head);
    return ARTREPO_OK;
}

/* GENERATION: that the object must have now ("0": none at all); "" for whatever is there. */
static artrepo_code send_small(ar_gcs_put_job *job, const small_body *body, const char *generation,
                               artrepo_error *error) {
    ar_buffer url = AR_BUFFER_INIT;
    char type[BOUNDARY_TEXT + 64];
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = ARTREPO_OK;
    if (!ar_gcs_url_upload(job->gcs, job->key, "multipart", &url) ||
        !ar_gcs_url_parameter(&url, "fields", AR_GCS_OBJECT_FIELDS) ||
        !ar_gcs_url_parameter(&url, "ifGenerationMatch",
                              generation[0] == '\0' ? NULL : generation)) {
        code = no_memory(error);
        goto done;
    }
    snprintf(type, sizeof type, "Content-Type: multipart/related; boundary=%s", body->boundary);
    ar_http_body http_body = {body->bytes, -1, 0,
                              (int64_t)(body->head_size + body->data_size + strlen(body->tail))};
    ar_gcs_request request = {
        .verb = "put", .method = "POST", .key = job->key, .url = url.data, .body = &http_body};
    ar_gcs_add_header(&request, type);
    code = ar_gcs_send(job->gcs, &request, &response, job->operation, error);
    if (code == ARTREPO_OK) {
        code = ar_gcs_put_finish(job, &response, (int64_t)body->data_size, body->crc32c, error);
    }
done:
    ar_http_response_clear(&response);
    ar_buffer_free(&url);
    return code;
}

/* After a request whose outcome is not known: whether the object is there as it should be. If not,
 * GENERATION tells which one the next attempt replaces, so that it neither comes after somebody
 * else's nor happens twice. */
static bool has_arrived(ar_gcs_put_job *job, const small_body *body, char generation[128]) {
    json_t *resource = NULL;
    artrepo_code code =
        ar_gcs_fetch_resource(job->gcs, "put", job->key, &resource, job->operation, NULL);
    if (code == ARTREPO_NOT_FOUND) {
        snprintf(generation, 128, "0");
    }
    if (code != ARTREPO_OK) {
        return false;
    }
    artrepo_object object;
    const char *crc32c = ar_json_text(resource, "crc32c");
    ar_gcs_object_of_json(resource, &object);
    bool same = crc32c != NULL && strcmp(crc32c, body->crc32c) == 0 &&
                object.size == (int64_t)body->data_size &&
                strcmp(object.content_type, job->content_type) == 0;
    json_decref(resource);
    if (same) {
        *job->object = object;
        job->object->key = job->key;
    } else {
        snprintf(generation, 128, "%s", object.version);
    }
    return same;
}

static bool is_uncertain(const artrepo_error *failure) {
    return failure->http_status == 0 || failure->http_status == 412 || failure->http_status >= 500;
}

static artrepo_code put_small(ar_gcs_put_job *job, const small_body *body, artrepo_error *error) {
    char what[256];
    char generation[128] = "";
    snprintf(what, sizeof what, "put %s", job->key);
    int64_t start = ar_clock_now_ns();
    ar_retry retry = ar_retry_begin(job->operation);
    artrepo_code code;
    for (;;) {
        code = send_small(job, body, generation, error);
        if (code != ARTREPO_OK && error->http_status == 412) {
            error->retryable = true; /* it is only the last look that was too old */
        }
        if (code == ARTREPO_OK || !ar_retry_again(&retry, what, error)) {
            break;
        }
        if (is_uncertain(error) && has_arrived(job, body, generation)) {
            code = ARTREPO_OK;
            break;
        }
    }
    code = code == ARTREPO_OK ? code : error->code;
    int64_t size = (int64_t)body->data_size;
    ar_stage_add_busy(job->stage, ar_clock_now_ns() - start, code == ARTREPO_OK ? size : 0);
    if (code == ARTREPO_OK) {
        ar_progress_add_bytes(job->operation, size);
    }
    return code;
}

/* ---- put ---- */

static size_t chunk_bytes(const ar_gcs_put_job *job) {
    size_t size = artrepo_operation_part_size(job->operation);
    size_t units = (size + AR_GCS_CHUNK_UNIT - 1) / AR_GCS_CHUNK_UNIT;
    return (units > 0 ? units : 1) * AR_GCS_CHUNK_UNIT;
}

/* Reads up to CAPACITY bytes, and one more where the source says that there are no more. */
static artrepo_code read_first(ar_gcs_put_job *job, char *data, size_t capacity, bool is_all,
                               size_t *got, artrepo_error *error) {
    int64_t start = ar_clock_now_ns();
    artrepo_code code =
        artrepo_source_read_full(job->source, data, capacity + (is_all ? 1 : 0), got, error);
    ar_stage_add_input_wait(job->stage, ar_clock_now_ns() - start);
    if (code == ARTREPO_OK && is_all && *got != capacity) {
        code = ar_gcs_size_changed(job, error);
    }
    return code;
}

static artrepo_code put_once(ar_gcs_put_job *job, bool *again, artrepo_error *error) {
    size_t capacity = chunk_bytes(job);
    int64_t known = job->source->size;
    bool is_all = known >= 0 && (uint64_t)known <= capacity;
    capacity = is_all ? (size_t)known : capacity;
    small_body body;
    size_t got = 0;
    artrepo_code code = open_body(job, capacity, &body, error);
    if (code == ARTREPO_OK) {
        code = read_first(job, body.bytes + body.head_size, capacity, is_all, &got, error);
    }
    if (code == ARTREPO_OK && (is_all || (known < 0 && got < capacity))) {
        code = close_body(job, got, &body, error);
        code = code == ARTREPO_OK ? put_small(job, &body, error) : code;
    } else if (code == ARTREPO_OK && got < capacity) {
        code = ar_gcs_size_changed(job, error);
    } else if (code == ARTREPO_OK) {
        code = ar_gcs_put_resumable(job, body.bytes + body.head_size, capacity, again, error);
    }
    free(body.bytes);
    return code;
}

/* Uploads that the store lost begin anew, where the source can be read once more. */
static artrepo_code put_any(ar_gcs_put_job *job, artrepo_error *error) {
    char what[256];
    snprintf(what, sizeof what, "put %s", job->key);
    ar_retry retry = ar_retry_begin(job->operation);
    for (;;) {
        bool again = false;
        artrepo_code code = put_once(job, &again, error);
        if (code == ARTREPO_OK || !again || job->source->functions->rewind == NULL ||
            !ar_retry_again(&retry, what, error)) {
            return code == ARTREPO_OK ? code : error->code;
        }
        code = artrepo_source_rewind(job->source, error);
        if (code != ARTREPO_OK) {
            return code;
        }
    }
}

artrepo_code ar_gcs_put(void *state, const char *key, artrepo_source *source,
                        const artrepo_put_options *options, artrepo_object *object,
                        artrepo_operation *operation, artrepo_error *error) {
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_object ignored;
    ar_gcs_put_job job = {.gcs = state,
                          .key = key,
                          .source = source,
                          .content_type = options->content_type == NULL ? "application/octet-stream"
                                                                        : options->content_type,
                          .object = object == NULL ? &ignored : object,
                          .operation = operation,
                          .stage = ar_operation_stage(operation, "upload")};
    artrepo_code code = ar_gcs_check_key(state, "put", key, &failure);
    if (code == ARTREPO_OK && strpbrk(job.content_type, "\r\n") != NULL) {
        code = artrepo_error_set(&failure, ARTREPO_INVALID,
                                 "put '%s': the content type has a line break in it", key);
    }
    if (code == ARTREPO_OK) {
        code = put_any(&job, &failure);
    }
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    return code;
}
