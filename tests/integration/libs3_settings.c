/* What the libs3 driver does with settings, before it talks to anybody. */
#include "libs3_fixture.h"

#include "libs3/compat.h"

static int setup(void **state) {
    (void)state;
    make_secrets("access-key", "secret-key");
    return 0;
}

static fixture prepared(void) {
    return prepare(libs3_driver(), "store.example.com:9000");
}

static void assert_refused(fixture *f, artrepo_code code, const char *words) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(try_open(f, &error), code);
    assert_says(&error, code, words);
    assert_null(strchr(error.message, '\n'));
    close_fixture(f);
}

static void the_plugin_names_itself(void **state) {
    (void)state;
    const artrepo_driver *driver = libs3_driver();
    assert_string_equal(driver->name, "libs3");
    assert_int_equal(driver->capabilities,
                     ARTREPO_CAN_LIST | ARTREPO_CAN_REMOVE | ARTREPO_CAN_RANGE | ARTREPO_CAN_PUT);
}

static void what_libs3_can_do_is_opened(void **state) {
    (void)state;
    static const char *const styles[] = {"", "auto", "path", "virtual-hosted"};
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
        fixture f = prepared();
        set(&f, "addressingStyle", styles[i]);
        set(&f, "endpoint", i == 0 ? "http://store.example.com:9000/" : "store.example.com");
        /* Empty, as templates often leave them, is the same as absent. */
        set(&f, "region", "");
        set(&f, "roleARN", "");
        set(&f, "useSDKCreds", "false");
        set(&f, "keyFormat", "{{workflow.name}}");
        set(&f, "driver", "libs3");
        assert_ok(try_open(&f, error));
        close_fixture(&f);
    }
}

static void unsupported_settings_are_named(void **state) {
    (void)state;
    static const char *const secret_names[] = {"sessionTokenSecret", "caSecret"};
    static const char *const texts[][2] = {{"roleARN", "arn:aws:iam::1:role/x"},
                                           {"useSDKCreds", "true"},
                                           {"endpoint", "store.example.com/path"}};
    for (size_t i = 0; i < 2; i++) {
        fixture f = prepared();
        set_secret(&f, secret_names[i], "access");
        assert_refused(&f, ARTREPO_UNSUPPORTED, secret_names[i]);
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        fixture f = prepared();
        set(&f, texts[i][0], texts[i][1]);
        assert_refused(&f, ARTREPO_UNSUPPORTED, texts[i][0]);
    }
    char endpoint[400];
    memset(endpoint, 'h', sizeof endpoint);
    endpoint[sizeof endpoint - 1] = '\0';
    fixture f = prepared();
    set(&f, "endpoint", endpoint);
    assert_refused(&f, ARTREPO_UNSUPPORTED, "endpoint has 399 characters");
    f = prepared();
    assert_true(
        ar_value_put(f.root, "createBucketIfNotPresent", ar_value_new(AR_VALUE_OBJECT, NULL)));
    assert_refused(&f, ARTREPO_UNSUPPORTED, "createBucketIfNotPresent");
}

static void encryption_is_refused(void **state) {
    (void)state;
    static const char *const settings[][2] = {
        {"enableEncryption", "true"}, {"kmsKeyId", "key"}, {"kmsEncryptionContext", "{}"}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        fixture f = prepared();
        ar_value *options = ar_value_new(AR_VALUE_OBJECT, NULL);
        assert_true(ar_value_put_string(options, settings[i][0], settings[i][1]));
        assert_true(ar_value_put(f.root, "encryptionOptions", options));
        assert_refused(&f, ARTREPO_UNSUPPORTED, settings[i][0]);
    }
    fixture f = prepared();
    ar_value *options = ar_value_new(AR_VALUE_OBJECT, NULL);
    assert_true(ar_value_put_string(options, "enableEncryption", "false"));
    assert_true(ar_value_put(f.root, "encryptionOptions", options));
    assert_ok(try_open(&f, error));
    close_fixture(&f);
}

/* Certificates are checked, or TLS is not offered; regions are signed for, or refused. */
static void tls_and_region(void **state) {
    (void)state;
    fixture tls = prepared();
    set(&tls, "insecure", "false");
    fixture scheme = prepared();
    set(&scheme, "endpoint", "https://store.example.com");
    fixture region = prepared();
    set(&region, "region", "eu-west-1");
    if (AR_LIBS3_VERIFIES_TLS) {
        assert_ok(try_open(&tls, error));
        assert_ok(try_open(&scheme, error));
        assert_ok(try_open(&region, error));
        close_fixture(&tls);
        close_fixture(&scheme);
        close_fixture(&region);
    } else {
        assert_refused(&tls, ARTREPO_UNSUPPORTED, "does not support TLS (insecure: false)");
        assert_refused(&scheme, ARTREPO_UNSUPPORTED, "does not support TLS");
        assert_refused(&region, ARTREPO_UNSUPPORTED, "region");
    }
}

static void what_makes_no_sense_is_invalid(void **state) {
    (void)state;
    static const char *const settings[][2] = {{"endpoint", ""},
                                              {"endpoint", "a b"},
                                              {"endpoint", "user@host"},
                                              {"bucket", ""},
                                              {"bucket", "no/bucket"},
                                              {"bucket", "ab"},
                                              {"addressingStyle", "sideways"}};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        fixture f = prepared();
        set(&f, settings[i][0], settings[i][1]);
        assert_refused(&f, ARTREPO_INVALID, settings[i][0]);
    }
}

static void secrets_are_needed_and_checked(void **state) {
    (void)state;
    char long_secret[66];
    memset(long_secret, 'x', 65);
    long_secret[65] = '\0';
    write_secret("lines", "a\r\nx-amz-acl: public-read");
    write_secret("empty", " \n");
    write_secret("long", long_secret);
    fixture f = prepared();
    set_secret(&f, "accessKeySecret", "lines");
    assert_refused(&f, ARTREPO_INVALID, "accessKeySecret");
    f = prepared();
    set_secret(&f, "secretKeySecret", "empty");
    assert_refused(&f, ARTREPO_INVALID, "secretKeySecret");
    f = prepared();
    set_secret(&f, "secretKeySecret", "long");
    assert_refused(&f, ARTREPO_UNSUPPORTED, "secretKeySecret");
    f = prepared();
    set_secret(&f, "secretKeySecret", "absent");
    assert_refused(&f, ARTREPO_NOT_FOUND, "test/absent");
    f = (fixture){.driver = libs3_driver(), .root = ar_value_new(AR_VALUE_OBJECT, NULL)};
    set(&f, "endpoint", "store.example.com");
    set(&f, "bucket", "artifacts");
    set(&f, "insecure", "true");
    assert_refused(&f, ARTREPO_UNSUPPORTED, "needs accessKeySecret");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_plugin_names_itself),
        cmocka_unit_test(what_libs3_can_do_is_opened),
        cmocka_unit_test(unsupported_settings_are_named),
        cmocka_unit_test(encryption_is_refused),
        cmocka_unit_test(tls_and_region),
        cmocka_unit_test(what_makes_no_sense_is_invalid),
        cmocka_unit_test(secrets_are_needed_and_checked),
    };
    return cmocka_run_group_tests(tests, setup, remove_secrets);
}
