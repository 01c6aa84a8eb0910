/* What the settings of the s3 driver do on MinIO, which can show what VersityGW cannot: temporary
 * credentials, roles, regions, locked buckets, checksums of whole objects. */
#include "s3_minio_fixture.h"

#include "remote/checksum.h"

/* ---- temporary credentials ---- */

static void session_token(void **state) {
    (void)state;
    minio_session session = open_minio_session();
    char token[4100];
    write_secret("session-access", session.access_key);
    write_secret("session-secret", session.secret_key);
    snprintf(token, sizeof token, "%s\n", session.token); /* as editors leave it */
    write_secret("session-token", token);
    fixture f = prepare_minio();
    set_secret(&f, "accessKeySecret", "session-access");
    set_secret(&f, "secretKeySecret", "session-secret");
    set_secret(&f, "sessionTokenSecret", "session-token");
    assert_works(&f, "minio/session");
    f = prepare_minio();
    set_secret(&f, "accessKeySecret", "session-access");
    set_secret(&f, "secretKeySecret", "session-secret");
    assert_put_says(&f, ARTREPO_ACCESS_DENIED, "InvalidTokenId");
    f = prepare_minio();
    set_secret(&f, "accessKeySecret", "session-access");
    set_secret(&f, "secretKeySecret", "session-secret");
    set_secret(&f, "sessionTokenSecret", "wrong");
    assert_put_says(&f, ARTREPO_ACCESS_DENIED, "check the session token");
}

static fixture prepare_for_chain(void) {
    char url[128];
    fixture f = prepare_minio();
    ar_value_remove(f.root, "accessKeySecret");
    ar_value_remove(f.root, "secretKeySecret");
    snprintf(url, sizeof url, "http://%s", need_minio("ARTREPO_TEST_MINIO_ENDPOINT"));
    setenv("AWS_ENDPOINT_URL_STS", url, 1);
    return f;
}

static void set_environment_keys(void) {
    setenv("AWS_ACCESS_KEY_ID", need_minio("ARTREPO_TEST_MINIO_ACCESS_KEY"), 1);
    setenv("AWS_SECRET_ACCESS_KEY", need_minio("ARTREPO_TEST_MINIO_SECRET_KEY"), 1);
}

static void role(void **state) {
    (void)state;
    fixture f = prepare_for_chain();
    set_environment_keys();
    set(&f, "roleARN", ROLE);
    open_fixture(&f);
    assert_ok(put_memory(&f, "roles/small", "small", 5, NULL, error));
    /* The keys themselves are of no use any more: what works from here on is the session. */
    setenv("AWS_ACCESS_KEY_ID", "nobody", 1);
    stream_source source = open_stream(12 * MIB, 7);
    artrepo_object object;
    assert_ok(put_stream(&f, "roles/large", &source, &object, error));
    assert_content(&f, "roles/large", source.data, source.size);
    assert_content(&f, "roles/small", "small", 5);
    assert_ok(artrepo_driver_s3.remove(f.state, "roles/large", f.operation, error));
    artrepo_source_close(&source.base);
    close_fixture(&f);
}

static void role_over_tls(void **state) {
    (void)state;
    char url[128], ca[128];
    fixture f = prepare_minio_tls();
    ar_value_remove(f.root, "accessKeySecret");
    ar_value_remove(f.root, "secretKeySecret");
    set_environment_keys();
    set(&f, "roleARN", ROLE);
    snprintf(url, sizeof url, "https://%s", need_minio("ARTREPO_TEST_MINIO_TLS_ENDPOINT"));
    snprintf(ca, sizeof ca, "%s/test/ca", secrets);
    setenv("AWS_ENDPOINT_URL_STS", url, 1);
    setenv("AWS_CA_BUNDLE", ca, 1);
    assert_works(&f, "minio/role");
}

static void role_is_refused(void **state) {
    (void)state;
    fixture f = prepare_for_chain();
    set_environment_keys();
    setenv("AWS_SECRET_ACCESS_KEY", "wrong-secret", 1);
    set(&f, "roleARN", ROLE);
    open_fixture(&f);
    artrepo_error failure = ARTREPO_ERROR_INIT;
    put_memory(&f, "roles/x", "x", 1, NULL, &failure);
    assert_says(&failure, ARTREPO_ACCESS_DENIED, "assume role " ROLE " at http://127.0.0.1");
    assert_says(&failure, ARTREPO_ACCESS_DENIED, "request signature we calculated does not match");
    close_fixture(&f);
}

static void set_web_identity(void) {
    const char *token = getenv("ARTREPO_TEST_MINIO_WEB_IDENTITY_TOKEN");
    if (token == NULL) {
        print_message("ARTREPO_TEST_MINIO_WEB_IDENTITY_TOKEN is not set\n");
        skip();
    }
    setenv("AWS_WEB_IDENTITY_TOKEN_FILE", token, 1);
    setenv("AWS_ROLE_ARN", ROLE, 1);
}

/* The token counts where nothing is set, and also where the SDK's order is asked for. */
static void web_identity(void **state) {
    (void)state;
    char path[128];
    set_web_identity();
    for (int sdk = 0; sdk < 2; sdk++) {
        fixture f = prepare_for_chain();
        set_web_identity();
        set(&f, "useSDKCreds", sdk ? "true" : "false");
        assert_works(&f, "minio/web-identity");
    }
    fixture f = prepare_for_chain();
    set_web_identity();
    snprintf(path, sizeof path, "%s/test/wrong", secrets);
    setenv("AWS_WEB_IDENTITY_TOKEN_FILE", path, 1);
    assert_put_says(&f, ARTREPO_ACCESS_DENIED, "assume role " ROLE);
}

/* With keys that are of no use in the environment, who comes first decides. */
static void sdk_credentials(void **state) {
    (void)state;
    fixture f = prepare_for_chain();
    set_web_identity();
    setenv("AWS_ACCESS_KEY_ID", "nobody", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "nothing", 1);
    assert_works(&f, "minio/role-of-the-pod");
    f = prepare_for_chain();
    set_web_identity();
    setenv("AWS_ACCESS_KEY_ID", "nobody", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "nothing", 1);
    set(&f, "useSDKCreds", "true");
    assert_put_says(&f, ARTREPO_ACCESS_DENIED, "InvalidAccessKeyId");
    f = prepare_for_chain();
    set_environment_keys();
    set(&f, "useSDKCreds", "true");
    assert_works(&f, "minio/sdk");
}

/* ---- where the store is ---- */

static void count_warnings(void *data, const artrepo_log_record *record) {
    if (strstr(record->message, "the bucket is in another region") != NULL) {
        ++*(int *)data;
    }
}

/* This server is in another region than the one that is taken where none is set, and says so. */
static void region(void **state) {
    (void)state;
    for (int given = 0; given < 2; given++) {
        int warnings = 0;
        fixture f = prepare_minio_tls();
        if (!given) {
            ar_value_remove(f.root, "region");
        }
        artrepo_operation_set_log(f.operation, ARTREPO_LOG_WARNING, count_warnings, &warnings);
        open_fixture(&f);
        for (int i = 0; i < 3; i++) {
            assert_ok(put_memory(&f, "minio/region", "region", 6, NULL, error));
        }
        assert_content(&f, "minio/region", "region", 6);
        assert_int_equal(warnings, given ? 0 : 1); /* it is remembered */
        close_fixture(&f);
    }
}

/* "localhost" is no domain whose subdomains the server takes for buckets, so that one can tell how
 * the bucket was addressed. */
static void addressing_style(void **state) {
    (void)state;
    static const struct {
        const char *host, *style;
        bool works;
    } cases[] = {{"localhost", "virtual-hosted", false},
                 {"localhost", "path", true},
                 {"localhost", "", true},
                 {"s3.localhost", "virtual-hosted", true},
                 {"s3.localhost", "path", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char endpoint[128];
        fixture f = prepare_minio();
        snprintf(endpoint, sizeof endpoint, "%s%s", cases[i].host,
                 strchr(need_minio("ARTREPO_TEST_MINIO_ENDPOINT"), ':'));
        set(&f, "endpoint", endpoint);
        set(&f, "addressingStyle", cases[i].style);
        if (cases[i].works) {
            assert_works(&f, "addressing/style");
        } else {
            assert_put_says(&f, ARTREPO_INVALID, "bucket 'artifacts' does not exist at http");
        }
    }
}

/* What stands behind the host is part of the path that is signed: here a bucket, below which what
 * is taken for one is a folder. */
static void path_of_the_endpoint(void **state) {
    (void)state;
    char endpoint[160];
    fixture f = prepare_minio();
    snprintf(endpoint, sizeof endpoint, "%s/%s/", need_minio("ARTREPO_TEST_MINIO_ENDPOINT"),
             need_minio("ARTREPO_TEST_MINIO_BUCKET"));
    set(&f, "endpoint", endpoint);
    set(&f, "bucket", "below");
    open_fixture(&f);
    artrepo_object object;
    stream_source source = open_stream(6 * MIB, 8);
    assert_ok(put_memory(&f, "small key", "below", 5, NULL, error));
    assert_ok(put_stream(&f, "large", &source, &object, error));
    assert_content(&f, "small key", "below", 5);
    close_fixture(&f);
    f = prepare_minio();
    open_fixture(&f);
    assert_content(&f, "below/small key", "below", 5);
    assert_content(&f, "below/large", source.data, source.size);
    artrepo_source_close(&source.base);
    close_fixture(&f);
}

/* ---- the bucket ---- */

static ar_value *bucket_options(bool locking) {
    ar_value *options = ar_value_new(AR_VALUE_OBJECT, NULL);
    if (locking) {
        assert_true(ar_value_put_string(options, "objectLocking", "true"));
    }
    return options;
}

static void bucket_is_created(void **state) {
    (void)state;
    char bucket[64], path[96];
    for (int locking = 0; locking < 2; locking++) {
        snprintf(bucket, sizeof bucket, "created-%d-%d", (int)getpid(), locking);
        /* The region of this server must be named where the bucket is created. */
        fixture f = prepare_minio_tls();
        set(&f, "bucket", bucket);
        assert_put_says(&f, ARTREPO_INVALID, "createBucketIfNotPresent");
        f = prepare_minio_tls();
        set(&f, "bucket", bucket);
        assert_true(ar_value_put(f.root, "createBucketIfNotPresent", bucket_options(locking)));
        open_fixture(&f);
        stream_source source = open_stream(6 * MIB, 1);
        artrepo_object object;
        assert_ok(put_memory(&f, "y", "y", 1, &object, error));
        assert_ok(put_stream(&f, "x", &source, &object, error));
        assert_content(&f, "x", source.data, source.size);
        artrepo_source_close(&source.base);
        close_fixture(&f);
        snprintf(path, sizeof path, "%s?object-lock=", bucket);
        const char *lock = curl_minio(true, "", path);
        assert_has(lock, locking ? "<ObjectLockEnabled>Enabled</ObjectLockEnabled>"
                                 : "ObjectLockConfigurationNotFoundError");
        snprintf(path, sizeof path, "%s?location=", bucket);
        assert_has(curl_minio(true, "", path), need_minio("ARTREPO_TEST_MINIO_TLS_REGION"));
    }
}

static void bucket_of_somebody_else(void **state) {
    (void)state;
    fixture f = prepare_minio(); /* it exists */
    assert_true(ar_value_put(f.root, "createBucketIfNotPresent", bucket_options(true)));
    assert_works(&f, "minio/bucket-exists");
}

/* ---- checksums ---- */

/* The store has verified and keeps the checksum of all bytes, for an upload in parts, too. */
static void checksums_of_whole_objects(void **state) {
    (void)state;
    static const size_t sizes[] = {1000, 12 * MIB + 7};
    for (int tls = 0; tls < 2; tls++) {
        for (size_t i = 0; i < 2; i++) {
            fixture f = tls ? prepare_minio_tls() : prepare_minio();
            open_fixture(&f);
            stream_source source = open_stream(sizes[i], 11 + i);
            artrepo_object object;
            assert_ok(put_stream(&f, "minio/checksum", &source, &object, error));
            assert_content(&f, "minio/checksum", source.data, source.size);
            char text[AR_CHECKSUM_TEXT], line[64];
            ar_checksum_text(AR_CHECKSUM_CRC32C,
                             ar_checksum_update(AR_CHECKSUM_CRC32C, 0, source.data, source.size),
                             text);
            snprintf(line, sizeof line, "x-amz-checksum-crc32c: %s\r\n", text);
            const char *head =
                curl_minio(tls, "-I -H 'x-amz-checksum-mode: ENABLED'", "artifacts/minio/checksum");
            assert_has(head, line);
            assert_has(head, "x-amz-checksum-type: FULL_OBJECT");
            artrepo_source_close(&source.base);
            close_fixture(&f);
        }
    }
}

/* ---- listing ---- */

typedef struct listing {
    size_t count;
    char last[64];
} listing;

static artrepo_code count_object(void *data, const artrepo_object *object, artrepo_error *error) {
    (void)error;
    listing *list = data;
    assert_true(strcmp(object->key, list->last) > 0);
    snprintf(list->last, sizeof list->last, "%s", object->key);
    assert_int_equal(object->size, 3);
    list->count++;
    return ARTREPO_OK;
}

/* Three pages, whose keys and continuation tokens come percent-encoded. */
static void listing_of_pages(void **state) {
    (void)state;
    enum { COUNT = 2100 };
    fixture f = prepare_minio();
    open_fixture(&f);
    char(*keys)[40] = calloc(COUNT, sizeof *keys);
    const char **list = calloc(COUNT, sizeof *list);
    for (int i = 0; i < COUNT; i++) {
        snprintf(keys[i], sizeof keys[i], "pages/%04d +%%&=\xc3\xa4", i);
        list[i] = keys[i];
        assert_ok(put_memory(&f, keys[i], "abc", 3, NULL, error));
    }
    const char *page =
        curl_minio(false, "", "artifacts?encoding-type=url&list-type=2&max-keys=2&prefix=pages");
    assert_has(page, "<EncodingType>url</EncodingType>");
    assert_has(page, "pages/0000+%2B%25%26%3D%C3%A4");
    listing all = {0};
    assert_ok(artrepo_driver_s3.list(f.state, "pages/", count_object, &all, f.operation, error));
    assert_int_equal(all.count, COUNT);
    assert_string_equal(all.last, keys[COUNT - 1]);
    assert_ok(artrepo_driver_s3.remove_many(f.state, list, COUNT, f.operation, error));
    listing left = {0};
    assert_ok(artrepo_driver_s3.list(f.state, "pages/", count_object, &left, f.operation, error));
    assert_int_equal(left.count, 0);
    free(keys);
    free(list);
    close_fixture(&f);
}

int main(void) {
    need_minio("ARTREPO_TEST_MINIO_ENDPOINT");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(session_token),
        cmocka_unit_test(role),
        cmocka_unit_test(role_over_tls),
        cmocka_unit_test(role_is_refused),
        cmocka_unit_test(web_identity),
        cmocka_unit_test(sdk_credentials),
        cmocka_unit_test(region),
        cmocka_unit_test(addressing_style),
        cmocka_unit_test(path_of_the_endpoint),
        cmocka_unit_test(bucket_is_created),
        cmocka_unit_test(bucket_of_somebody_else),
        cmocka_unit_test(checksums_of_whole_objects),
        cmocka_unit_test(listing_of_pages),
    };
    return cmocka_run_group_tests(tests, make_minio_secrets, remove_secrets);
}
