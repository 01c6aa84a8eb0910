#include "unit/repository/support.h"

#include "http/url.h"

static void urls_become_locations(void **state) {
    (void)state;
    static const struct {
        const char *url, *kind, *key, *json;
    } cases[] = {
        {"s3://bucket/a/b c+%20.tgz", "s3", "a/b c+%20.tgz",
         "{\"s3\":{\"bucket\":\"bucket\",\"key\":\"a/b c+%20.tgz\"}}"},
        {"s3://bucket//lead", "s3", "/lead", "{\"s3\":{\"bucket\":\"bucket\",\"key\":\"/lead\"}}"},
        {"s3://bucket", "s3", "", "{\"s3\":{\"bucket\":\"bucket\",\"key\":\"\"}}"},
        {"s3://bucket/", "s3", "", "{\"s3\":{\"bucket\":\"bucket\",\"key\":\"\"}}"},
        {"gs://b/dir/", "gcs", "dir/", "{\"gcs\":{\"bucket\":\"b\",\"key\":\"dir/\"}}"},
        {"file:///srv/x.tgz", "fs", "srv/x.tgz", "{\"fs\":{\"root\":\"/\",\"key\":\"srv/x.tgz\"}}"},
        {"file://localhost/srv", "fs", "srv", "{\"fs\":{\"root\":\"/\",\"key\":\"srv\"}}"},
        {"https://host:1/p/q%20r?s=t", "http", "/p/q r",
         "{\"http\":{\"url\":\"https://host:1/p/q%20r?s=t\"}}"},
        {"http://host", "http", "/", "{\"http\":{\"url\":\"http://host\"}}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        artrepo_location *location = NULL;
        artrepo_error error = ARTREPO_ERROR_INIT;
        char *json = NULL;
        assert_ok(artrepo_location_from_url(cases[i].url, &location, &error), error);
        assert_string_equal(artrepo_location_kind(location), cases[i].kind);
        assert_string_equal(artrepo_location_key(location), cases[i].key);
        assert_ok(artrepo_location_to_json(location, &json, &error), error);
        assert_string_equal(json, cases[i].json);
        free(json);
        artrepo_location_free(location);
    }
    artrepo_location_free(NULL);
}

static void other_urls_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *url, *says;
    } cases[] = {{"s3:///key", "names no bucket"},
                 {"s3://", "names no bucket"},
                 {"file://host/x", "names another machine"},
                 {"file://x", "names another machine"},
                 {"http:///p", "names no host"},
                 {"ftp://h/x", "s3://BUCKET/KEY"},
                 {"S3://b/k", "no URL of a known kind"},
                 {"a/b", "no URL of a known kind"},
                 {"", "no URL of a known kind"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        artrepo_location *location = NULL;
        artrepo_error error = ARTREPO_ERROR_INIT;
        assert_code(artrepo_location_from_url(cases[i].url, &location, &error), ARTREPO_INVALID,
                    error);
        assert_contains(error.message, cases[i].says);
        assert_null(location);
    }
}

static void keys_that_are_no_text_have_no_json(void **state) {
    (void)state;
    artrepo_location *location = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    char *json = NULL;
    assert_ok(artrepo_location_from_url("s3://b/\xff\xfe", &location, &error), error);
    assert_code(artrepo_location_to_json(location, &json, &error), ARTREPO_INVALID, error);
    assert_contains(error.message, "not UTF-8");
    artrepo_location_free(location);
}

/* Of kinds that are not ours, and with settings of every type. */
static void settings_keep_their_types(void **state) {
    (void)state;
    artrepo_configuration *configuration =
        parse_configuration("memory: {size: 0x10, weight: 2.50, most: 1e300, insecure: yes, name: "
                            "'1', none: ~, list: [~, "
                            "1.5, {a: ~, b: 2}], keyFormat: k}\n");
    artrepo_error error = ARTREPO_ERROR_INIT;
    char *json = NULL;
    assert_ok(
        artrepo_location_to_json(artrepo_configuration_location(configuration), &json, &error),
        error);
    assert_string_equal(json,
                        "{\"memory\":{\"size\":16,\"weight\":2.5,\"most\":"
                        "1.0000000000000001e300,\"insecure\":true,\"name\":\"1\",\"list\":[null,"
                        "1.5,{\"b\":2}]}}");
    free(json);
    artrepo_configuration_free(configuration);
}

static void paths_of_urls_are_as_in_go(void **state) {
    (void)state;
    static const struct {
        const char *url, *path, *put, *result;
    } cases[] = {
        {"http://h/a%20b?q#f", "/a b", "/c d", "http://h/c%20d?q#f"},
        {"http://h", "", "x", "http://h/x"},
        {"http://h?q", "", "/x", "http://h/x?q"},
        {"http://h/%c3%a9%2F%2f", "/\xc3\xa9//", "x", "http://h/x"},
        {"http://h/%zz%4", "/%zz%4", "/a+b:c@d", "http://h/a+b:c@d"},
        {"http://h/%00", "/%00", "/\xc3\xa9?#", "http://h/%C3%A9%3F%23"},
        {"repo/x", "repo/x", "y", "y"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *path = ar_url_path(cases[i].url);
        char *result = ar_url_with_path(cases[i].url, cases[i].put);
        assert_string_equal(path, cases[i].path);
        assert_string_equal(result, cases[i].result);
        free(path);
        free(result);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_become_locations),
        cmocka_unit_test(other_urls_are_refused),
        cmocka_unit_test(keys_that_are_no_text_have_no_json),
        cmocka_unit_test(settings_keep_their_types),
        cmocka_unit_test(paths_of_urls_are_as_in_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
