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
    ar_s3_part_buffers *buffers;
} upload_context;

static artrepo_code run_part(void *data, void *item, bool failed, artrepo_error *error) {
    upload_context *context = data;
    part_item *part = item;
    artrepo_code code =
        failed ? ARTREPO_OK
               : ar_s3_upload_send_part(context->upload, part->number, &part->body, error);
    if (part->buffer != NULL) {
        ar_s3_part_buffers_give(context->buffers, part->buffer);
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
            ar_s3_part_buffers_give(context->buffers, buffer);
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

/* NULL with ERROR filled. An empty buffer is the end of the source. */
static ar_s3_part_buffer *read_part(ar_s3_put_job *job, ar_s3_part_buffers *buffers,
                                    unsigned number, artrepo_error *error) {
    int64_t base = (int64_t)artrepo_operation_part_size(job->operation);
    int64_t size = ar_s3_part_bytes(base, job->source->size, number);
    ar_s3_part_buffer *buffer = ar_s3_part_buffers_take(buffers, (size_t)size);
    if (buffer == NULL) {
        artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a part of %lld bytes",
                          (long long)size);
        return NULL;
    }
    int64_t start = ar_clock_now_ns();
    artrepo_code code =
        artrepo_source_read_full(job->source, buffer->data, (size_t)size, &buffer->size, error);
    ar_stage_add_input_wait(job->stage, ar_clock_now_ns() - start);
    if (code != ARTREPO_OK) {
        error->code = code;
        ar_s3_part_buffers_give(buffers, buffer);
        return NULL;
    }
    return buffer;
}

/* FIRST and SECOND were read already to see whether there is more than one part. */
static artrepo_code feed_stream(ar_s3_put_job *job, ar_group *group, upload_context *context,
                                ar_s3_part_buffer *first, ar_s3_part_buffer *second,
                                artrepo_error *error) {
    ar_s3_part_buffer *ready[2] = {first, second};
    int64_t total = 0;
    artrepo_code code = ARTREPO_OK;
    for (unsigned number = 1; code == ARTREPO_OK; number++) {
        ar_s3_part_buffer *buffer;
        if (number <= 2) {
            buffer = ready[number - 1];
            ready[number - 1] = NULL;
        } else {
            buffer = read_part(job, context->buffers, number, error);
        }
        if (buffer == NULL) {
            code = error->code;
            break;
        }
        if (buffer->size == 0) {
            ar_s3_part_buffers_give(context->buffers, buffer);
            break;
        }
        total += (int64_t)buffer->size;
        if (number > AR_S3_MAX_PARTS || total > MAX_OBJECT) {
            ar_s3_part_buffers_give(context->buffers, buffer);
            code = artrepo_error_set(error, ARTREPO_INVALID,
                                     "put '%s' in bucket '%s': it is larger than the 5 TiB that "
                                     "S3 takes",
                                     job->key, job->s3->config.bucket);
            break;
        }
        bool last = (int64_t)buffer->size <
                    ar_s3_part_bytes((int64_t)artrepo_operation_part_size(job->operation),
                                     job->source->size, number);
        ar_http_body body = {buffer->data, -1, 0, (int64_t)buffer->size};
        code = add_part(group, context, number, body, buffer, error);
        if (last) {
            break;
        }
    }
    if (ready[1] != NULL) {
        ar_s3_part_buffers_give(context->buffers, ready[1]);
    }
    if (code == ARTREPO_OK && job->source->size >= 0 && total != job->source->size) {
        code = ar_s3_size_changed(job, error);
    }
    return code;
}

/* ---- the upload ---- */

static artrepo_code upload_parts(ar_s3_put_job *job, ar_s3_part_buffers *buffers,
                                 ar_s3_part_buffer *first, ar_s3_part_buffer *second,
                                 artrepo_error *error) {
    ar_s3_upload upload;
    artrepo_code code = ar_s3_upload_begin(&upload, job, error);
    if (code != ARTREPO_OK) {
        if (first != NULL) {
            ar_s3_part_buffers_give(buffers, first);
            ar_s3_part_buffers_give(buffers, second);
        }
        return code;
    }
    unsigned transfers = artrepo_operation_transfers(job->operation);
    upload_context context = {&upload, buffers};
    ar_group *group = NULL;
    /* A queue of one: what waits in it holds a buffer, too. */
    code = ar_group_open(transfers, 1, run_part, &context, job->operation, &group, error);
    if (code != ARTREPO_OK) {
        if (first != NULL) {
            ar_s3_part_buffers_give(buffers, first);
            ar_s3_part_buffers_give(buffers, second);
        }
    } else {
        code = first == NULL ? feed_file(job, group, &context, error)
                             : feed_stream(job, group, &context, first, second, error);
        if (code != ARTREPO_OK) {
            ar_group_fail(group, error);
        }
        code = ar_group_close(group, error);
    }
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

/* One buffer for each transfer and one that is being read into; two parts must fit in any case. */
static size_t buffer_budget(const ar_s3_put_job *job) {
    size_t base = artrepo_operation_part_size(job->operation);
    size_t budget = (artrepo_operation_transfers(job->operation) + 1) * base;
    size_t least = 2 * (size_t)ar_s3_part_bytes((int64_t)base, job->source->size, 1);
    return budget > least ? budget : least;
}

/* When the source ends within the first part, it is no multipart upload at all. */
static artrepo_code put_stream(ar_s3_put_job *job, artrepo_error *error) {
    ar_s3_part_buffers buffers;
    ar_s3_part_buffers_open(&buffers, buffer_budget(job));
    ar_s3_part_buffer *second = NULL;
    ar_s3_part_buffer *first = read_part(job, &buffers, 1, error);
    if (first != NULL && first->size == first->capacity) {
        second = read_part(job, &buffers, 2, error);
    }
    artrepo_code code;
    if (first == NULL || (first->size == first->capacity && second == NULL)) {
        code = error->code;
    } else if (second != NULL && second->size > 0) {
        code = upload_parts(job, &buffers, first, second, error);
        first = second = NULL;
    } else if (job->source->size >= 0) {
        code = ar_s3_size_changed(job, error);
    } else {
        ar_http_body body = {first->data, -1, 0, (int64_t)first->size};
        code = ar_s3_put_single(job, &body, error);
    }
    if (first != NULL) {
        ar_s3_part_buffers_give(&buffers, first);
    }
    if (second != NULL) {
        ar_s3_part_buffers_give(&buffers, second);
    }
    ar_s3_part_buffers_close(&buffers);
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
        return upload_parts(job, NULL, NULL, NULL, error);
    }
    return put_stream(job, error);
}
