/* Server-side encryption on MinIO over TLS: what the store says of the objects to a client that
 * knows nothing of the driver, and that nobody reads without the customer's key. */
#include "s3_minio_fixture.h"

#include "s3/encryption.h"

static ar_value *encryption(void) {
    ar_value *options = ar_value_new(AR_VALUE_OBJECT, NULL);
    assert_true(ar_value_put_string(options, "enableEncryption", "true"));
    return options;
}

static ar_value *encryption_by_key(const char *id, const char *context) {
    ar_value *options = encryption();
    assert_true(ar_value_put_string(options, "kmsKeyId", id));
    if (context != NULL) {
        assert_true(ar_value_put_string(options, "kmsEncryptionContext", context));
    }
    return options;
}

static ar_value *encryption_by_customer(const char *secret) {
    ar_value *options = encryption();
    ar_value *selector = ar_value_new(AR_VALUE_OBJECT, NULL);
    assert_true(ar_value_put_string(selector, "name", "test"));
    assert_true(ar_value_put_string(selector, "key", secret));
    assert_true(ar_value_put(options, "serverSideCustomerKeySecret", selector));
    return options;
}

/* Takes OPTIONS over; NULL: none. */
static fixture open_with(ar_value *options) {
    fixture f = prepare_minio_tls();
    if (options != NULL) {
        assert_true(ar_value_put(f.root, "encryptionOptions", options));
    }
    open_fixture(&f);
    return f;
}

/* ---- all kinds of requests ---- */

static void assert_range(fixture *f, const char *key, const unsigned char *data, int64_t offset,
                         int64_t length) {
    artrepo_sink *sink = NULL;
    artrepo_object object;
    size_t size = 0;
    assert_ok(get_memory(f, key, offset, length, &sink, &object, error));
    const void *got = artrepo_sink_memory(sink, &size);
    assert_int_equal(size, length);
    assert_memory_equal(got, data + offset, size);
    artrepo_sink_close(sink);
}

/* Single and multipart uploads, whole and ranged downloads, and stat. */
static void assert_round_trip(fixture *f) {
    stream_source source = open_stream(21 * MIB, 3);
    artrepo_object object;
    assert_ok(put_memory(f, "encrypted/small", "small", 5, &object, error));
    assert_ok(put_stream(f, "encrypted/large", &source, &object, error));
    assert_content(f, "encrypted/small", "small", 5);
    assert_content(f, "encrypted/large", source.data, source.size);
    assert_range(f, "encrypted/large", source.data, 5 * (int64_t)MIB - 3, 10);
    assert_range(f, "encrypted/large", source.data, (int64_t)MIB + 1, 17 * (int64_t)MIB);
    assert_ok(artrepo_driver_s3.stat(f->state, "encrypted/large", &object, f->operation, error));
    assert_int_equal(object.size, source.size);
    artrepo_source_close(&source.base);
}

/* A text that both objects' heads have, for a client with OPTIONS. */
static void assert_heads_have(const char *options, const char *const *words, size_t count) {
    static const char *const paths[] = {"artifacts/encrypted/small", "artifacts/encrypted/large"};
    for (size_t i = 0; i < 2; i++) {
        const char *head = curl_minio(true, options, paths[i]);
        for (size_t j = 0; j < count; j++) {
            assert_has(head, words[j]);
        }
    }
}

static void nothing_is_asked_for(void **state) {
    (void)state;
    fixture f = open_with(NULL);
    assert_round_trip(&f);
    close_fixture(&f);
    assert_has_not(curl_minio(true, "-I", "artifacts/encrypted/small"), "server-side-encryption");
    assert_has_not(curl_minio(true, "-I", "artifacts/encrypted/large"), "server-side-encryption");
    /* Which is also so with other options where enableEncryption is not true. */
    ar_value *options = encryption_by_key(need_minio("ARTREPO_TEST_MINIO_KMS_KEY"), NULL);
    assert_true(ar_value_put_string(options, "enableEncryption", "false"));
    f = open_with(options);
    assert_round_trip(&f);
    close_fixture(&f);
    assert_has_not(curl_minio(true, "-I", "artifacts/encrypted/small"), "server-side-encryption");
    assert_has_not(curl_minio(true, "-I", "artifacts/encrypted/large"), "server-side-encryption");
}

static void keys_of_the_store(void **state) {
    (void)state;
    static const char *const words[] = {"200 OK", "x-amz-server-side-encryption: AES256\r\n"};
    fixture f = open_with(encryption());
    assert_round_trip(&f);
    close_fixture(&f);
    assert_heads_have("-I", words, 2);
}

static void keys_of_a_key_management(void **state) {
    (void)state;
    char id[128];
    const char *const words[] = {
        "200 OK", "x-amz-server-side-encryption: aws:kms\r\n", id,
        /* base64 of the JSON below */
        "x-amz-server-side-encryption-context: eyJwcm9qZWN0IjoiYXJncm8ifQ==\r\n"};
    snprintf(id, sizeof id, "x-amz-server-side-encryption-aws-kms-key-id: arn:aws:kms:%s\r\n",
             need_minio("ARTREPO_TEST_MINIO_KMS_KEY"));
    fixture f = open_with(encryption_by_key(need_minio("ARTREPO_TEST_MINIO_KMS_KEY"), NULL));
    assert_round_trip(&f);
    close_fixture(&f);
    assert_heads_have("-I", words, 3);
    assert_has_not(curl_minio(true, "-I", "artifacts/encrypted/large"), "encryption-context");
    f = open_with(
        encryption_by_key(need_minio("ARTREPO_TEST_MINIO_KMS_KEY"), "{\"project\":\"argro\"}"));
    assert_round_trip(&f);
    close_fixture(&f);
    assert_heads_have("-I", words, 4);
}

static void a_key_that_is_not_there(void **state) {
    (void)state;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    fixture f = open_with(encryption_by_key("no-such-key", NULL));
    put_memory(&f, "encrypted/refused", "x", 1, NULL, &failure);
    assert_says(&failure, ARTREPO_INVALID, "check kmsKeyId");
    stream_source source = open_stream(6 * MIB, 3);
    failure = (artrepo_error)ARTREPO_ERROR_INIT;
    put_stream(&f, "encrypted/refused", &source, NULL, &failure);
    assert_says(&failure, ARTREPO_INVALID, "check kmsKeyId");
    artrepo_source_close(&source.base);
    close_fixture(&f);
}

/* ---- keys of the customer ---- */

/* Anybody may read what is encrypted here, if he has the key: curl 7.88 signs these headers in the
 * wrong order. */
static void let_anybody_read(void) {
    assert_has(curl_minio(true,
                          "-X PUT --data '{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":"
                          "\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\"Resource\":"
                          "\"arn:aws:s3:::artifacts/encrypted/*\"}]}'",
                          "artifacts?policy="),
               "204 No Content");
}

/* What curl gets of the object PATH with the customer's key of the object KEY; NULL: without one.
 */
static const char *curl_with_key(fixture *f, const char *path, const char *key) {
    ar_s3_customer_key customer = {"", ""};
    char command[1024], headers[512] = "";
    if (key != NULL) {
        assert_ok(ar_s3_customer_key_derive(f->state, key, &customer, error));
        snprintf(headers, sizeof headers,
                 "-H 'x-amz-server-side-encryption-customer-algorithm: AES256' "
                 "-H 'x-amz-server-side-encryption-customer-key: %s' "
                 "-H 'x-amz-server-side-encryption-customer-key-md5: %s'",
                 customer.key, customer.md5);
    }
    snprintf(command, sizeof command,
             "curl -sS -i --max-time 30 --cacert '%s/test/ca' %s 'https://%s/artifacts/%s' 2>&1",
             secrets, headers, need_minio("ARTREPO_TEST_MINIO_TLS_ENDPOINT"), path);
    ar_s3_customer_key_wipe(&customer);
    return output_of(command);
}

static void keys_of_the_customer(void **state) {
    (void)state;
    fixture f = open_with(encryption_by_customer("password"));
    assert_round_trip(&f);
    let_anybody_read();
    /* Not without the key, not with another one, and with it. */
    assert_has(curl_minio(true, "-I", "artifacts/encrypted/small"), "400 Bad Request");
    assert_has(curl_minio(true, "-I", "artifacts/encrypted/large"), "400 Bad Request");
    assert_has(curl_with_key(&f, "encrypted/small", NULL), "correct parameters must be provided");
    assert_has(curl_with_key(&f, "encrypted/small", "encrypted/large"),
               "<Code>AccessDenied</Code>");
    const char *answer = curl_with_key(&f, "encrypted/small", "encrypted/small");
    assert_has(answer, "x-amz-server-side-encryption-customer-algorithm: AES256\r\n");
    assert_has(answer, "\r\n\r\nsmall");
    assert_has(curl_with_key(&f, "encrypted/large", "encrypted/large"),
               "x-amz-server-side-encryption-customer-algorithm: AES256\r\n");
    close_fixture(&f);
}

/* A get and a stat by other means, for which the object must not seem to be missing. */
static void assert_unreadable(ar_value *options) {
    static const char *const keys[] = {"encrypted/small", "encrypted/large"};
    fixture f = open_with(options);
    for (size_t i = 0; i < 2; i++) {
        artrepo_object object;
        artrepo_sink *sink = NULL;
        artrepo_error failure = ARTREPO_ERROR_INIT;
        artrepo_code code = get_memory(&f, keys[i], 0, -1, &sink, &object, &failure);
        assert_true(code == ARTREPO_INVALID || code == ARTREPO_ACCESS_DENIED);
        assert_non_null(strstr(failure.message, keys[i]));
        artrepo_sink_close(sink);
        code = artrepo_driver_s3.stat(f.state, keys[i], &object, f.operation, &failure);
        assert_true(code == ARTREPO_INVALID || code == ARTREPO_ACCESS_DENIED);
    }
    close_fixture(&f);
}

static void without_the_right_key(void **state) {
    (void)state;
    fixture f = open_with(encryption_by_customer("password"));
    assert_round_trip(&f);
    close_fixture(&f);
    assert_unreadable(NULL);
    assert_unreadable(encryption());
    assert_unreadable(encryption_by_customer("wrong"));
}

static void assert_open_says(fixture *f, artrepo_code code, const char *words) {
    artrepo_error failure = ARTREPO_ERROR_INIT;
    try_open(f, &failure);
    assert_says(&failure, code, words);
    close_fixture(f);
}

static void what_does_not_go_together(void **state) {
    (void)state;
    fixture f = prepare_minio();
    assert_true(ar_value_put(f.root, "encryptionOptions", encryption_by_customer("password")));
    assert_open_says(&f, ARTREPO_INVALID, "needs TLS");
    f = prepare_minio_tls();
    ar_value *both = encryption_by_customer("password");
    assert_true(ar_value_put_string(both, "kmsKeyId", "key"));
    assert_true(ar_value_put(f.root, "encryptionOptions", both));
    assert_open_says(&f, ARTREPO_INVALID, "choose one of them");
}

/* ---- new buckets ---- */

/* What the store does by default from then on, also for those who ask for nothing. */
static void default_of_new_buckets(void **state) {
    (void)state;
    const char *key = need_minio("ARTREPO_TEST_MINIO_KMS_KEY");
    for (int i = 0; i < 4; i++) {
        ar_value *kinds[] = {NULL, encryption(), encryption_by_key(key, NULL),
                             encryption_by_customer("password")};
        char bucket[64], path[96];
        fixture f = prepare_minio_tls();
        snprintf(bucket, sizeof bucket, "encrypted-%d-%d", (int)getpid(), i);
        set(&f, "bucket", bucket);
        assert_true(
            ar_value_put(f.root, "createBucketIfNotPresent", ar_value_new(AR_VALUE_OBJECT, NULL)));
        for (int j = 1; j < 4; j++) {
            if (j == i) {
                assert_true(ar_value_put(f.root, "encryptionOptions", kinds[j]));
            } else {
                ar_value_free(kinds[j]);
            }
        }
        open_fixture(&f);
        assert_ok(put_memory(&f, "first", "first", 5, NULL, error));
        close_fixture(&f);
        snprintf(path, sizeof path, "%s?encryption=", bucket);
        const char *answer = curl_minio(true, "", path);
        static const char *const expected[] = {
            "ServerSideEncryptionConfigurationNotFoundError", "<SSEAlgorithm>AES256</SSEAlgorithm>",
            "<SSEAlgorithm>aws:kms</SSEAlgorithm>", "<SSEAlgorithm>AES256</SSEAlgorithm>"};
        assert_has(answer, expected[i]);
        if (i == 2) {
            assert_has(answer, key);
        }
    }
}

int main(void) {
    need_minio("ARTREPO_TEST_MINIO_TLS_ENDPOINT");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_asked_for),      cmocka_unit_test(keys_of_the_store),
        cmocka_unit_test(keys_of_a_key_management),  cmocka_unit_test(a_key_that_is_not_there),
        cmocka_unit_test(keys_of_the_customer),      cmocka_unit_test(without_the_right_key),
        cmocka_unit_test(what_does_not_go_together), cmocka_unit_test(default_of_new_buckets),
    };
    return cmocka_run_group_tests(tests, make_minio_secrets, remove_secrets);
}
