/* The bucket itself, for createBucketIfNotPresent. */
#include <string.h>

#include "base/operation.h"
#include "s3/payload.h"
#include "s3/request.h"
#include "s3/xml.h"

static bool build_body(const char *region, ar_buffer *body) {
    if (strcmp(region, "us-east-1") == 0 || strcmp(region, "auto") == 0) {
        return true; /* they have no name as a location */
    }
    return ar_buffer_printf(
        body,
        "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<LocationConstraint>%s</LocationConstraint></CreateBucketConfiguration>",
        region);
}

/* ---- default encryption, as the reference sets it: also where the customer's key is used ---- */

static bool build_encryption(const ar_s3_config *config, ar_buffer *body) {
    bool kms = config->encryption == AR_S3_ENCRYPTION_KMS && config->kms_key_id != NULL;
    return ar_buffer_append_text(body, "<ServerSideEncryptionConfiguration "
                                       "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Rule>"
                                       "<ApplyServerSideEncryptionByDefault>") &&
           (!kms || (ar_buffer_append_text(body, "<KMSMasterKeyID>") &&
                     ar_s3_xml_append(body, config->kms_key_id) &&
                     ar_buffer_append_text(body, "</KMSMasterKeyID>"))) &&
           ar_buffer_printf(body, "<SSEAlgorithm>%s</SSEAlgorithm>", kms ? "aws:kms" : "AES256") &&
           ar_buffer_append_text(body, "</ApplyServerSideEncryptionByDefault></Rule>"
                                       "</ServerSideEncryptionConfiguration>");
}

/* Objects are stored with the encryption that the settings ask for, anyway. */
static artrepo_code tolerate(const ar_s3 *s3, artrepo_operation *operation, artrepo_code code,
                             const artrepo_error *failure) {
    if (code != ARTREPO_UNSUPPORTED) {
        return code;
    }
    ar_log(operation, ARTREPO_LOG_WARNING,
           "the store has no default encryption of buckets; objects are encrypted one by one",
           "bucket", s3->config.bucket, "error", failure->message, NULL);
    return ARTREPO_OK;
}

static artrepo_code encrypt_by_default(ar_s3 *s3, artrepo_operation *operation,
                                       artrepo_error *error) {
    if (s3->config.encryption == AR_S3_ENCRYPTION_NONE) {
        return ARTREPO_OK;
    }
    ar_buffer text = AR_BUFFER_INIT;
    char payload[AR_S3_SHA256_HEX], md5[AR_S3_MD5_BASE64];
    if (!build_encryption(&s3->config, &text) || !ar_s3_sha256_hex(text.data, text.size, payload) ||
        !ar_s3_md5_base64(text.data, text.size, md5)) {
        ar_buffer_free(&text);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to encrypt bucket '%s'",
                                 s3->config.bucket);
    }
    ar_http_body body = {text.data, -1, 0, (int64_t)text.size};
    ar_s3_request request = {.verb = "set the default encryption of",
                             .method = "PUT",
                             .body = &body,
                             .payload = payload};
    ar_s3_add_parameter(&request, "encryption", "");
    ar_s3_add_header(&request, "content-md5", md5);
    ar_s3_add_header(&request, "content-type", "application/xml");
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_code code = ar_s3_send_retrying(s3, &request, &response, operation, error);
    code = tolerate(s3, operation, code, error);
    ar_http_response_clear(&response);
    ar_buffer_free(&text);
    return code;
}

/* ---- the bucket ---- */

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
    if (code == ARTREPO_OK) {
        code = encrypt_by_default(s3, operation, &failure);
    } else if ((strcmp(failure.store_code, "BucketAlreadyOwnedByYou") == 0 ||
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
