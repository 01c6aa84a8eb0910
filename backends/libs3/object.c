#include "libs3/object.h"

#include <stdio.h>
#include <string.h>

void ar_libs3_copy_etag(const char *etag, char *version, size_t size) {
    size_t length = strlen(etag);
    if (length >= 2 && etag[0] == '"' && etag[length - 1] == '"') {
        etag++;
        length -= 2;
    }
    snprintf(version, size, "%.*s", (int)length, etag);
}

artrepo_code ar_libs3_object_of_properties(const ar_libs3_call *call,
                                           const S3ResponseProperties *properties,
                                           artrepo_object *object, artrepo_error *error) {
    if (properties->eTag == NULL || properties->eTag[0] == '\0' ||
        properties->contentLength > INT64_MAX) {
        char what[1400];
        ar_libs3_describe(call, what, sizeof what);
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "%s: libs3 found no ETag in the answer, so that nothing is known "
                                 "of the object; use the driver s3",
                                 what);
    }
    *object = (artrepo_object){.key = call->key, .size = (int64_t)properties->contentLength};
    if (properties->lastModified > 0) {
        object->modified_ms = properties->lastModified * 1000;
    }
    ar_libs3_copy_etag(properties->eTag, object->version, sizeof object->version);
    snprintf(object->content_type, sizeof object->content_type, "%s",
             properties->contentType == NULL ? "" : properties->contentType);
    return ARTREPO_OK;
}

/* ---- head ---- */

typedef struct head_call {
    ar_libs3_call call;
    artrepo_object *object;
} head_call;

static S3Status head_properties(const S3ResponseProperties *properties, void *data) {
    head_call *head = data;
    head->call.answered = true;
    return ar_libs3_object_of_properties(&head->call, properties, head->object,
                                         &head->call.failure) == ARTREPO_OK
               ? S3StatusOK
               : ar_libs3_call_give_up(&head->call);
}

static void issue_head(ar_libs3_call *call, S3RequestContext *context) {
    static const S3ResponseHandler handler = {head_properties, ar_libs3_call_complete};
    S3_head_object(&call->store->bucket, call->key, AR_LIBS3_IN(context), &handler, call);
}

static S3Status ignore_data(int size, const char *buffer, void *data) {
    (void)size;
    (void)buffer;
    (void)data;
    return S3StatusOK;
}

static void issue_first_byte(ar_libs3_call *call, S3RequestContext *context) {
    static const S3GetObjectHandler handler = {{ar_libs3_call_properties, ar_libs3_call_complete},
                                               ignore_data};
    S3_get_object(&call->store->bucket, call->key, NULL, 0, 1, AR_LIBS3_IN(context), &handler,
                  call);
}

/* An answer to HEAD has no body, so that a wrong key, wrong credentials and a missing bucket look
 * alike. The same question by GET is answered with words. */
static artrepo_code ask_why(const ar_libs3_call *asked, artrepo_error *error) {
    artrepo_error why = ARTREPO_ERROR_INIT;
    ar_libs3_call call = {.store = asked->store,
                          .verb = asked->verb,
                          .key = asked->key,
                          .operation = asked->operation,
                          .issue = issue_first_byte};
    artrepo_code code = ar_libs3_call_run(&call, &why);
    if (code == ARTREPO_OK || call.status == S3StatusErrorInvalidRange) {
        return ar_libs3_error_of_call(asked, error);
    }
    if (error != NULL) {
        *error = why;
    }
    return code;
}

artrepo_code ar_libs3_head(ar_libs3 *store, const char *verb, const char *key,
                           artrepo_object *object, artrepo_operation *operation,
                           artrepo_error *error) {
    head_call head = {.call = {.store = store,
                               .verb = verb,
                               .key = key,
                               .operation = operation,
                               .issue = issue_head},
                      .object = object};
    artrepo_code code = ar_libs3_call_run(&head.call, error);
    if (code != ARTREPO_OK) {
        bool silent = head.call.status >= S3StatusHttpErrorMovedTemporarily;
        return head.call.complete && silent ? ask_why(&head.call, error) : code;
    }
    if (!head.call.answered) {
        head.call.status = S3StatusConnectionFailed;
        return ar_libs3_error_of_call(&head.call, error);
    }
    return ARTREPO_OK;
}
