/* put: one request, with the length where it is known, in chunks where it is not, and through a
 * temporary file where the server takes no chunks. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/operation.h"
#include "web/digest.h"
#include "web/object.h"
#include "web/request.h"
#include "web/spool.h"
#include "web/upload.h"

#define EXPECT_BYTES                                                                               \
    ((int64_t)AR_WEB_AHEAD_BYTES) /* from here on a refusal is worth waiting for                   \
                                   */

typedef struct put_job {
    ar_web *web;
    const char *key;
    const char *content_type; /* the header's line */
    artrepo_object *object;
    artrepo_operation *operation;
    bool no_expect;   /* the server does not know Expect */
    ar_buffer answer; /* the beginning of what it says when all went well */
} put_job;

#define MAX_ANSWER ((size_t)64 << 10)

/* However much it says, the upload is done. */
static artrepo_code take_answer(void *data, const ar_http_response *response, const void *bytes,
                                size_t size, artrepo_error *error) {
    (void)response;
    put_job *job = data;
    size_t room = MAX_ANSWER - job->answer.size;
    return ar_buffer_append(&job->answer, bytes, size < room ? size : room)
               ? ARTREPO_OK
               : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the answer");
}

/* ---- what the server says it has ---- */

static artrepo_code check_sha256(const char *stored, const char *sent, artrepo_error *error) {
    if (stored == NULL || strcasecmp(stored, sent) == 0) {
        return ARTREPO_OK;
    }
    artrepo_error_set(
        error, ARTREPO_IO,
        "Artifactory stored data of SHA-256 %.80s, and %s was sent; it was damaged on "
        "the way",
        stored, sent);
    error->retryable = true;
    return ARTREPO_IO;
}

/* Artifactory answers with the checksums of what it stored. */
static artrepo_code check_stored(const put_job *job, EVP_MD_CTX *sha256, artrepo_error *error) {
    char sent[AR_WEB_SHA256_TEXT];
    if (sha256 == NULL || job->answer.size == 0 || !ar_web_sha256_text(sha256, sent)) {
        return ARTREPO_OK;
    }
    json_t *root = json_loadb(job->answer.data, job->answer.size, 0, NULL);
    const json_t *checksums = json_object_get(root, "checksums");
    artrepo_code code =
        check_sha256(json_string_value(json_object_get(checksums, "sha256")), sent, error);
    json_decref(root);
    return code == ARTREPO_OK ? code : ar_web_failed(job->web, "put", job->key, error);
}

static void fill_object(const put_job *job, const ar_http_response *response, int64_t size) {
    ar_web_object_of_headers(job->key, response, job->object);
    job->object->size = size;
    job->object->modified_ms =
        job->object->modified_ms == 0 ? response->date_ms : job->object->modified_ms;
    if (ar_http_response_header(response, "ETag") == NULL) {
        job->object->version[0] = '\0'; /* Last-Modified may be that of the answer */
    }
    snprintf(job->object->content_type, sizeof job->object->content_type, "%s",
             strchr(job->content_type, ':') + 2);
}

/* ---- one request ---- */

/* Chunks are unknown to HTTP/1.0: a server of it may have stored nothing, or the chunks' frames. */
static artrepo_code check_chunks(const put_job *job, const ar_web_request *request,
                                 const ar_http_response *response, artrepo_error *error) {
    if (request->source == NULL || request->source->size >= 0 || !response->is_http_1_0) {
        return ARTREPO_OK;
    }
    artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                      "the server speaks HTTP/1.0, which has no chunks");
    error->http_status = 411;
    return ar_web_failed(job->web, "put", job->key, error);
}

static artrepo_code send_body(put_job *job, ar_web_request *request, int64_t size,
                              ar_http_response *response, artrepo_error *error) {
    request->verb = "put";
    request->method = "PUT";
    request->key = job->key;
    request->receive = take_answer;
    request->receive_data = job;
    request->expect_continue = !job->no_expect && (size < 0 || size >= EXPECT_BYTES);
    ar_web_add_header(request, job->content_type);
    ar_buffer_clear(&job->answer);
    artrepo_code code = ar_web_send(job->web, request, response, job->operation, error);
    if (code != ARTREPO_OK && response->status == 417 && request->expect_continue) {
        job->no_expect = true;
        request->expect_continue = false;
        code = request->source == NULL ? ARTREPO_OK : artrepo_source_rewind(request->source, error);
        if (code == ARTREPO_OK) {
            code = ar_web_send(job->web, request, response, job->operation, error);
        }
    }
    return code == ARTREPO_OK ? check_chunks(job, request, response, error) : code;
}

/* A file, which can be sent as often as needed. */
static artrepo_code put_file(put_job *job, int descriptor, int64_t size, const char *sha256_line,
                             ar_http_response *response, artrepo_error *error) {
    ar_http_body body = {NULL, descriptor, 0, size};
    ar_web_request request = {.body = &body};
    ar_web_add_header(&request, sha256_line);
    return send_body(job, &request, size, response, error);
}

/* ---- sources ---- */

/* All of it is in memory, so that its checksum can go before it. */
static void add_sha256(ar_web_upload *upload, char *line, size_t size) {
    char text[AR_WEB_SHA256_TEXT];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
        EVP_DigestUpdate(context, upload->ahead, upload->ahead_size) == 1 &&
        ar_web_sha256_text(context, text)) {
        snprintf(line, size, "X-Checksum-Sha256: %s", text);
    }
    EVP_MD_CTX_free(context);
}

static artrepo_code put_upload(put_job *job, ar_web_upload *upload, ar_http_response *response,
                               artrepo_error *error) {
    char sha256_line[96] = "";
    ar_web_request request = {.source = &upload->base};
    if (upload->ended && upload->sha256 != NULL) {
        add_sha256(upload, sha256_line, sizeof sha256_line);
        ar_web_add_header(&request, sha256_line[0] == '\0' ? NULL : sha256_line);
    }
    request.once = !ar_web_upload_is_rewindable(upload);
    return send_body(job, &request, upload->base.size, response, error);
}

static artrepo_code put_spooled(put_job *job, ar_web_upload *upload, ar_http_response *response,
                                artrepo_error *error) {
    char text[AR_WEB_SHA256_TEXT];
    char sha256_line[96] = "";
    int descriptor = -1;
    int64_t size = 0;
    ar_log(job->operation, ARTREPO_LOG_DEBUG,
           "the server wants to know the length; using a temporary file", "key", job->key, NULL);
    artrepo_code code = ar_web_spool(&upload->base, job->web->config.spool_limit, job->operation,
                                     &descriptor, &size, error);
    if (code != ARTREPO_OK) {
        return ar_web_failed(job->web, "put", job->key, error);
    }
    if (upload->sha256 != NULL && ar_web_sha256_text(upload->sha256, text)) {
        snprintf(sha256_line, sizeof sha256_line, "X-Checksum-Sha256: %s", text);
    }
    code = put_file(job, descriptor, size, sha256_line[0] == '\0' ? NULL : sha256_line, response,
                    error);
    close(descriptor);
    return code;
}

static bool is_refusal_of_chunks(const artrepo_error *error) {
    return error->http_status == 411 || error->http_status == 501;
}

/* The server refused chunks, before it took any of them or, from sources that can be rewound,
 * later. */
static artrepo_code put_after_refusal(put_job *job, ar_web_upload *upload,
                                      ar_http_response *response, artrepo_error *error) {
    atomic_store(&job->web->refuses_chunks, true);
    artrepo_error again = ARTREPO_ERROR_INIT;
    artrepo_code code = artrepo_source_rewind(&upload->base, &again);
    if (code == ARTREPO_OK) {
        *error = again;
        return put_spooled(job, upload, response, error);
    }
    size_t length = strlen(error->message);
    snprintf(error->message + length, sizeof error->message - length,
             "; it had taken some of the data, and the source can be read once only: put it into a "
             "file first, or try again, since the server is known now");
    return error->code;
}

static artrepo_code put_source(put_job *job, artrepo_source *source, ar_http_response *response,
                               artrepo_error *error) {
    ar_web *web = job->web;
    ar_web_upload upload;
    artrepo_code code =
        ar_web_upload_open(&upload, source, web->config.artifactory, job->operation, error);
    if (code == ARTREPO_OK) {
        bool chunks = upload.base.size < 0;
        if (chunks && atomic_load(&web->refuses_chunks)) {
            code = put_spooled(job, &upload, response, error);
        } else {
            code = put_upload(job, &upload, response, error);
            if (code != ARTREPO_OK && chunks && is_refusal_of_chunks(error)) {
                code = put_after_refusal(job, &upload, response, error);
            }
        }
    }
    if (code == ARTREPO_OK) {
        code = check_stored(job, upload.sha256, error);
    }
    if (code == ARTREPO_OK) {
        fill_object(job, response, upload.position);
    }
    ar_web_upload_close(&upload);
    return code;
}

/* A file's bytes need no copy of ours, unless their checksum is to be made on the way. */
static artrepo_code put_any(put_job *job, artrepo_source *source, ar_http_response *response,
                            artrepo_error *error) {
    if (source->descriptor < 0 || source->size < 0 || job->web->config.artifactory) {
        return put_source(job, source, response, error);
    }
    artrepo_code code = put_file(job, source->descriptor, source->size, NULL, response, error);
    if (code == ARTREPO_OK) {
        ar_progress_add_bytes(job->operation, source->size);
        fill_object(job, response, source->size);
    }
    return code;
}

/* ---- put ---- */

artrepo_code ar_web_put(void *state, const char *key, artrepo_source *source,
                        const artrepo_put_options *options, artrepo_object *object,
                        artrepo_operation *operation, artrepo_error *error) {
    char content_type[160];
    artrepo_object ignored;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    ar_stage *stage = ar_operation_stage(operation, "upload");
    int64_t start = ar_clock_now_ns();
    put_job job = {.web = state,
                   .key = key,
                   .content_type = content_type,
                   .object = object == NULL ? &ignored : object,
                   .operation = operation};
    const char *type = options->content_type;
    type = type == NULL ? "application/octet-stream" : type;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code;
    if (strpbrk(type, "\r\n") != NULL ||
        snprintf(content_type, sizeof content_type, "Content-Type: %s", type) >=
            (int)sizeof content_type) {
        code = artrepo_error_set(&failure, ARTREPO_INVALID,
                                 "put '%s': the content type is too long, or has a line break in "
                                 "it",
                                 key);
    } else {
        code = put_any(&job, source, &response, &failure);
    }
    ar_http_response_clear(&response);
    ar_buffer_free(&job.answer);
    ar_stage_add_busy(stage, ar_clock_now_ns() - start, code == ARTREPO_OK ? job.object->size : 0);
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    return code;
}
