/* The bucket itself, for createBucketIfNotPresent. */
#include <string.h>

#include "s3/request.h"

static bool build_body(const char *region, ar_buffer *body) {
    if (strcmp(region, "us-east-1") == 0) {
        return true; /* which has no name as a location */
    }
    return ar_buffer_printf(
        body,
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<LocationConstraint>%s</LocationConstraint></CreateBucketConfiguration>",
        region);
}

artrepo_code ar_s3_create_bucket(ar_s3 *s3, artrepo_operation *operation, artrepo_error *error) {
    char region[AR_S3_REGION_BYTES];
    char payload[AR_S3_SHA256_HEX];
    ar_buffer text = AR_BUFFER_INIT;
    ar_s3_region(s3, region);
    if (!build_body(region, &text) || !ar_s3_sha256_hex(text.data, text.size, payload)) {
        ar_buffer_free(&text);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to create bucket '%s'",
                                 s3->config.bucket);
    }
    ar_http_body body = {text.data == NULL ? "" : text.data, -1, 0, (int64_t)text.size};
    ar_s3_request request = {.verb = "create", .method = "PUT", .body = &body, .payload = payload};
    if (s3->config.object_locking) {
        ar_s3_add_header(&request, "x-amz-bucket-object-lock-enabled", "true");
    }
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_code code = ar_s3_send(s3, &request, &response, operation, &failure);
    if (code != ARTREPO_OK && (strcmp(failure.store_code, "BucketAlreadyOwnedByYou") == 0 ||
                               strcmp(failure.store_code, "BucketAlreadyExists") == 0)) {
        code = ARTREPO_OK; /* somebody was quicker; the next request tells whether it is ours */
    }
    if (code != ARTREPO_OK && error != NULL) {
        *error = failure;
    }
    ar_http_response_clear(&response);
    ar_buffer_free(&text);
    return code;
}
