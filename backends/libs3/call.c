#include "libs3/call.h"

#include <stdio.h>
#include <string.h>
#include <sys/select.h>

/* How long a request may be quiet before we look whether it is still wanted. */
#define PATIENCE_MS 100
/* The same while there is no socket yet to wait for. */
#define NO_SOCKET_MS 5

/* libs3 2.x makes dates with gmtime(), whose result is the whole process's. */
static pthread_mutex_t issue_mutex = PTHREAD_MUTEX_INITIALIZER;

/* ---- callbacks ---- */

S3Status ar_libs3_call_give_up(ar_libs3_call *call) {
    if (call->failure.code == ARTREPO_OK) {
        artrepo_error_set(&call->failure, ARTREPO_INTERNAL, "cannot %s '%s': given up", call->verb,
                          call->key);
    }
    return S3StatusAbortedByCallback;
}

S3Status ar_libs3_call_properties(const S3ResponseProperties *properties, void *data) {
    (void)properties;
    ar_libs3_call *call = data;
    call->answered = true;
    return S3StatusOK;
}

static void copy_text(char *to, size_t size, const char *text) {
    snprintf(to, size, "%s", text == NULL ? "" : text);
}

void ar_libs3_call_complete(S3Status status, const S3ErrorDetails *details, void *data) {
    ar_libs3_call *call = data;
    call->complete = true;
    call->status = status;
    if (details == NULL) {
        return;
    }
    copy_text(call->message, sizeof call->message, details->message);
    for (int i = 0; i < details->extraDetailsCount; i++) {
        if (strcmp(details->extraDetails[i].name, "RequestId") == 0) {
            copy_text(call->request_id, sizeof call->request_id, details->extraDetails[i].value);
        }
    }
}

/* ---- contexts, each for one request at a time, which keep connections open ---- */

static artrepo_code take_context(ar_libs3 *store, S3RequestContext **context,
                                 artrepo_error *error) {
    *context = NULL;
    pthread_mutex_lock(&store->mutex);
    if (store->idle_count > 0) {
        *context = store->idle[--store->idle_count];
    }
    pthread_mutex_unlock(&store->mutex);
    if (*context == NULL && S3_create_request_context(context) != S3StatusOK) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a request of libs3");
    }
    return ARTREPO_OK;
}

static void give_back_context(ar_libs3 *store, S3RequestContext *context) {
    pthread_mutex_lock(&store->mutex);
    if (store->idle_count < AR_LIBS3_MAX_IDLE) {
        store->idle[store->idle_count++] = context;
        context = NULL;
    }
    pthread_mutex_unlock(&store->mutex);
    if (context != NULL) {
        S3_destroy_request_context(context);
    }
}

/* ---- running ---- */

static void wait_for_socket(S3RequestContext *context) {
    fd_set readable, writable, failed;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_ZERO(&failed);
    int highest = -1;
    if (S3_get_request_context_fdsets(context, &readable, &writable, &failed, &highest) !=
        S3StatusOK) {
        highest = -1;
    }
    int64_t limit = highest < 0 ? NO_SOCKET_MS : PATIENCE_MS;
    int64_t timeout = S3_get_request_context_timeout(context);
    timeout = timeout < 0 || timeout > limit ? limit : timeout;
    struct timeval time = {.tv_sec = 0, .tv_usec = (suseconds_t)(timeout * 1000)};
    select(highest + 1, &readable, &writable, &failed, &time);
}

/* Until the request is complete. */
static artrepo_code run_context(ar_libs3_call *call, S3RequestContext *context,
                                artrepo_error *error) {
    int running = 1;
    while (!call->complete) {
        artrepo_code code = artrepo_operation_check(call->operation, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        S3Status status = S3_runonce_request_context(context, &running);
        if (status != S3StatusOK || (running == 0 && !call->complete)) {
            char what[1400];
            ar_libs3_describe(call, what, sizeof what);
            return artrepo_error_set(error, ARTREPO_INTERNAL, "%s: libs3 lost the request (%s)",
                                     what, S3_get_status_name(status));
        }
        if (!call->complete) {
            wait_for_socket(context);
        }
    }
    return ARTREPO_OK;
}

static artrepo_code result_of(const ar_libs3_call *call, artrepo_error *error) {
    if (call->failure.code != ARTREPO_OK) {
        if (error != NULL) {
            *error = call->failure;
        }
        return call->failure.code;
    }
    return call->status == S3StatusOK ? ARTREPO_OK : ar_libs3_error_of_call(call, error);
}

artrepo_code ar_libs3_call_run(ar_libs3_call *call, artrepo_error *error) {
    S3RequestContext *context;
    artrepo_code code = take_context(call->store, &context, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    pthread_mutex_lock(&issue_mutex);
    call->issue(call, context);
    pthread_mutex_unlock(&issue_mutex);
    code = run_context(call, context, error);
    if (code != ARTREPO_OK) {
        S3_destroy_request_context(context); /* and with it the connection */
        return code;
    }
    give_back_context(call->store, context);
    return result_of(call, error);
}
