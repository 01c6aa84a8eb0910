#include "unit/base/unit.h"

#include "base/settings.h"

static ar_value *make_settings(const char *secret, const char *key) {
    ar_value *root = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value *selector = ar_value_new(AR_VALUE_OBJECT, NULL);
    assert_true(ar_value_put_string(selector, "name", secret));
    assert_true(ar_value_put_string(selector, "key", key));
    assert_true(ar_value_put_string(root, "bucket", "b"));
    assert_true(ar_value_put(root, "insecure", ar_value_new(AR_VALUE_BOOL, "true")));
    assert_true(ar_value_put(root, "empty", ar_value_new(AR_VALUE_NULL, NULL)));
    assert_true(ar_value_put(root, "accessKeySecret", selector));
    return root;
}

static void settings_are_read_by_name(void **state) {
    (void)state;
    ar_value *root = make_settings("cred", "accesskey");
    artrepo_driver_settings settings = {root, "s3", "/nowhere"};
    assert_string_equal(artrepo_driver_settings_get(&settings, "bucket"), "b");
    assert_string_equal(artrepo_driver_settings_get(&settings, "accessKeySecret.name"), "cred");
    assert_null(artrepo_driver_settings_get(&settings, "region"));
    assert_null(artrepo_driver_settings_get(&settings, "empty"));
    assert_true(artrepo_driver_settings_get_bool(&settings, "insecure", false));
    assert_false(artrepo_driver_settings_get_bool(&settings, "absent", false));
    assert_true(artrepo_driver_settings_get_bool(&settings, "absent", true));
    assert_true(artrepo_driver_settings_has(&settings, "accessKeySecret"));
    assert_false(artrepo_driver_settings_has(&settings, "empty"));
    assert_false(artrepo_driver_settings_has(&settings, "absent"));
    ar_value_free(root);
}

static void secrets_are_read_late(void **state) {
    ar_value *root = make_settings("cred", "accesskey");
    artrepo_driver_settings settings = {root, "s3", *state};
    artrepo_secret secret;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_code(artrepo_driver_settings_secret(&settings, "accessKeySecret", &secret, &error),
                ARTREPO_NOT_FOUND, error);
    assert_contains(error.message, "secret s3.accessKeySecret");
    assert_contains(error.message, test_path(*state, "cred/accesskey"));
    assert_null(secret.data);
    assert_int_equal(mkdir(test_path(*state, "cred"), 0700), 0);
    write_test_file(test_path(*state, "cred/accesskey"), " key\n");
    assert_ok(artrepo_driver_settings_secret(&settings, "accessKeySecret", &secret, &error), error);
    assert_int_equal(secret.size, 5);
    assert_string_equal(secret.data, " key\n");
    artrepo_secret_clear(&secret);
    assert_null(secret.data);
    assert_ok(artrepo_driver_settings_secret(&settings, "absent", &secret, &error), error);
    assert_null(secret.data);
    artrepo_secret_clear(&secret);
    ar_value_free(root);
}

static void selectors_cannot_leave_the_directory(void **state) {
    static const struct {
        const char *name, *key;
    } cases[] = {{"..", "passwd"}, {"cred", "../x"}, {"cred", ".."}, {"a/b", "k"},
                 {"", "k"},        {"cred", ""},     {".", "k"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ar_value *root = make_settings(cases[i].name, cases[i].key);
        artrepo_driver_settings settings = {root, "s3", *state};
        artrepo_secret secret;
        artrepo_error error = ARTREPO_ERROR_INIT;
        assert_code(artrepo_driver_settings_secret(&settings, "accessKeySecret", &secret, &error),
                    ARTREPO_INVALID, error);
        assert_contains(error.message, "s3.accessKeySecret");
        ar_value_free(root);
    }
    ar_value *root = make_settings("a", "b");
    artrepo_driver_settings settings = {root, "s3", *state};
    artrepo_secret secret;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_code(artrepo_driver_settings_secret(&settings, "bucket", &secret, &error),
                ARTREPO_INVALID, error);
    ar_value_free(root);
}

#define IN_DIRECTORY(test)                                                                         \
    cmocka_unit_test_setup_teardown(test, make_test_directory, remove_test_directory)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_are_read_by_name),
        IN_DIRECTORY(secrets_are_read_late),
        IN_DIRECTORY(selectors_cannot_leave_the_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
