#include "s3/parts.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/group.h"
#include "s3/multipart.h"
#include "s3/part_buffers.h"

#define MIB (INT64_C(1) << 20)
#define MAX_OBJECT (INT64_C(5) << 40)
#define MAX_PART (INT64_C(5) << 30)
enum { STEADY_PARTS = 4500, DOUBLING_PARTS = 500 };

int64_t ar_s3_part_bytes(int64_t base, int64_t total, unsigned number) {
    if (total >= 0) {
        int64_t least = (total + AR_S3_MAX_PARTS - 1) / AR_S3_MAX_PARTS;
        return least <= base ? base : (least + MIB - 1) / MIB * MIB;
    }
    int64_t bytes = base;
    for (unsigned last = STEADY_PARTS; number > last && bytes < MAX_PART; last += DOUBLING_PARTS) {
        bytes *= 2;
    }
    return bytes < MAX_PART ? bytes : MAX_PART;
}

/* ---- the workers ---- */

typedef struct part_item {
    unsigned number;
    ar_http_body body;
    ar_s3_part_buffer *buffer; /* behind the body; NULL when that is in a file */
} part_item;

typedef struct upload_context {
    ar_s3_upload *upload;
    ar_s3_part_share *share; /* NULL for a file */
} upload_context;

static artrepo_code run_part(void *data, void *item, bool failed, artrepo_error *error) {
    upload_context *context = data;
    part_item *part = item;
    artrepo_code code =
        failed ? ARTREPO_OK
               : ar_s3_upload_send_part(context->upload, part->number, &part->body, error);
    if (part->buffer != NULL) {
        ar_s3_part_share_give(context->share, part->buffer);
    }
    free(part);
    return code;
}

/* Takes BUFFER over. */
static artrepo_code add_part(ar_group *group, upload_context *context, unsigned number,
                             ar_http_body body, ar_s3_part_buffer *buffer, artrepo_error *error) {
    part_item *part = malloc(sizeof *part);
    if (part == NULL) {
        if (buffer != NULL) {
            ar_s3_part_share_give(context->share, buffer);
        }
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a part");
    }
    *part = (part_item){number, body, buffer};
    return ar_group_add(group, part, error);
}

/* ---- a file: the workers read it themselves ---- */

static artrepo_code feed_file(ar_s3_put_job *job, ar_group *group, upload_context *context,
                              artrepo_error *error) {
    int64_t base = (int64_t)artrepo_operation_part_size(job->operation);
    int64_t total = job->source->size;
    int64_t offset = 0;
    artrepo_code code = ARTREPO_OK;
    for (unsigned number = 1; code == ARTREPO_OK && offset < total; number++) {
        int64_t size = ar_s3_part_bytes(base, total, number);
        size = size < total - offset ? size : total - offset;
        ar_http_body body = {NULL, job->source->descriptor, offset, size};
        offset += size;
        code = add_part(group, context, number, body, NULL, error);
    }
    return code;
}

/* ---- a stream: read here, into a bounded set of buffers ---- */

/* A stream in parts. Whether there is more than one is seen by a byte that is read ahead: a second
 * buffer would have to wait for other uploads while the first one is not on its way yet. */
typedef struct part_stream {
    ar_s3_put_job *job;
    ar_s3_part_share share;
    ar_s3_part_buffer *first; /* until it is sent */
    char ahead;
    size_t ahead_bytes; /* 1 when it is there */
} part_stream;

/* NULL with ERROR filled. An empty buffer is the end of the source. */
static ar_s3_part_buffer *read_part(part_stream *stream, unsigned number, artrepo_error *error) {
    ar_s3_put_job *job = stream->job;
    int64_t base = (int64_t)artrepo_operation_part_size(job->operation);
    size_t size = (size_t)ar_s3_part_bytes(base, job->source->size, number);
    ar_s3_part_buffer *buffer = ar_s3_part_share_take(&stream->share, size);
    if (buffer == NULL) {
        artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a part of %zu bytes", size);
        return NULL;
    }
    int64_t start = ar_clock_now_ns();
    size_t ahead = stream->ahead_bytes;
    memcpy(buffer->data, &stream->ahead, ahead);
    stream->ahead_bytes = 0;
    artrepo_code code = artrepo_source_read_full(job->source, buffer->data + ahead, size - ahead,
                                                 &buffer->size, error);
    buffer->size += ahead;
    ar_stage_add_input_wait(job->stage, ar_clock_now_ns() - start);
    if (code != ARTREPO_OK) {
        error->code = code;
        ar_s3_part_share_give(&stream->share, buffer);
        return NULL;
    }
    return buffer;
}

/* The first part, and whether there is another one. */
static artrepo_code read_first(part_stream *stream, artrepo_error *error) {
    stream->first = read_part(stream, 1, error);
    if (stream->first == NULL) {
        return error->code;
    }
    return stream->first->size < stream->first->capacity
               ? ARTREPO_OK
               : artrepo_source_read_full(stream->job->source, &stream->ahead, 1,
                                          &stream->ahead_bytes, error);
}

static artrepo_code check_size(const ar_s3_put_job *job, unsigned number, int64_t total,
                               artrepo_error *error) {
    return number > AR_S3_MAX_PARTS || total > MAX_OBJECT
               ? artrepo_error_set(error, ARTREPO_INVALID,
                                   "put '%s' in bucket '%s': it is larger than the 5 TiB that S3 "
                                   "takes",
                                   job->key, job->s3->config.bucket)
               : ARTREPO_OK;
}

static artrepo_code feed_stream(part_stream *stream, ar_group *group, upload_context *context,
                                artrepo_error *error) {
    ar_s3_put_job *job = stream->job;
    ar_s3_part_buffer *buffer = stream->first;
    int64_t total = 0;
    artrepo_code code = ARTREPO_OK;
    stream->first = NULL;
    for (unsigned number = 1; code == ARTREPO_OK; number++) {
        buffer = number == 1 ? buffer : read_part(stream, number, error);
        if (buffer == NULL) {
            return error->code;
        }
        total += (int64_t)buffer->size;
        bool last = buffer->size < buffer->capacity;
        code = buffer->size == 0 ? ARTREPO_OK : check_size(job, number, total, error);
        if (buffer->size == 0 || code != ARTREPO_OK) {
            ar_s3_part_share_give(&stream->share, buffer);
        } else {
            ar_http_body body = {buffer->data, -1, 0, (int64_t)buffer->size};
            code = add_part(group, context, number, body, buffer, error);
        }
        if (last) {
            break;
        }
    }
    return code == ARTREPO_OK && job->source->size >= 0 && total != job->source->size
               ? ar_s3_size_changed(job, error)
               : code;
}

/* ---- the upload ---- */

static artrepo_code send_parts(ar_s3_upload *upload, part_stream *stream, artrepo_error *error) {
    ar_s3_put_job *job = upload->job;
    upload_context context = {upload, stream == NULL ? NULL : &stream->share};
    ar_group *group = NULL;
    /* A queue of one: what waits in it holds a buffer, too. */
    artrepo_code code = ar_group_open(artrepo_operation_transfers(job->operation), 1, run_part,
                                      &context, job->operation, &group, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    code = stream == NULL ? feed_file(job, group, &context, error)
                          : feed_stream(stream, group, &context, error);
    if (code != ARTREPO_OK) {
        ar_group_fail(group, error);
    }
    return ar_group_close(group, error);
}

/* Of a file, or of a stream whose first part was read. */
static artrepo_code upload_parts(ar_s3_put_job *job, part_stream *stream, artrepo_error *error) {
    ar_s3_upload upload;
    artrepo_code code = ar_s3_upload_begin(&upload, job, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    code = send_parts(&upload, stream, error);
    if (code == ARTREPO_OK) {
        code = ar_s3_upload_complete(&upload, error);
    }
    if (code != ARTREPO_OK) {
        ar_s3_upload_abort(&upload);
    }
    ar_s3_upload_settle(&upload);
    ar_s3_upload_free(&upload);
    return code;
}

/* When the source ends within the first part, it is no multipart upload at all. */
static artrepo_code put_stream(ar_s3_put_job *job, artrepo_error *error) {
    part_stream stream = {.job = job};
    /* One buffer for each transfer and one that is being read into. */
    size_t budget = (artrepo_operation_transfers(job->operation) + 1) *
                    artrepo_operation_part_size(job->operation);
    ar_s3_part_share_open(&stream.share, &job->s3->part_buffers, budget);
    artrepo_code code = read_first(&stream, error);
    if (code == ARTREPO_OK) {
        if (stream.ahead_bytes > 0) {
            code = upload_parts(job, &stream, error);
        } else if (job->source->size >= 0) {
            code = ar_s3_size_changed(job, error);
        } else {
            ar_http_body body = {stream.first->data, -1, 0, (int64_t)stream.first->size};
            code = ar_s3_put_single(job, &body, error);
        }
    }
    if (stream.first != NULL) {
        ar_s3_part_share_give(&stream.share, stream.first);
    }
    ar_s3_part_share_close(&stream.share);
    return code;
}

artrepo_code ar_s3_put_parts(ar_s3_put_job *job, artrepo_error *error) {
    if (job->source->size > MAX_OBJECT) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "put '%s' in bucket '%s': it has %lld bytes, and S3 takes 5 TiB "
                                 "at most",
                                 job->key, job->s3->config.bucket, (long long)job->source->size);
    }
    if (job->source->size >= 0 && job->source->descriptor >= 0) {
        return upload_parts(job, NULL, error);
    }
    return put_stream(job, error);
}
