/* put: small objects by one request, others by a multipart upload. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/operation.h"
#include "s3/object.h"
#include "s3/odd_keys.h"
#include "s3/parts.h"
#include "s3/payload.h"
#include "s3/xml.h"

#define ONE_READ_BYTES (INT64_C(64) << 10) /* up to here hashing and sending share one read */
#define EXPECT_BYTES (INT64_C(1) << 20)    /* from here on a refusal is worth waiting for */

/* ---- one request ---- */

/* S3 has an ETag for what it took. Without, it may be no store at all that says 200, but a proxy
 * that wants a login; so it is looked for. */
static artrepo_code read_object(ar_s3_put_job *job, const ar_http_response *response, int64_t size,
                                artrepo_error *error) {
    ar_s3_object_of_headers(job->key, response, job->object);
    job->object->modified_ms = response->date_ms;
    job->object->size = size;
    if (job->object->version[0] != '\0') {
        return ARTREPO_OK;
    }
    artrepo_code code = ar_s3_stat(job->s3, job->key, job->object, job->operation, error);
    if (code != ARTREPO_NOT_FOUND && (code != ARTREPO_OK || job->object->size == size)) {
        return code;
    }
    return artrepo_error_set(error, ARTREPO_IO,
                             "put '%s' in bucket '%s' at %s: the answer is HTTP %d without an "
                             "ETag, and there is no such object then; check the endpoint",
                             job->key, job->s3->config.bucket, job->s3->endpoint, response->status);
}

static artrepo_code send_single(ar_s3_put_job *job, const ar_http_body *body, bool with_checksum,
                                artrepo_error *error) {
    ar_s3_payload payload;
    artrepo_code code = ar_s3_payload_of(job->s3, body, with_checksum, &payload, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    ar_s3_request request = {.verb = "put",
                             .method = "PUT",
                             .key = job->key,
                             .body = body,
                             .expect_continue = body->size >= EXPECT_BYTES,
                             .creates_bucket = true};
    ar_s3_add_header(&request, "content-type", job->content_type);
    ar_s3_add_payload(&payload, &request);
    ar_s3_add_encryption(job->s3, &job->customer, &request);
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    code = ar_s3_send_retrying(job->s3, &request, &response, job->operation, error);
    if (code == ARTREPO_OK) {
        code = read_object(job, &response, body->size, error);
    }
    ar_http_response_clear(&response);
    return code;
}

artrepo_code ar_s3_put_single(ar_s3_put_job *job, const ar_http_body *body, artrepo_error *error) {
    int64_t start = ar_clock_now_ns();
    bool with_checksum = ar_s3_wants_checksum(job->s3);
    artrepo_code code = send_single(job, body, with_checksum, error);
    if (code != ARTREPO_OK && with_checksum && ar_s3_refuses_checksum(job->s3, error)) {
        code = send_single(job, body, false, error);
    }
    ar_stage_add_busy(job->stage, ar_clock_now_ns() - start, code == ARTREPO_OK ? body->size : 0);
    if (code == ARTREPO_OK) {
        ar_progress_add_bytes(job->operation, body->size);
    }
    return code;
}

/* All of a source whose size is known. */
static artrepo_code read_small(ar_s3_put_job *job, char *data, size_t size, artrepo_error *error) {
    artrepo_source *source = job->source;
    size_t got = 0;
    int64_t start = ar_clock_now_ns();
    /* One byte more, to see the end of what is there. */
    artrepo_code code =
        source->descriptor >= 0
            ? ar_file_pread_full(source->descriptor, data, size, 0, &got, "the source", error)
            : artrepo_source_read_full(source, data, size + 1, &got, error);
    ar_stage_add_input_wait(job->stage, ar_clock_now_ns() - start);
    return code == ARTREPO_OK && got != size ? ar_s3_size_changed(job, error) : code;
}

/* The source says how much there is, and it is little. */
static artrepo_code put_small(ar_s3_put_job *job, artrepo_error *error) {
    artrepo_source *source = job->source;
    if (source->descriptor >= 0 && source->size > ONE_READ_BYTES) {
        ar_http_body body = {NULL, source->descriptor, 0, source->size};
        return ar_s3_put_single(job, &body, error);
    }
    size_t size = (size_t)source->size;
    char *data = malloc(size + 1);
    if (data == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for %zu bytes", size);
    }
    artrepo_code code = read_small(job, data, size, error);
    if (code == ARTREPO_OK) {
        ar_http_body body = {data, -1, 0, (int64_t)size};
        code = ar_s3_put_single(job, &body, error);
    }
    free(data);
    return code;
}

artrepo_code ar_s3_size_changed(const ar_s3_put_job *job, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_IO,
                             "put '%s' in bucket '%s' at %s: the source has not the %lld bytes "
                             "that it had when it was opened",
                             job->key, job->s3->config.bucket, job->s3->endpoint,
                             (long long)job->source->size);
}

/* ---- put ---- */

artrepo_code ar_s3_put(void *state, const char *key, artrepo_source *source,
                       const artrepo_put_options *options, artrepo_object *object,
                       artrepo_operation *operation, artrepo_error *error) {
    ar_s3 *s3 = state;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    const char *content_type = options->content_type;
    artrepo_object ignored;
    ar_s3_put_job job = {.s3 = s3,
                         .key = key,
                         .source = source,
                         .content_type =
                             content_type == NULL ? "application/octet-stream" : content_type,
                         .object = object == NULL ? &ignored : object,
                         .operation = operation,
                         .stage = ar_operation_stage(operation, "upload")};
    artrepo_code code = ar_s3_check_key(s3, "put", key, &failure);
    if (code == ARTREPO_OK && !ar_s3_is_utf8(key)) {
        /* A store that takes one all the same lists it under another name. */
        code = artrepo_error_set(&failure, ARTREPO_INVALID,
                                 "put '%s': the key is not UTF-8, as S3's keys are; choose another",
                                 key);
    }
    if (code == ARTREPO_OK && strpbrk(job.content_type, "\r\n") != NULL) {
        code = artrepo_error_set(&failure, ARTREPO_INVALID,
                                 "put '%s': the content type has a line break in it", key);
    }
    if (code == ARTREPO_OK) {
        code = ar_s3_check_odd_put(&job, &failure);
    }
    if (code == ARTREPO_OK) {
        code = ar_s3_customer_key_derive(s3, key, &job.customer, &failure);
    }
    if (code == ARTREPO_OK) {
        size_t part_size = artrepo_operation_part_size(operation);
        bool small = source->size >= 0 && (uint64_t)source->size <= part_size;
        code = small ? put_small(&job, &failure) : ar_s3_put_parts(&job, &failure);
    }
    if (code == ARTREPO_OK) {
        snprintf(job.object->content_type, sizeof job.object->content_type, "%s", job.content_type);
    } else if (error != NULL) {
        *error = failure;
    }
    ar_s3_customer_key_wipe(&job.customer);
    return code;
}
