#include "gcs/request.h"
#include "gcs/url.h"

artrepo_code ar_gcs_remove(void *state, const char *key, artrepo_operation *operation,
                           artrepo_error *error) {
    ar_gcs *gcs = state;
    artrepo_code code = ar_gcs_check_key(gcs, "remove", key, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    artrepo_error failure = ARTREPO_ERROR_INIT;
    ar_buffer url = AR_BUFFER_INIT;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    if (!ar_gcs_url_object(gcs, key, &url)) {
        code = artrepo_error_set(&failure, ARTREPO_INTERNAL, "no memory for a request");
    } else {
        ar_gcs_request request = {
            .verb = "remove", .method = "DELETE", .key = key, .url = url.data};
        code = ar_gcs_send(gcs, &request, &response, operation, &failure);
    }
    if (code == ARTREPO_NOT_FOUND) {
        code = ARTREPO_OK;
    }
    ar_http_response_clear(&response);
    ar_buffer_free(&url);
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    return code;
}
