/* What the settings of the s3 driver do, and what wrong ones get, against a real server. */
#include "s3_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* Puts, stats, lists and gets with F's settings, expecting CODE and WORDS of each. */
static void assert_all_verbs_say(fixture *f, artrepo_code code, const char *words) {
    artrepo_object object;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    open_fixture(f);
    put_memory(f, "settings/x", "x", 1, &object, &failure);
    assert_says(&failure, code, words);
    failure = (artrepo_error)ARTREPO_ERROR_INIT;
    artrepo_driver_s3.stat(f->state, "settings/x", &object, f->operation, &failure);
    assert_says(&failure, code, words);
    failure = (artrepo_error)ARTREPO_ERROR_INIT;
    artrepo_driver_s3.list(f->state, "settings/", NULL, NULL, f->operation, &failure);
    assert_says(&failure, code, words);
    failure = (artrepo_error)ARTREPO_ERROR_INIT;
    artrepo_sink *sink = NULL;
    get_memory(f, "settings/x", 0, -1, &sink, &object, &failure);
    assert_says(&failure, code, words);
    artrepo_sink_close(sink);
    close_fixture(f);
}

/* ---- credentials ---- */

static void wrong_secret_key(void **state) {
    (void)state;
    fixture f = prepare();
    set_secret(&f, "secretKeySecret", "wrong");
    assert_all_verbs_say(&f, ARTREPO_ACCESS_DENIED, "SignatureDoesNotMatch");
    f = prepare();
    set_secret(&f, "secretKeySecret", "wrong");
    assert_all_verbs_say(&f, ARTREPO_ACCESS_DENIED, "check the secret key");
}

static void wrong_access_key(void **state) {
    (void)state;
    fixture f = prepare();
    set_secret(&f, "accessKeySecret", "wrong");
    assert_all_verbs_say(&f, ARTREPO_ACCESS_DENIED, "check the access key");
}

static void session_token_is_sent(void **state) {
    (void)state;
    /* The server knows no temporary credentials: that it refuses the token shows that it came. */
    fixture f = prepare();
    set_secret(&f, "sessionTokenSecret", "wrong");
    assert_all_verbs_say(&f, ARTREPO_ACCESS_DENIED, "InvalidToken");
}

static void assert_works(fixture *f) {
    open_fixture(f);
    assert_ok(put_memory(f, "settings/works", "works", 5, NULL, error));
    assert_content(f, "settings/works", "works", 5);
    close_fixture(f);
}

static void keys_from_environment(void **state) {
    (void)state;
    fixture f = prepare_without_keys();
    set(&f, "useSDKCreds", "true");
    setenv("AWS_ACCESS_KEY_ID", need("ARTREPO_TEST_S3_ACCESS_KEY"), 1);
    setenv("AWS_SECRET_ACCESS_KEY", need("ARTREPO_TEST_S3_SECRET_KEY"), 1);
    assert_works(&f);
}

static void keys_from_shared_file(void **state) {
    (void)state;
    char path[128], text[1024];
    fixture f = prepare_without_keys();
    snprintf(path, sizeof path, "%s/credentials", secrets);
    snprintf(text, sizeof text,
             "# a comment\n[default]\naws_access_key_id = nobody\naws_secret_access_key = nothing\n"
             "[ci]\r\naws_access_key_id=%s\r\n  aws_secret_access_key = %s  \r\n",
             need("ARTREPO_TEST_S3_ACCESS_KEY"), need("ARTREPO_TEST_S3_SECRET_KEY"));
    write_file(path, text, strlen(text), 0600);
    setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
    setenv("AWS_PROFILE", "ci", 1);
    assert_works(&f);
    f = prepare_without_keys();
    setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
    assert_all_verbs_say(&f, ARTREPO_ACCESS_DENIED, "check the access key");
}

static void assert_open_says(fixture *f, artrepo_code code, const char *words) {
    artrepo_error failure = ARTREPO_ERROR_INIT;
    try_open(f, &failure);
    assert_says(&failure, code, words);
    close_fixture(f);
}

static void no_credentials(void **state) {
    (void)state;
    fixture f = prepare_without_keys();
    assert_all_verbs_say(&f, ARTREPO_ACCESS_DENIED, "there are no credentials for s3");
    f = prepare_without_keys();
    setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/", 1);
    assert_all_verbs_say(&f, ARTREPO_REFUSED_UNSAFE, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    f = prepare_without_keys();
    set(&f, "roleARN", "arn:aws:iam::1:role/r");
    assert_all_verbs_say(&f, ARTREPO_ACCESS_DENIED,
                         "assume role arn:aws:iam::1:role/r: there are no credentials for s3");
    clear_environment();
    f = prepare();
    set_secret(&f, "secretKeySecret", "nowhere");
    assert_open_says(&f, ARTREPO_NOT_FOUND, "/test/nowhere");
}

/* ---- where the store is ---- */

static void wrong_bucket(void **state) {
    (void)state;
    fixture f = prepare();
    set(&f, "bucket", "no-such-bucket");
    assert_all_verbs_say(&f, ARTREPO_INVALID, "bucket 'no-such-bucket' does not exist at http");
}

static void wrong_region_is_corrected(void **state) {
    (void)state;
    fixture f = prepare();
    set(&f, "region", "eu-north-1");
    assert_works(&f);
    f = prepare();
    ar_value_remove(f.root, "region");
    assert_works(&f);
    /* A HEAD is answered without saying which region is right. */
    f = prepare();
    set(&f, "region", "eu-north-1");
    open_fixture(&f);
    artrepo_object object;
    assert_ok(artrepo_driver_s3.stat(f.state, "settings/works", &object, f.operation, error));
    assert_int_equal(object.size, 5);
    close_fixture(&f);
}

static void virtual_hosted(void **state) {
    (void)state;
    char endpoint[128];
    const char *plain = need("ARTREPO_TEST_S3_ENDPOINT");
    fixture f = prepare();
    snprintf(endpoint, sizeof endpoint, "%s%s", need("ARTREPO_TEST_S3_VIRTUAL_DOMAIN"),
             strchr(plain, ':'));
    set(&f, "endpoint", endpoint);
    set(&f, "addressingStyle", "virtual-hosted");
    assert_works(&f);
    f = prepare();
    set(&f, "addressingStyle", "path");
    assert_works(&f);
    f = prepare();
    set(&f, "addressingStyle", "sideways");
    assert_open_says(&f, ARTREPO_INVALID, "s3.addressingStyle 'sideways'");
}

static void endpoint_with_scheme(void **state) {
    (void)state;
    char endpoint[128];
    fixture f = prepare();
    snprintf(endpoint, sizeof endpoint, "http://%s/", need("ARTREPO_TEST_S3_ENDPOINT"));
    set(&f, "endpoint", endpoint);
    set(&f, "insecure", "false");
    assert_works(&f);
    f = prepare();
    ar_value_remove(f.root, "endpoint");
    setenv("AWS_ENDPOINT_URL", endpoint, 1);
    set(&f, "insecure", "false");
    assert_works(&f);
    unsetenv("AWS_ENDPOINT_URL");
}

/* A port that was just free. */
static int closed_port(void) {
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    close(listener);
    return ntohs(address.sin_port);
}

static void server_is_not_there(void **state) {
    (void)state;
    char endpoint[64];
    snprintf(endpoint, sizeof endpoint, "127.0.0.1:%d", closed_port());
    fixture f = prepare();
    set(&f, "endpoint", endpoint);
    open_fixture(&f);
    artrepo_error failure = ARTREPO_ERROR_INIT;
    put_memory(&f, "settings/x", "x", 1, NULL, &failure);
    assert_says(&failure, ARTREPO_TRANSIENT, "cannot connect to 127.0.0.1");
    assert_says(&failure, ARTREPO_TRANSIENT, "check the endpoint");
    assert_says(&failure, ARTREPO_TRANSIENT, "gave up after 3 attempts");
    close_fixture(&f);
    f = prepare();
    set(&f, "endpoint", "no-such-host.invalid");
    open_fixture(&f);
    put_memory(&f, "settings/x", "x", 1, NULL, &failure);
    assert_says(&failure, ARTREPO_TRANSIENT, "cannot find the address of no-such-host.invalid");
    close_fixture(&f);
}

/* ---- TLS ---- */

static void tls_to_a_plain_port(void **state) {
    (void)state;
    fixture f = prepare();
    set(&f, "insecure", "false");
    assert_all_verbs_say(&f, ARTREPO_INVALID, "set insecure: true for plain HTTP");
}

static void plain_to_a_tls_port(void **state) {
    (void)state;
    fixture f = prepare();
    set(&f, "endpoint", need("ARTREPO_TEST_S3_TLS_ENDPOINT"));
    assert_all_verbs_say(&f, ARTREPO_INVALID, "remove insecure: true");
}

static void certificate_is_not_trusted(void **state) {
    (void)state;
    fixture f = prepare();
    set(&f, "endpoint", need("ARTREPO_TEST_S3_TLS_ENDPOINT"));
    set(&f, "insecure", "false");
    assert_all_verbs_say(&f, ARTREPO_INVALID, "set caSecret");
}

static void certificates_are_no_pem(void **state) {
    (void)state;
    fixture f = prepare();
    use_tls(&f);
    set_secret(&f, "caSecret", "wrong");
    assert_all_verbs_say(&f, ARTREPO_INVALID, "they must be PEM");
}

/* ---- creating the bucket ---- */

static void bucket_is_created(void **state) {
    (void)state;
    char bucket[64];
    for (int locking = 0; locking < 2; locking++) {
        fixture f = prepare();
        snprintf(bucket, sizeof bucket, "created-%d-%d", (int)getpid(), locking);
        set(&f, "bucket", bucket);
        ar_value *options = ar_value_new(AR_VALUE_OBJECT, NULL);
        if (locking) {
            assert_true(ar_value_put_string(options, "objectLocking", "true"));
        }
        assert_true(ar_value_put(f.root, "createBucketIfNotPresent", options));
        open_fixture(&f);
        artrepo_object object;
        assert_int_equal(artrepo_driver_s3.stat(f.state, "x", &object, f.operation, NULL),
                         ARTREPO_INVALID); /* reading creates nothing */
        stream_source source = open_stream((size_t)6 << 20, 1);
        assert_ok(put_stream(&f, "x", &source, &object, error));
        assert_content(&f, "x", source.data, source.size);
        assert_ok(put_memory(&f, "y", "y", 1, &object, error));
        artrepo_source_close(&source.base);
        close_fixture(&f);
    }
}

int main(void) {
    need("ARTREPO_TEST_S3_ENDPOINT");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_secret_key),
        cmocka_unit_test(wrong_access_key),
        cmocka_unit_test(session_token_is_sent),
        cmocka_unit_test(keys_from_environment),
        cmocka_unit_test(keys_from_shared_file),
        cmocka_unit_test(no_credentials),
        cmocka_unit_test(wrong_bucket),
        cmocka_unit_test(wrong_region_is_corrected),
        cmocka_unit_test(virtual_hosted),
        cmocka_unit_test(endpoint_with_scheme),
        cmocka_unit_test(server_is_not_there),
        cmocka_unit_test(tls_to_a_plain_port),
        cmocka_unit_test(plain_to_a_tls_port),
        cmocka_unit_test(certificate_is_not_trusted),
        cmocka_unit_test(certificates_are_no_pem),
        cmocka_unit_test(bucket_is_created),
    };
    return cmocka_run_group_tests(tests, make_secrets, remove_secrets);
}
