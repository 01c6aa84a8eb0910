#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/group.h"
#include "s3/odd_keys.h"
#include "s3/payload.h"
#include "s3/request.h"
#include "s3/xml.h"

enum { MAX_BATCH = 1000, MAX_BATCH_BYTES = 1 << 20 };
#define ANSWER_BYTES ((size_t)16 << 20)

/* ---- one ---- */

artrepo_code ar_s3_remove(void *state, const char *key, artrepo_operation *operation,
                          artrepo_error *error) {
    ar_s3 *s3 = state;
    artrepo_code code = ar_s3_check_key(s3, "remove", key, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    artrepo_error failure = ARTREPO_ERROR_INIT;
    code = ar_s3_check_odd_object(s3, "remove", key, operation, &failure);
    if (code != ARTREPO_OK) {
        if (code != ARTREPO_NOT_FOUND && error != NULL) {
            *error = failure;
        }
        return code == ARTREPO_NOT_FOUND ? ARTREPO_OK : code;
    }
    ar_s3_request request = {.verb = "remove", .method = "DELETE", .key = key};
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    code = ar_s3_send(s3, &request, &response, operation, &failure);
    ar_http_response_clear(&response);
    if (code != ARTREPO_OK && strcmp(failure.store_code, "NoSuchKey") == 0) {
        return ARTREPO_OK;
    }
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    return code;
}

/* ---- many ---- */

static bool append_key(ar_buffer *text, const char *key) {
    return ar_buffer_append_text(text, "<Object><Key>") && ar_s3_xml_append(text, key) &&
           ar_buffer_append_text(text, "</Key></Object>");
}

/* As many of KEYS as one request takes; how many is in *TAKEN. */
static bool build_batch(const ar_s3 *s3, const char *const *keys, size_t count, ar_buffer *text,
                        size_t *taken) {
    bool ok = ar_buffer_append_text(
        text, "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>");
    size_t i = 0;
    for (; ok && i < count && i < MAX_BATCH && text->size < MAX_BATCH_BYTES &&
           ar_s3_xml_can_carry(keys[i]) && !ar_s3_is_odd_key(s3, keys[i]);
         i++) {
        ok = append_key(text, keys[i]);
    }
    *taken = i;
    return ok && ar_buffer_append_text(text, "</Delete>");
}

/* What the store says of a batch: the first key that it did not remove. */
typedef struct refusal {
    char key[AR_S3_MAX_KEY + 1];
    char code[64];
    char message[512];
    bool complete;
    bool ends; /* the answer is one to a batch, to its end */
} refusal;

static artrepo_code read_refusal(void *data, const char *path, const char *text,
                                 artrepo_error *error) {
    (void)error;
    refusal *first = data;
    first->ends = strcmp(path, "DeleteResult") == 0;
    if (first->complete) {
        return ARTREPO_OK;
    }
    if (strcmp(path, "DeleteResult/Error/Key") == 0) {
        snprintf(first->key, sizeof first->key, "%s", text);
    } else if (strcmp(path, "DeleteResult/Error/Code") == 0) {
        snprintf(first->code, sizeof first->code, "%s", text);
    } else if (strcmp(path, "DeleteResult/Error/Message") == 0) {
        snprintf(first->message, sizeof first->message, "%s", text);
    } else if (strcmp(path, "DeleteResult/Error") == 0) {
        first->complete = strcmp(first->code, "NoSuchKey") != 0;
    }
    return ARTREPO_OK;
}

/* Asks again for that key alone, which gives the error its proper code, or removes it after all. */
static artrepo_code ask_again(ar_s3 *s3, const refusal *first, artrepo_operation *operation,
                              artrepo_error *error) {
    artrepo_code code = ar_s3_remove(s3, first->key, operation, error);
    return code == ARTREPO_OK
               ? artrepo_error_set(error, ARTREPO_TRANSIENT,
                                   "remove from bucket '%s' at %s: '%s' and maybe others stayed "
                                   "at first: %s: %s",
                                   s3->config.bucket, s3->endpoint, first->key, first->code,
                                   first->message)
               : code;
}

static artrepo_code read_answer(ar_s3 *s3, const ar_s3_request *request,
                                const ar_http_response *response, artrepo_operation *operation,
                                artrepo_error *error) {
    refusal *first = calloc(1, sizeof *first);
    if (first == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to remove objects");
    }
    artrepo_code code =
        ar_s3_xml_read(response->body.data, response->body.size, read_refusal, first, error);
    if (code == ARTREPO_OK && (!first->ends || (first->complete && first->key[0] == '\0'))) {
        code = artrepo_error_set(error, ARTREPO_IO,
                                 "the answer does not say what was removed; check the endpoint");
    }
    if (code != ARTREPO_OK) {
        char what[1500];
        ar_s3_describe(s3, request, what, sizeof what);
        artrepo_error_prefix(error, "%s", what);
    } else if (first->complete) {
        code = ask_again(s3, first, operation, error);
    }
    free(first);
    return code;
}

static artrepo_code send_batch(ar_s3 *s3, const ar_buffer *text, artrepo_operation *operation,
                               artrepo_error *error) {
    char payload[AR_S3_SHA256_HEX];
    char md5[AR_S3_MD5_BASE64];
    if (!ar_s3_sha256_hex(text->data, text->size, payload) ||
        !ar_s3_md5_base64(text->data, text->size, md5)) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "cannot hash a request");
    }
    ar_http_body body = {text->data, -1, 0, (int64_t)text->size};
    ar_s3_request request = {.verb = "remove objects of",
                             .method = "POST",
                             .body = &body,
                             .payload = payload,
                             .body_limit = ANSWER_BYTES};
    ar_s3_add_parameter(&request, "delete", "");
    ar_s3_add_header(&request, "content-md5", md5); /* S3 insists on it */
    ar_s3_add_header(&request, "content-type", "application/xml");
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = ar_s3_send(s3, &request, &response, operation, error);
    if (code == ARTREPO_OK && response.body.size == 0) {
        code = artrepo_error_set(error, ARTREPO_UNSUPPORTED, "the store says nothing");
    } else if (code == ARTREPO_OK) {
        code = read_answer(s3, &request, &response, operation, error);
    }
    ar_http_response_clear(&response);
    return code;
}

static artrepo_code remove_each(ar_s3 *s3, const char *const *keys, size_t count,
                                artrepo_operation *operation, artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; code == ARTREPO_OK && i < count; i++) {
        code = ar_s3_remove(s3, keys[i], operation, error);
    }
    return code;
}

/* ---- several batches at once ---- */

typedef struct removal {
    ar_s3 *s3;
    artrepo_operation *operation;
} removal;

typedef struct batch {
    const char *const *keys;
    size_t count;
    ar_buffer text; /* the request's, when there are several keys */
} batch;

static void free_batch(batch *b) {
    ar_buffer_free(&b->text);
    free(b);
}

/* Some stores take a POST to a bucket for an upload by a form, and some say nothing when nothing
 * stays (Alibaba's OSS), as do servers that did nothing. */
static bool has_no_batches(artrepo_code code, const artrepo_error *failure) {
    return code == ARTREPO_UNSUPPORTED || strcmp(failure->store_code, "InvalidArgument") == 0;
}

static artrepo_code run_batch(void *context, void *item, bool failed, artrepo_error *error) {
    const removal *r = context;
    batch *b = item;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_code code = ARTREPO_OK;
    if (!failed) {
        code = b->count < 2 ? ARTREPO_UNSUPPORTED
                            : send_batch(r->s3, &b->text, r->operation, &failure);
        if (code != ARTREPO_OK && has_no_batches(code, &failure)) {
            code = remove_each(r->s3, b->keys, b->count, r->operation, &failure);
        }
        if (code != ARTREPO_OK && error != NULL) {
            *error = failure;
        }
    }
    free_batch(b);
    return code;
}

/* The next batch of KEYS; NULL when there is no memory. */
static batch *new_batch(const ar_s3 *s3, const char *const *keys, size_t count) {
    batch *b = calloc(1, sizeof *b);
    if (b != NULL) {
        b->keys = keys;
        if (!build_batch(s3, keys, count, &b->text, &b->count)) {
            free_batch(b);
            return NULL;
        }
        if (b->count == 0) {
            b->count = 1; /* a key that XML cannot carry, or an odd one */
        }
    }
    return b;
}

static artrepo_code remove_all(removal *r, const char *const *keys, size_t count,
                               artrepo_error *error) {
    unsigned transfers = artrepo_operation_transfers(r->operation);
    ar_group *group = NULL;
    artrepo_code code = ar_group_open(count > MAX_BATCH ? transfers : 1, 1, run_batch, r,
                                      r->operation, &group, error);
    while (code == ARTREPO_OK && count > 0) {
        batch *b = new_batch(r->s3, keys, count);
        if (b == NULL) {
            code = artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to remove objects");
            break;
        }
        keys += b->count;
        count -= b->count;
        code = ar_group_add(group, b, error);
    }
    artrepo_code end = ar_group_close(group, code == ARTREPO_OK ? error : NULL);
    return code != ARTREPO_OK ? code : end;
}

artrepo_code ar_s3_remove_many(void *state, const char *const *keys, size_t count,
                               artrepo_operation *operation, artrepo_error *error) {
    ar_s3 *s3 = state;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; code == ARTREPO_OK && i < count; i++) {
        code = ar_s3_check_key(s3, "remove", keys[i], &failure);
    }
    if (code == ARTREPO_OK) {
        code = remove_all(&(removal){s3, operation}, keys, count, &failure);
    }
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    return code;
}
