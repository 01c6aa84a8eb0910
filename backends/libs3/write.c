/* put: one request, since libs3 has no multipart upload that fits; its length must be known before
 * it begins. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libs3/object.h"

/* What S3 takes in one request. */
#define MAX_PUT (INT64_C(5) << 30)
/* What is kept in memory of a source that does not say its length. */
#define MAX_SPOOL ((size_t)32 << 20)
#define FIRST_SPOOL ((size_t)64 << 10)

typedef struct put_call {
    ar_libs3_call call;
    artrepo_source *source; /* NULL: DATA */
    const char *data;
    uint64_t size, sent;
    const char *content_type;
    EVP_MD_CTX *md5;
} put_call;

/* ---- the request ---- */

static artrepo_code next_bytes(put_call *put, char *buffer, size_t capacity, size_t *got,
                               artrepo_error *error) {
    artrepo_code code = artrepo_operation_check(put->call.operation, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (put->source != NULL) {
        code = artrepo_source_read(put->source, buffer, capacity, got, error);
    } else {
        size_t left = (size_t)(put->size - put->sent);
        *got = left < capacity ? left : capacity;
        memcpy(buffer, put->data + put->sent, *got);
    }
    if (code == ARTREPO_OK && *got == 0) {
        code = artrepo_error_set(error, ARTREPO_IO,
                                 "cannot put '%s': the source ended after %llu of %llu bytes; it "
                                 "shrank while it was read",
                                 put->call.key, (unsigned long long)put->sent,
                                 (unsigned long long)put->size);
    }
    return code;
}

static int put_data(int capacity, char *buffer, void *data) {
    put_call *put = data;
    size_t got = 0;
    if (put->sent == put->size) {
        return 0;
    }
    if (next_bytes(put, buffer, (size_t)capacity, &got, &put->call.failure) != ARTREPO_OK) {
        ar_libs3_call_give_up(&put->call);
        return -1;
    }
    put->sent += got;
    if (put->md5 != NULL) {
        EVP_DigestUpdate(put->md5, buffer, got);
    }
    return (int)got;
}

static void issue_put(ar_libs3_call *call, S3RequestContext *context) {
    static const S3PutObjectHandler handler = {{ar_libs3_call_properties, ar_libs3_call_complete},
                                               put_data};
    const put_call *put = (const put_call *)call;
    S3PutProperties properties = {.contentType = put->content_type, .expires = -1};
    S3_put_object(&call->store->bucket, call->key, put->size, &properties, AR_LIBS3_IN(context),
                  &handler, call);
}

/* ---- what became of it ---- */

static void write_hex(const unsigned char *digest, size_t size, char *text) {
    for (size_t i = 0; i < size; i++) {
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    }
}

/* libs3 2.x does not say what the store answered, and may call a stored object a failure and an
 * unstored one a success. What the store has now is what counts. */
static artrepo_code confirm(put_call *put, artrepo_object *object, artrepo_error *error) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    char md5[2 * EVP_MAX_MD_SIZE + 1] = "";
    if (EVP_DigestFinal_ex(put->md5, digest, &size) == 1) {
        write_hex(digest, size, md5);
    }
    artrepo_code code =
        ar_libs3_head(put->call.store, "put", put->call.key, object, put->call.operation, error);
    if (code == ARTREPO_NOT_FOUND) {
        put->call.status = S3StatusConnectionFailed;
        return ar_libs3_error_of_call(&put->call, error);
    }
    if (code == ARTREPO_OK &&
        (object->size != (int64_t)put->size || strcmp(object->version, md5) != 0)) {
        char what[1400];
        ar_libs3_describe(&put->call, what, sizeof what);
        code = artrepo_error_set(error, ARTREPO_TRANSIENT,
                                 "%s: the store has %lld bytes with the ETag %s there, and not the "
                                 "%llu with the MD5 %s that were sent; they were refused or "
                                 "replaced, or the bucket's ETags are no MD5",
                                 what, (long long)object->size, object->version,
                                 (unsigned long long)put->size, md5);
    }
    return code;
}

static artrepo_code describe(put_call *put, artrepo_object *object, artrepo_error *error) {
    if (!put->call.answered) {
        put->call.status = S3StatusConnectionFailed;
        return ar_libs3_error_of_call(&put->call, error);
    }
    *object = (artrepo_object){.key = put->call.key, .size = (int64_t)put->size};
    snprintf(object->content_type, sizeof object->content_type, "%s", put->content_type);
    return ARTREPO_OK;
}

static bool needs_confirmation(const put_call *put, artrepo_code code) {
    return !AR_LIBS3_PUT_IS_ANSWERED && put->sent == put->size &&
           (code == ARTREPO_OK || put->call.status == S3StatusConnectionFailed);
}

static artrepo_code send(put_call *put, artrepo_object *object, artrepo_error *error) {
    if (!AR_LIBS3_PUT_IS_ANSWERED) {
        put->md5 = EVP_MD_CTX_new();
        if (put->md5 == NULL || EVP_DigestInit_ex(put->md5, EVP_md5(), NULL) != 1) {
            EVP_MD_CTX_free(put->md5);
            return artrepo_error_set(error, ARTREPO_INTERNAL,
                                     "cannot put '%s': OpenSSL has no MD5 to confirm it with",
                                     put->call.key);
        }
    }
    artrepo_code code = ar_libs3_call_run(&put->call, error);
    if (needs_confirmation(put, code)) {
        code = confirm(put, object, error);
    } else if (code == ARTREPO_OK) {
        code = describe(put, object, error);
    }
    EVP_MD_CTX_free(put->md5);
    return code;
}

/* ---- sources of unknown length ---- */

static artrepo_code no_memory(const char *key, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to put '%s'", key);
}

/* Reads the rest of SOURCE into *DATA, for the caller to free also on failure. */
static artrepo_code spool(put_call *put, artrepo_source *source, char **data, size_t *size,
                          artrepo_error *error) {
    size_t capacity = 0;
    for (;;) {
        artrepo_code code = artrepo_operation_check(put->call.operation, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        if (*size == capacity) {
            capacity = capacity == 0 ? FIRST_SPOOL : 2 * capacity;
            /* One byte more than the limit shows whether there is more. */
            capacity = capacity > MAX_SPOOL ? MAX_SPOOL + 1 : capacity;
            char *larger = realloc(*data, capacity);
            if (larger == NULL) {
                return no_memory(put->call.key, error);
            }
            *data = larger;
        }
        size_t got = 0;
        code = artrepo_source_read(source, *data + *size, capacity - *size, &got, error);
        if (code != ARTREPO_OK || got == 0) {
            return code;
        }
        *size += got;
        if (*size > MAX_SPOOL) {
            return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                     "cannot put '%s': libs3 must be told the length of what it "
                                     "sends, so that archives and pipes are kept in memory first, "
                                     "and this one is longer than %zu MiB; store plain files with "
                                     "the archive strategy none, or use the driver s3",
                                     put->call.key, MAX_SPOOL >> 20);
        }
    }
}

static artrepo_code put_spooled(put_call *put, artrepo_source *source, artrepo_object *object,
                                artrepo_error *error) {
    char *data = NULL;
    size_t size = 0;
    artrepo_code code = spool(put, source, &data, &size, error);
    if (code == ARTREPO_OK) {
        put->data = data;
        put->size = size;
        code = send(put, object, error);
    }
    free(data);
    return code;
}

/* ---- put ---- */

artrepo_code ar_libs3_put(void *state, const char *key, artrepo_source *source,
                          const artrepo_put_options *options, artrepo_object *object,
                          artrepo_operation *operation, artrepo_error *error) {
    put_call put = {.call = {.store = state,
                             .verb = "put",
                             .key = key,
                             .operation = operation,
                             .issue = issue_put},
                    .content_type = options->content_type == NULL ? "application/octet-stream"
                                                                  : options->content_type};
    artrepo_code code = ar_libs3_check_new_key(state, key, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (source->size < 0) {
        return put_spooled(&put, source, object, error);
    }
    if (source->size > MAX_PUT) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "cannot put '%s': it has %lld bytes, and without multipart upload "
                                 "libs3 can store 5 GiB at the most; use the driver s3",
                                 key, (long long)source->size);
    }
    put.source = source;
    put.size = (uint64_t)source->size;
    return send(&put, object, error);
}
