/* stat and get. */
#include <stdio.h>
#include <string.h>

#include "libs3/object.h"

artrepo_code ar_libs3_stat(void *state, const char *key, artrepo_object *object,
                           artrepo_operation *operation, artrepo_error *error) {
    ar_libs3 *store = state;
    artrepo_code code = ar_libs3_check_key(store, "stat", key, error);
    return code == ARTREPO_OK ? ar_libs3_head(store, "stat", key, object, operation, error) : code;
}

/* ---- one request for some or all of the bytes ---- */

typedef struct get_call {
    ar_libs3_call call;
    artrepo_sink *sink;
    artrepo_object *object; /* filled from the answer; NULL: known already */
    char etag[140];         /* quoted; "": any */
    uint64_t offset;
    uint64_t length; /* 0: to the end */
    uint64_t expected, received;
} get_call;

static S3Status fail(get_call *get, artrepo_code code, const char *why) {
    char what[1400];
    ar_libs3_describe(&get->call, what, sizeof what);
    artrepo_error_set(&get->call.failure, code, "%s: %s", what, why);
    return ar_libs3_call_give_up(&get->call);
}

static S3Status get_properties(const S3ResponseProperties *properties, void *data) {
    get_call *get = data;
    get->call.answered = true;
    if (get->object != NULL) {
        if (ar_libs3_object_of_properties(&get->call, properties, get->object,
                                          &get->call.failure) != ARTREPO_OK) {
            return ar_libs3_call_give_up(&get->call);
        }
        get->expected = properties->contentLength;
    } else if (properties->contentLength != get->expected) {
        return fail(get, ARTREPO_UNSUPPORTED,
                    "the store did not answer with the range that was asked for; use the driver "
                    "s3");
    }
    return S3StatusOK;
}

static S3Status get_data(int size, const char *buffer, void *data) {
    get_call *get = data;
    get->received += (uint64_t)size;
    if (get->received > get->expected) {
        return fail(get, ARTREPO_UNSUPPORTED,
                    "the store sends more than its Content-Length says, or does not say it, so "
                    "that libs3 cannot tell where the object ends; use the driver s3");
    }
    if (artrepo_operation_check(get->call.operation, &get->call.failure) != ARTREPO_OK ||
        artrepo_sink_write(get->sink, buffer, (size_t)size, &get->call.failure) != ARTREPO_OK) {
        return ar_libs3_call_give_up(&get->call);
    }
    return S3StatusOK;
}

static void issue_get(ar_libs3_call *call, S3RequestContext *context) {
    static const S3GetObjectHandler handler = {{get_properties, ar_libs3_call_complete}, get_data};
    const get_call *get = (const get_call *)call;
    S3GetConditions conditions = {.ifModifiedSince = -1,
                                  .ifNotModifiedSince = -1,
                                  .ifMatchETag = get->etag[0] == '\0' ? NULL : get->etag,
                                  .ifNotMatchETag = NULL};
    S3_get_object(&call->store->bucket, call->key, &conditions, get->offset, get->length,
                  AR_LIBS3_IN(context), &handler, call);
}

/* libs3 calls a transfer that breaks off a success. */
static artrepo_code fetch(get_call *get, artrepo_error *error) {
    artrepo_code code = ar_libs3_call_run(&get->call, error);
    if (code == ARTREPO_OK && (!get->call.answered || get->received < get->expected)) {
        get->call.status = S3StatusConnectionFailed;
        snprintf(get->call.message, sizeof get->call.message, "%llu of %llu bytes came",
                 (unsigned long long)get->received, (unsigned long long)get->expected);
        code = ar_libs3_error_of_call(&get->call, error);
    }
    return code;
}

/* ---- get ---- */

/* A part of the object, or a certain version of it. Asking for the object first says how long the
 * part is to be, and which version it is of. */
static artrepo_code fetch_part(get_call *get, const artrepo_range *range, artrepo_object *object,
                               artrepo_error *error) {
    artrepo_code code =
        ar_libs3_head(get->call.store, "get", get->call.key, object, get->call.operation, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (range->version != NULL && strcmp(range->version, object->version) != 0) {
        char what[1400];
        ar_libs3_describe(&get->call, what, sizeof what);
        return artrepo_error_set(error, ARTREPO_IO, "%s: it was replaced while it was read", what);
    }
    int64_t left = range->offset < object->size ? object->size - range->offset : 0;
    int64_t length = range->length >= 0 && range->length < left ? range->length : left;
    if (length == 0) {
        return ARTREPO_OK;
    }
    get->offset = (uint64_t)range->offset;
    get->length = get->expected = (uint64_t)length;
    snprintf(get->etag, sizeof get->etag, "\"%s\"", object->version);
    return fetch(get, error);
}

artrepo_code ar_libs3_get(void *state, const char *key, const artrepo_range *range,
                          artrepo_sink *sink, artrepo_object *object, artrepo_operation *operation,
                          artrepo_error *error) {
    get_call get = {.call = {.store = state,
                             .verb = "get",
                             .key = key,
                             .operation = operation,
                             .issue = issue_get},
                    .sink = sink};
    artrepo_code code = ar_libs3_check_key(state, "get", key, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (range->offset > 0 || range->length >= 0 || range->version != NULL) {
        return fetch_part(&get, range, object, error);
    }
    get.object = object;
    return fetch(&get, error);
}
