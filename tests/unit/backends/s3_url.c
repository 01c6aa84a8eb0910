#include "unit/support.h"

#include "base/settings.h"
#include "remote/percent.h"
#include "s3/url.h"

static void encoding(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"a/b.c-d_e~f", "a/b.c-d_e~f"},
        {"with space+plus%41", "with%20space%2Bplus%2541"},
        {"/lead//../x", "/lead//../x"},
        {"\xc3\xa4\xf0\x9f\x98\x80", "%C3%A4%F0%9F%98%80"},
        {"!*'();:@&=$,?#[]\"<>\\^`{|}", "%21%2A%27%28%29%3B%3A%40%26%3D%24%2C%3F%23%5B%5D%22%3C%3E"
                                        "%5C%5E%60%7B%7C%7D"},
        {"\x01\x7f\xff\n", "%01%7F%FF%0A"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ar_buffer out = AR_BUFFER_INIT;
        assert_true(ar_percent_encode(&out, cases[i][0], true));
        assert_string_equal(out.data, cases[i][1]);
        ar_s3_url_decode(out.data);
        assert_string_equal(out.data, cases[i][0]);
        ar_buffer_free(&out);
    }
    ar_buffer out = AR_BUFFER_INIT;
    assert_true(ar_percent_encode(&out, "a/b", false));
    assert_string_equal(out.data, "a%2Fb");
    ar_buffer_free(&out);
}

static void decoding(void **state) {
    (void)state;
    char text[] = "a+b%2bc%zz%4%00%";
    ar_s3_url_decode(text);
    assert_string_equal(text, "a b+c%zz%4%00%");
}

static void dns_names(void **state) {
    (void)state;
    static const char *const good[] = {"abc", "my-bucket-1", "123"};
    static const char *const bad[] = {"ab", "My", "Bucket", "a.b.c", "a_b", "-abc", "abc-", ""};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(ar_s3_bucket_is_dns_name(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(ar_s3_bucket_is_dns_name(bad[i]));
    }
}

/* Where a request goes, by the settings. */
typedef struct address_case {
    const char *endpoint, *bucket, *region, *style, *insecure;
    const char *url;       /* of key "a b" */
    const char *signs_for; /* the region; NULL: us-east-1 */
} address_case;

static void addresses(void **state) {
    (void)state;
    static const address_case cases[] = {
        {NULL, "bucket", NULL, NULL, NULL, "https://bucket.s3.amazonaws.com/a%20b", NULL},
        {NULL, "bucket", "eu-west-1", NULL, NULL, "https://bucket.s3.eu-west-1.amazonaws.com/a%20b",
         "eu-west-1"},
        {NULL, "bucket", "cn-north-1", NULL, NULL,
         "https://bucket.s3.cn-north-1.amazonaws.com.cn/a%20b", "cn-north-1"},
        {"s3.amazonaws.com", "bucket", "eu-west-1", "", NULL,
         "https://bucket.s3.eu-west-1.amazonaws.com/a%20b", "eu-west-1"},
        {"s3.us-east-1.amazonaws.com", "bucket", NULL, NULL, NULL,
         "https://bucket.s3.us-east-1.amazonaws.com/a%20b", NULL},
        {"s3.us-west-2.amazonaws.com", "bucket", NULL, NULL, NULL,
         "https://bucket.s3.us-west-2.amazonaws.com/a%20b", "us-west-2"},
        {"https://s3.us-west-2.amazonaws.com:443/", "bucket", NULL, NULL, NULL,
         "https://bucket.s3.us-west-2.amazonaws.com/a%20b", "us-west-2"},
        {"s3-us-west-2.amazonaws.com", "bucket", NULL, NULL, NULL,
         "https://bucket.s3.us-west-2.amazonaws.com/a%20b", "us-west-2"},
        {"s3-external-1.amazonaws.com", "bucket", NULL, NULL, NULL,
         "https://bucket.s3.us-east-1.amazonaws.com/a%20b", NULL},
        {"s3.cn-north-1.amazonaws.com.cn", "bucket", NULL, NULL, NULL,
         "https://bucket.s3.cn-north-1.amazonaws.com.cn/a%20b", "cn-north-1"},
        {"s3.dualstack.us-west-2.amazonaws.com", "bucket", NULL, NULL, NULL,
         "https://bucket.s3.dualstack.us-west-2.amazonaws.com/a%20b", "us-west-2"},
        {"s3.dualstack.us-west-2.amazonaws.com", "dotted.bucket", NULL, NULL, NULL,
         "https://s3.dualstack.us-west-2.amazonaws.com/dotted.bucket/a%20b", "us-west-2"},
        {"s3.dualstack.us-west-2.amazonaws.com", "bucket", NULL, "path", NULL,
         "https://s3.dualstack.us-west-2.amazonaws.com/bucket/a%20b", "us-west-2"},
        {"s3.dualstack.us-east-1.amazonaws.com", "bucket", NULL, NULL, NULL,
         "https://bucket.s3.dualstack.us-east-1.amazonaws.com/a%20b", NULL},
        {"s3.dualstack.cn-north-1.amazonaws.com.cn", "bucket", NULL, NULL, NULL,
         "https://bucket.s3.dualstack.cn-north-1.amazonaws.com.cn/a%20b", "cn-north-1"},
        {"s3-fips.us-west-2.amazonaws.com", "bucket", NULL, NULL, NULL,
         "https://bucket.s3-fips.us-west-2.amazonaws.com/a%20b", "us-west-2"},
        {"s3-fips-us-gov-west-1.amazonaws.com", "bucket", NULL, NULL, NULL,
         "https://bucket.s3-fips.us-gov-west-1.amazonaws.com/a%20b", "us-gov-west-1"},
        {"s3-fips.dualstack.us-east-2.amazonaws.com", "bucket", NULL, NULL, NULL,
         "https://bucket.s3-fips.dualstack.us-east-2.amazonaws.com/a%20b", "us-east-2"},
        {"s3-accelerate.amazonaws.com", "bucket", "eu-west-1", NULL, NULL,
         "https://bucket.s3-accelerate.amazonaws.com/a%20b", "eu-west-1"},
        {"s3-accelerate.dualstack.amazonaws.com", "bucket", "eu-west-1", "virtual-hosted", NULL,
         "https://bucket.s3-accelerate.dualstack.amazonaws.com/a%20b", "eu-west-1"},
        {"vpce-1a2b-3c.s3.eu-west-1.vpce.amazonaws.com", "bucket", NULL, NULL, NULL,
         "https://vpce-1a2b-3c.s3.eu-west-1.vpce.amazonaws.com/bucket/a%20b", "eu-west-1"},
        {"s3-website-eu-west-1.amazonaws.com", "bucket", NULL, NULL, NULL,
         "https://s3-website-eu-west-1.amazonaws.com/bucket/a%20b", NULL},
        {"s3-accesspoint.eu-west-1.amazonaws.com", "bucket", NULL, NULL, NULL,
         "https://s3-accesspoint.eu-west-1.amazonaws.com/bucket/a%20b", NULL},
        {NULL, "dotted.bucket", NULL, NULL, NULL, "https://s3.amazonaws.com/dotted.bucket/a%20b",
         NULL},
        {NULL, "Capital", NULL, NULL, NULL, "https://s3.amazonaws.com/Capital/a%20b", NULL},
        {"minio:80", "bucket", NULL, NULL, "true", "http://minio/bucket/a%20b", NULL},
        {"minio:443", "bucket", NULL, NULL, "true", "http://minio:443/bucket/a%20b", NULL},
        {NULL, "bucket", NULL, "path", NULL, "https://s3.amazonaws.com/bucket/a%20b", NULL},
        {NULL, "bucket", NULL, NULL, "true", "http://s3.amazonaws.com/bucket/a%20b", NULL},
        {"minio:9000", "bucket", NULL, NULL, "true", "http://minio:9000/bucket/a%20b", NULL},
        {"minio:9000", "bucket", NULL, "virtual-hosted", "true", "http://bucket.minio:9000/a%20b",
         NULL},
        {"gw.example.com/s3/", "bucket", NULL, NULL, NULL, "https://gw.example.com/s3/bucket/a%20b",
         NULL},
        {"http://gw.example.com:8080/a/b", "bucket", NULL, NULL, NULL,
         "http://gw.example.com:8080/a/b/bucket/a%20b", NULL},
        {"https://[::1]:9000", "bucket", NULL, NULL, "true", "https://[::1]:9000/bucket/a%20b",
         NULL},
        {"s3.amazonaws.com.evil.example", "bucket", "eu-west-1", NULL, NULL,
         "https://s3.amazonaws.com.evil.example/bucket/a%20b", "eu-west-1"},
    };
    setenv("HOME", "/nowhere", 1);
    unsetenv("AWS_CONFIG_FILE");
    unsetenv("AWS_PROFILE");
    unsetenv("AWS_ENDPOINT_URL");
    unsetenv("AWS_ENDPOINT_URL_S3");
    unsetenv("AWS_REGION");
    unsetenv("AWS_DEFAULT_REGION");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const address_case *c = &cases[i];
        const char *const settings[][2] = {{"endpoint", c->endpoint},
                                           {"bucket", c->bucket},
                                           {"region", c->region},
                                           {"addressingStyle", c->style},
                                           {"insecure", c->insecure}};
        ar_value *root = ar_value_new(AR_VALUE_OBJECT, NULL);
        for (size_t j = 0; j < 5; j++) {
            if (settings[j][1] != NULL) {
                ar_value_put_string(root, settings[j][0], settings[j][1]);
            }
        }
        struct artrepo_driver_settings driver = {root, "s3", "/nowhere"};
        ar_s3_config config = {0};
        ar_buffer url = AR_BUFFER_INIT, host = AR_BUFFER_INIT, path = AR_BUFFER_INIT;
        assert_ok(ar_s3_config_read(&driver, &config, error));
        assert_true(ar_s3_url_host(&config, config.region, &host));
        assert_true(ar_s3_url_path(&config, "a b", &path));
        assert_true(ar_buffer_printf(&url, "%s://%s%s", config.tls ? "https" : "http", host.data,
                                     path.data));
        assert_string_equal(url.data, c->url);
        assert_string_equal(config.region, c->signs_for == NULL ? "us-east-1" : c->signs_for);
        ar_buffer_free(&url);
        ar_buffer_free(&host);
        ar_buffer_free(&path);
        ar_s3_config_free(&config);
        ar_value_free(root);
    }
}

/* Once the store has said that the bucket is elsewhere. */
static void other_regions(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"s3.amazonaws.com", "s3.eu-west-1.amazonaws.com"},
        {"s3.us-east-1.amazonaws.com", "s3.eu-west-1.amazonaws.com"},
        {"s3.dualstack.us-east-1.amazonaws.com", "s3.dualstack.eu-west-1.amazonaws.com"},
        {"s3-fips.us-east-1.amazonaws.com", "s3-fips.eu-west-1.amazonaws.com"},
        {"s3-accelerate.amazonaws.com", "s3-accelerate.amazonaws.com"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ar_buffer host = AR_BUFFER_INIT;
        ar_s3_endpoint endpoint = ar_s3_endpoint_of(cases[i][0]);
        assert_true(ar_s3_endpoint_host(&endpoint, "eu-west-1", &host));
        assert_string_equal(host.data, cases[i][1]);
        ar_buffer_free(&host);
    }
}

static void accelerated_by_path(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"bucket", "path", "'bucket' is addressed by path"},
        {"dotted.bucket", "", "'dotted.bucket' cannot be part of one"},
    };
    for (size_t i = 0; i < 2; i++) {
        ar_value *root = ar_value_new(AR_VALUE_OBJECT, NULL);
        ar_value_put_string(root, "endpoint", "s3-accelerate.amazonaws.com");
        ar_value_put_string(root, "bucket", cases[i][0]);
        ar_value_put_string(root, "addressingStyle", cases[i][1]);
        struct artrepo_driver_settings driver = {root, "s3", "/nowhere"};
        ar_s3_config config = {0};
        artrepo_error failure = ARTREPO_ERROR_INIT;
        assert_int_equal(ar_s3_config_read(&driver, &config, &failure), ARTREPO_INVALID);
        assert_non_null(strstr(failure.message, cases[i][2]));
        ar_s3_config_free(&config);
        ar_value_free(root);
    }
}

static void refused_settings(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"bucket", "", "s3.bucket is missing"},
        {"bucket", "a/b", "s3.bucket 'a/b'"},
        {"bucket", "..", "s3.bucket '..'"},
        {"endpoint", "a b", "s3.endpoint 'a b'"},
        {"endpoint", "user@host", "s3.endpoint"},
        {"region", "eu/../x", "s3.region 'eu/../x'"},
        {"addressingStyle", "sideways", "s3.addressingStyle 'sideways'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ar_value *root = ar_value_new(AR_VALUE_OBJECT, NULL);
        ar_value_put_string(root, "bucket", "bucket");
        ar_value_put_string(root, "endpoint", "h");
        ar_value_put_string(root, cases[i][0], cases[i][1]);
        struct artrepo_driver_settings driver = {root, "s3", "/nowhere"};
        ar_s3_config config = {0};
        artrepo_error failure = ARTREPO_ERROR_INIT;
        assert_int_equal(ar_s3_config_read(&driver, &config, &failure), ARTREPO_INVALID);
        assert_non_null(strstr(failure.message, cases[i][2]));
        ar_s3_config_free(&config);
        ar_value_free(root);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(encoding),         cmocka_unit_test(decoding),
        cmocka_unit_test(dns_names),        cmocka_unit_test(addresses),
        cmocka_unit_test(other_regions),    cmocka_unit_test(accelerated_by_path),
        cmocka_unit_test(refused_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
