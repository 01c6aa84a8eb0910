#include "libs3/call.h"

static void issue_remove(ar_libs3_call *call, S3RequestContext *context) {
    static const S3ResponseHandler handler = {ar_libs3_call_properties, ar_libs3_call_complete};
    S3_delete_object(&call->store->bucket, call->key, AR_LIBS3_IN(context), &handler, call);
}

artrepo_code ar_libs3_remove(void *state, const char *key, artrepo_operation *operation,
                             artrepo_error *error) {
    ar_libs3_call call = {.store = state,
                          .verb = "remove",
                          .key = key,
                          .operation = operation,
                          .issue = issue_remove};
    artrepo_code code = ar_libs3_check_key(state, "remove", key, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    code = ar_libs3_call_run(&call, error);
    if (code != ARTREPO_OK && call.complete && call.status == S3StatusErrorNoSuchKey) {
        return ARTREPO_OK;
    }
    if (code == ARTREPO_OK && !call.answered) {
        call.status = S3StatusConnectionFailed;
        code = ar_libs3_error_of_call(&call, error);
    }
    return code;
}
