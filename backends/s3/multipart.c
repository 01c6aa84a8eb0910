#include "s3/multipart.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/retry.h"
#include "s3/object.h"
#include "s3/payload.h"
#include "s3/xml.h"

/* Stores put large objects together before they answer: some copy all their bytes. */
#define COMPLETE_STALL_S 300
#define COMPLETE_BYTES_PER_S (16 << 20)
#define COMPLETE_STALL_MOST_S 7200
#define LARGE_BYTES (64 << 20) /* for which that may take some time */
#define AWAIT_POLL_NS (50 * AR_MILLISECOND_NS)
#define AWAIT_MOST_NS (2 * AR_SECOND_NS)
#define CLOCK_SLACK_MS 2000 /* stores count seconds */
#define ABORT_TIMEOUT_MS 10000
enum { ABORT_ATTEMPTS = 3 };

static artrepo_code no_memory(const ar_s3_upload *upload, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to put '%s'", upload->job->key);
}

/* ---- begin ---- */

static artrepo_code read_upload_id(void *data, const char *path, const char *text,
                                   artrepo_error *error) {
    (void)error;
    char **id = data;
    if (strcmp(path, "InitiateMultipartUploadResult/UploadId") == 0 && *id == NULL) {
        *id = strdup(text);
    }
    return ARTREPO_OK;
}

/* With the operation's retries, noting which answers were lost. */
static artrepo_code send_initiation(ar_s3_upload *upload, const ar_s3_request *request,
                                    ar_http_response *response, artrepo_error *error) {
    ar_s3_put_job *job = upload->job;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    char what[256];
    snprintf(what, sizeof what, "put %s", job->key);
    ar_retry retry = ar_retry_begin(job->operation);
    artrepo_code code;
    do {
        code = artrepo_operation_check(job->operation, &failure);
        if (code != ARTREPO_OK) {
            break; /* nothing was sent */
        }
        int64_t start = upload->begun_ms = ar_clock_wall_ms();
        code = ar_s3_send(job->s3, request, response, job->operation, &failure);
        /* A final failure, such as a certificate that is not trusted, is no lost answer. Having no
         * memory for the answer is. */
        bool unheard = failure.retryable || code == ARTREPO_CANCELLED || code == ARTREPO_INTERNAL ||
                       response->status / 100 == 2;
        if (code != ARTREPO_OK && unheard && response->status / 100 != 4 &&
            response->failure != AR_HTTP_UNREACHABLE) {
            ar_s3_strays_note(&upload->strays, start, ar_clock_wall_ms());
        }
    } while (code != ARTREPO_OK && ar_retry_again(&retry, what, &failure));
    if (code != ARTREPO_OK) {
        *error = failure;
    }
    return code == ARTREPO_OK ? code : failure.code;
}

static artrepo_code initiate(ar_s3_upload *upload, artrepo_error *error) {
    ar_s3_put_job *job = upload->job;
    ar_s3_request request = {.verb = "put",
                             .method = "POST",
                             .key = job->key,
                             .creates_bucket = true,
                             .fresh_connection = true};
    ar_s3_add_parameter(&request, "uploads", "");
    ar_s3_add_header(&request, "content-type", job->content_type);
    ar_s3_add_header(&request, "x-amz-checksum-algorithm", upload->checksums ? "CRC32C" : NULL);
    /* Readers cannot verify the other type, since they do not know the parts. */
    ar_s3_add_header(&request, "x-amz-checksum-type", upload->checksums ? "FULL_OBJECT" : NULL);
    ar_s3_add_encryption(job->s3, &job->customer, &request);
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = send_initiation(upload, &request, &response, error);
    if (code == ARTREPO_OK) {
        const char *type = ar_http_response_header(&response, "x-amz-checksum-type");
        upload->whole_checksum =
            upload->checksums && type != NULL && strcasecmp(type, "FULL_OBJECT") == 0;
        code = ar_s3_xml_read(response.body.data, response.body.size, read_upload_id, &upload->id,
                              error);
        if (code == ARTREPO_OK && (upload->id == NULL || upload->id[0] == '\0')) {
            code = artrepo_error_set(error, ARTREPO_IO, "the store began no multipart upload");
        }
        if (code != ARTREPO_OK) {
            char what[1500];
            ar_s3_strays_note(&upload->strays, upload->begun_ms, ar_clock_wall_ms());
            ar_s3_describe(job->s3, &request, what, sizeof what);
            artrepo_error_prefix(error, "%s", what);
        }
    }
    ar_http_response_clear(&response);
    return code;
}

artrepo_code ar_s3_upload_begin(ar_s3_upload *upload, ar_s3_put_job *job, artrepo_error *error) {
    *upload = (ar_s3_upload){.job = job, .checksums = ar_s3_wants_checksum(job->s3)};
    pthread_mutex_init(&upload->mutex, NULL);
    artrepo_code code = initiate(upload, error);
    if (code != ARTREPO_OK && upload->checksums && ar_s3_refuses_checksum(job->s3, error)) {
        upload->checksums = false;
        code = initiate(upload, error);
    }
    if (code != ARTREPO_OK) {
        ar_s3_upload_settle(upload);
        ar_s3_upload_free(upload);
    }
    return code;
}

void ar_s3_upload_free(ar_s3_upload *upload) {
    for (unsigned i = 0; i < upload->count; i++) {
        free(upload->parts[i].etag);
    }
    free(upload->parts);
    free(upload->id);
    pthread_mutex_destroy(&upload->mutex);
}

/* ---- parts ---- */

/* Takes ETAG over. */
static bool remember_part(ar_s3_upload *upload, unsigned number, char *etag,
                          const ar_s3_payload *payload, int64_t bytes) {
    bool ok = true;
    pthread_mutex_lock(&upload->mutex);
    if (number > upload->capacity) {
        unsigned capacity = number + number / 2 + 16;
        ar_s3_upload_part *parts = realloc(upload->parts, capacity * sizeof *parts);
        ok = parts != NULL;
        if (ok) {
            upload->parts = parts;
            upload->capacity = capacity;
        }
    }
    if (ok) {
        if (number > upload->count) {
            memset(&upload->parts[upload->count], 0,
                   (number - upload->count) * sizeof *upload->parts);
            upload->count = number;
        }
        ar_s3_upload_part *part = &upload->parts[number - 1];
        part->etag = etag;
        part->bytes = bytes;
        part->crc = payload->crc;
        memcpy(part->crc32c, payload->crc32c, sizeof payload->crc32c);
        upload->bytes += bytes;
    }
    pthread_mutex_unlock(&upload->mutex);
    if (!ok) {
        free(etag);
    }
    return ok;
}

/* Sent in part at least, and not answered. */
static bool was_cut(const ar_http_response *response, artrepo_code code) {
    return code != ARTREPO_OK && response->status == 0 &&
           response->failure != AR_HTTP_UNREACHABLE &&
           (response->failure != AR_HTTP_LOCAL || code == ARTREPO_CANCELLED);
}

artrepo_code ar_s3_upload_send_part(ar_s3_upload *upload, unsigned number, const ar_http_body *body,
                                    artrepo_error *error) {
    ar_s3_put_job *job = upload->job;
    int64_t start = ar_clock_now_ns();
    char number_text[16];
    snprintf(number_text, sizeof number_text, "%u", number);
    ar_s3_payload payload;
    artrepo_code code = ar_s3_payload_of(job->s3, body, upload->checksums, &payload, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    ar_s3_request request = {.verb = "put", .method = "PUT", .key = job->key, .body = body};
    ar_s3_add_parameter(&request, "partNumber", number_text);
    ar_s3_add_parameter(&request, "uploadId", upload->id);
    ar_s3_add_payload(&payload, &request);
    ar_s3_add_customer_key(&job->customer, &request);
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    code = ar_s3_send_retrying(job->s3, &request, &response, job->operation, error);
    if (code == ARTREPO_OK) {
        const char *etag = ar_http_response_header(&response, "ETag");
        char *copy = etag == NULL || etag[0] == '\0' ? NULL : strdup(etag);
        if (etag == NULL || etag[0] == '\0') {
            code = artrepo_error_set(error, ARTREPO_IO,
                                     "put '%s' in bucket '%s' at %s: the store took part %u, but "
                                     "gave no ETag for it",
                                     job->key, job->s3->config.bucket, job->s3->endpoint, number);
        } else if (copy == NULL || !remember_part(upload, number, copy, &payload, body->size)) {
            code = no_memory(upload, error);
        }
    }
    if (was_cut(&response, code)) {
        atomic_store(&upload->cut_parts, true);
    }
    ar_http_response_clear(&response);
    ar_stage_add_busy(job->stage, ar_clock_now_ns() - start, code == ARTREPO_OK ? body->size : 0);
    if (code == ARTREPO_OK) {
        ar_progress_add_bytes(job->operation, body->size);
    }
    return code;
}

/* ---- complete ---- */

static bool build_completion(const ar_s3_upload *upload, ar_buffer *text) {
    bool ok = ar_buffer_append_text(
        text, "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    for (unsigned i = 0; ok && i < upload->count; i++) {
        const ar_s3_upload_part *part = &upload->parts[i];
        ok = part->etag != NULL &&
             ar_buffer_printf(text, "<Part><PartNumber>%u</PartNumber><ETag>", i + 1) &&
             ar_s3_xml_append(text, part->etag) && ar_buffer_append_text(text, "</ETag>") &&
             (part->crc32c[0] == '\0' ||
              ar_buffer_printf(text, "<ChecksumCRC32C>%s</ChecksumCRC32C>", part->crc32c)) &&
             ar_buffer_append_text(text, "</Part>");
    }
    return ok && ar_buffer_append_text(text, "</CompleteMultipartUpload>");
}

static void whole_checksum(const ar_s3_upload *upload, char text[AR_CHECKSUM_TEXT]) {
    uint64_t crc = 0;
    int64_t following = 0;
    for (unsigned i = upload->count; i-- > 0;) {
        crc ^= ar_checksum_shift(AR_CHECKSUM_CRC32C, upload->parts[i].crc, following);
        following += upload->parts[i].bytes;
    }
    ar_checksum_text(AR_CHECKSUM_CRC32C, crc, text);
}

static int hex_digit(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool parse_md5(const char *etag, unsigned char md5[16]) {
    etag += etag[0] == '"';
    for (int i = 0; i < 16; i++) {
        int high = hex_digit(etag[0]);
        int low = high < 0 ? -1 : hex_digit(etag[1]);
        if (low < 0) {
            return false;
        }
        md5[i] = (unsigned char)(high * 16 + low);
        etag += 2;
    }
    return etag[0] == '\0' || etag[0] == '"';
}

bool ar_s3_upload_etag(const ar_s3_upload *upload, char etag[64]) {
    ar_buffer sums = AR_BUFFER_INIT;
    unsigned char md5[16], digest[EVP_MAX_MD_SIZE];
    bool ok = true;
    for (unsigned i = 0; ok && i < upload->count; i++) {
        ok = upload->parts[i].etag != NULL && parse_md5(upload->parts[i].etag, md5) &&
             ar_buffer_append(&sums, md5, sizeof md5);
    }
    ok = ok && EVP_Digest(sums.data, sums.size, digest, NULL, EVP_md5(), NULL) == 1;
    if (ok) {
        char hex[2 * sizeof md5 + 1];
        ar_s3_hex(digest, sizeof md5, hex);
        snprintf(etag, 64, "%s-%u", hex, upload->count);
    }
    ar_buffer_free(&sums);
    return ok;
}

typedef struct completion {
    bool completed, failed;
    char etag[128];
} completion;

static artrepo_code read_completion(void *data, const char *path, const char *text,
                                    artrepo_error *error) {
    (void)error;
    completion *result = data;
    if (strcmp(path, "CompleteMultipartUploadResult/ETag") == 0) {
        ar_s3_copy_etag(text, result->etag, sizeof result->etag);
    }
    result->completed = result->completed || strcmp(path, "CompleteMultipartUploadResult") == 0;
    result->failed = result->failed || strcmp(path, "Error") == 0;
    return ARTREPO_OK;
}

/* The status is sent before the work is done, so that 200 can still have an error in its body. */
static artrepo_code complete_once(ar_s3_upload *upload, const ar_s3_request *request,
                                  artrepo_error *error) {
    ar_s3_put_job *job = upload->job;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    completion result = {0};
    artrepo_code code = ar_s3_send(job->s3, request, &response, job->operation, error);
    if (code == ARTREPO_OK) {
        code =
            ar_s3_xml_read(response.body.data, response.body.size, read_completion, &result, error);
        if (code != ARTREPO_OK || !result.completed) {
            code = ar_s3_error_of_answer(job->s3, request, &response, error);
            /* Whatever it is: the upload is still there, and a second attempt does no harm. */
            error->retryable = error->retryable || !result.failed;
        }
    }
    if (code == ARTREPO_OK) {
        ar_s3_object_of_headers(job->key, &response, job->object);
        memcpy(job->object->version, result.etag, sizeof result.etag);
        job->object->modified_ms = response.date_ms;
        job->object->size = upload->bytes;
    }
    ar_http_response_clear(&response);
    return code;
}

/* An attempt whose answer was lost (the transport repeats one, too, when a kept connection turns
 * out to be closed) may have completed the upload: the object then looks as ours must look. */
static bool was_completed(ar_s3_upload *upload) {
    ar_s3_put_job *job = upload->job;
    char etag[64];
    artrepo_object object;
    if (!ar_s3_upload_etag(upload, etag) ||
        ar_s3_stat(job->s3, job->key, &object, job->operation, NULL) != ARTREPO_OK ||
        strcmp(object.version, etag) != 0 || object.size != upload->bytes) {
        return false;
    }
    *job->object = object;
    return true;
}

/* How long the store may be silent. */
static int64_t completion_stall_s(const ar_s3_upload *upload) {
    int64_t seconds = COMPLETE_STALL_S + upload->bytes / COMPLETE_BYTES_PER_S;
    return seconds < COMPLETE_STALL_MOST_S ? seconds : COMPLETE_STALL_MOST_S;
}

/* False when something older is there, or nothing. What is newer than FIRST_MS, when the store was
 * asked first (by its clock), took our object's place. Where we may not look, it is believed. */
static bool may_be_there(const ar_s3_upload *upload, int64_t first_ms) {
    ar_s3_put_job *job = upload->job;
    artrepo_object object;
    artrepo_code code = ar_s3_stat(job->s3, job->key, &object, job->operation, NULL);
    if (code != ARTREPO_OK) {
        return code != ARTREPO_NOT_FOUND && code != ARTREPO_CANCELLED;
    }
    return strcmp(object.version, job->object->version) == 0 || object.modified_ms >= first_ms;
}

/* The store said that it is done, to an attempt that was not the first, whose answer was lost.
 * There are stores (VersityGW) that say so while they are still at the first, and have no object
 * until that has ended, or none at all when it fails. */
static artrepo_code await_object(ar_s3_upload *upload, int64_t first_ms, artrepo_error *error) {
    ar_s3_put_job *job = upload->job;
    int64_t store_ms = job->object->modified_ms; /* of the answer; 0: it does not say */
    first_ms += (store_ms == 0 ? 0 : store_ms - ar_clock_wall_ms()) - CLOCK_SLACK_MS;
    int64_t now_ns = ar_clock_now_ns();
    int64_t end_ns = now_ns + completion_stall_s(upload) * AR_SECOND_NS;
    int64_t look_ns = now_ns; /* when to look next */
    int64_t pause_ns = AWAIT_POLL_NS;
    for (; now_ns < end_ns; now_ns = ar_clock_now_ns()) {
        if (now_ns >= look_ns) {
            if (may_be_there(upload, first_ms)) {
                return ARTREPO_OK;
            }
            pause_ns = pause_ns < AWAIT_MOST_NS ? pause_ns * 2 : pause_ns;
            look_ns = ar_clock_now_ns() + pause_ns;
        }
        if (artrepo_operation_check(job->operation, error) != ARTREPO_OK) {
            return error->code;
        }
        ar_clock_sleep_ns(AWAIT_POLL_NS);
    }
    return artrepo_error_set(error, ARTREPO_TRANSIENT,
                             "put '%s' in bucket '%s' at %s: the store said that it put the parts "
                             "of the object together, and has no such object",
                             job->key, job->s3->config.bucket, job->s3->endpoint);
}

static artrepo_code complete_retrying(ar_s3_upload *upload, const ar_s3_request *request,
                                      artrepo_error *error) {
    artrepo_error failure = ARTREPO_ERROR_INIT;
    char what[256];
    snprintf(what, sizeof what, "put %s", upload->job->key);
    ar_retry retry = ar_retry_begin(upload->job->operation);
    int64_t first_ms = ar_clock_wall_ms();
    bool unheard = false; /* an attempt of which the store has said nothing */
    artrepo_code code;
    do {
        code = complete_once(upload, request, &failure);
        if (code != ARTREPO_OK && strcmp(failure.store_code, "NoSuchUpload") == 0 &&
            was_completed(upload)) {
            return ARTREPO_OK;
        }
        unheard = unheard || (code != ARTREPO_OK && failure.store_code[0] == '\0');
    } while (code != ARTREPO_OK && ar_retry_again(&retry, what, &failure));
    if (code == ARTREPO_OK && unheard) {
        code = await_object(upload, first_ms, &failure);
    }
    if (code != ARTREPO_OK) {
        *error = failure;
        return failure.code;
    }
    return ARTREPO_OK;
}

artrepo_code ar_s3_upload_complete(ar_s3_upload *upload, artrepo_error *error) {
    ar_buffer text = AR_BUFFER_INIT;
    char payload[AR_S3_SHA256_HEX];
    if (!build_completion(upload, &text) || !ar_s3_sha256_hex(text.data, text.size, payload)) {
        ar_buffer_free(&text);
        return no_memory(upload, error);
    }
    ar_http_body body = {text.data, -1, 0, (int64_t)text.size};
    ar_s3_request request = {.verb = "put",
                             .method = "POST",
                             .key = upload->job->key,
                             .body = &body,
                             .payload = payload,
                             .stall_timeout_s = completion_stall_s(upload),
                             /* Or else the transport may repeat it, and nobody would know. */
                             .fresh_connection = upload->bytes >= LARGE_BYTES};
    ar_s3_add_parameter(&request, "uploadId", upload->id);
    ar_s3_add_header(&request, "content-type", "application/xml");
    char checksum[AR_CHECKSUM_TEXT];
    if (upload->whole_checksum) {
        whole_checksum(upload, checksum);
        ar_s3_add_header(&request, "x-amz-checksum-crc32c", checksum);
        ar_s3_add_header(&request, "x-amz-checksum-type", "FULL_OBJECT");
    }
    ar_s3_add_customer_key(&upload->job->customer, &request);
    artrepo_code code = complete_retrying(upload, &request, error);
    ar_buffer_free(&text);
    return code;
}

/* ---- the end ---- */

void ar_s3_upload_settle(ar_s3_upload *upload) {
    ar_s3_strays_abort(upload->job->s3, upload->job->key, upload->id, &upload->strays,
                       upload->job->operation);
}

/* With no operation: the one that was cancelled would cancel this, too. */
static void send_abort(const ar_s3_upload *upload) {
    ar_s3_put_job *job = upload->job;
    ar_s3_request request = {
        .verb = "abort", .method = "DELETE", .key = job->key, .timeout_ms = ABORT_TIMEOUT_MS};
    ar_s3_add_parameter(&request, "uploadId", upload->id);
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_code code = ARTREPO_OK;
    for (int attempt = 1; attempt <= ABORT_ATTEMPTS; attempt++) {
        ar_http_response response = AR_HTTP_RESPONSE_INIT;
        code = ar_s3_send(job->s3, &request, &response, NULL, &failure);
        ar_http_response_clear(&response);
        if (code == ARTREPO_OK || strcmp(failure.store_code, "NoSuchUpload") == 0) {
            return;
        }
        if (!failure.retryable) {
            break;
        }
        ar_clock_sleep_ns((int64_t)attempt * 300 * AR_MILLISECOND_NS);
    }
    ar_log(job->operation, ARTREPO_LOG_WARNING,
           "could not abort a multipart upload; its parts stay in the store until it is aborted",
           "key", job->key, "uploadId", upload->id, "error", failure.message, NULL);
}

/* A part whose request was cut off may have arrived all the same, and stores may file it after the
 * upload was aborted, which brings the upload back. S3 says to abort again then. */
void ar_s3_upload_abort(ar_s3_upload *upload) {
    static const int64_t pauses_ms[] = {150, 500, 1500};
    send_abort(upload);
    for (int i = 0; atomic_load(&upload->cut_parts) && i < 3; i++) {
        ar_clock_sleep_ns(pauses_ms[i] * AR_MILLISECOND_NS);
        send_abort(upload);
    }
}
