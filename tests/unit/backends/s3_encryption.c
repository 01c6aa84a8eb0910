/* The customer's key, against what the reference made of the same password, bucket and key. */
#include "unit/support.h"

#include <jansson.h>

#include "s3/encryption.h"

static const char *text_of(const json_t *entry, const char *name) {
    const char *text = json_string_value(json_object_get(entry, name));
    assert_non_null(text);
    return text;
}

static const char *header_of(const ar_s3_request *request, const char *name) {
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcmp(request->headers[i].name, name) == 0) {
            return request->headers[i].value;
        }
    }
    return NULL;
}

static void customer_keys(void **state) {
    (void)state;
    json_error_t failure;
    json_t *vectors = json_load_file(TEST_DATA "/sse-c.json", 0, &failure);
    assert_non_null(vectors);
    assert_true(json_array_size(vectors) > 0);
    size_t index;
    json_t *entry;
    json_array_foreach(vectors, index, entry) {
        ar_s3 s3 = {.config = {.encryption = AR_S3_ENCRYPTION_CUSTOMER,
                               .bucket = strdup(text_of(entry, "bucket"))}};
        s3.config.customer_password.data = strdup(text_of(entry, "customerKey"));
        s3.config.customer_password.size = strlen(s3.config.customer_password.data);
        ar_s3_customer_key customer;
        assert_ok(ar_s3_customer_key_derive(&s3, text_of(entry, "key"), &customer, error));
        ar_s3_request request = {0};
        ar_s3_add_customer_key(&customer, &request);
        assert_string_equal(header_of(&request, "x-amz-server-side-encryption-customer-key"),
                            text_of(entry, "x-amz-server-side-encryption-customer-key"));
        assert_string_equal(header_of(&request, "x-amz-server-side-encryption-customer-key-md5"),
                            text_of(entry, "x-amz-server-side-encryption-customer-key-MD5"));
        assert_string_equal(header_of(&request, "x-amz-server-side-encryption-customer-algorithm"),
                            "AES256");
        ar_s3_customer_key_wipe(&customer);
        ar_s3_config_free(&s3.config);
    }
    json_decref(vectors);
}

static void other_kinds(void **state) {
    (void)state;
    ar_s3_customer_key none = {"", ""};
    ar_s3 s3 = {.config = {.encryption = AR_S3_ENCRYPTION_S3}};
    ar_s3_request request = {0};
    ar_s3_add_encryption(&s3, &none, &request);
    assert_int_equal(request.header_count, 1);
    assert_string_equal(header_of(&request, "x-amz-server-side-encryption"), "AES256");
    char key_id[] = "alias/k", context[] = "e30=";
    s3.config = (ar_s3_config){
        .encryption = AR_S3_ENCRYPTION_KMS, .kms_key_id = key_id, .kms_context = context};
    request = (ar_s3_request){0};
    ar_s3_add_encryption(&s3, &none, &request);
    assert_int_equal(request.header_count, 3);
    assert_string_equal(header_of(&request, "x-amz-server-side-encryption"), "aws:kms");
    assert_string_equal(header_of(&request, "x-amz-server-side-encryption-aws-kms-key-id"),
                        "alias/k");
    assert_string_equal(header_of(&request, "x-amz-server-side-encryption-context"), "e30=");
    request = (ar_s3_request){0};
    ar_s3_add_customer_key(&none, &request);
    assert_int_equal(request.header_count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(customer_keys),
                                       cmocka_unit_test(other_kinds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
