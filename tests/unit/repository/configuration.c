#include "unit/repository/support.h"

static const char full_s3[] = "archiveLogs: true\n"
                              "s3:\n"
                              "  endpoint: minio:9000\n"
                              "  bucket: b\n"
                              "  region: eu\n"
                              "  insecure: true\n"
                              "  accessKeySecret: {name: cred, key: access, optional: true}\n"
                              "  secretKeySecret: {name: cred, key: secret}\n"
                              "  sessionTokenSecret: {name: cred, key: token}\n"
                              "  roleARN: arn\n"
                              "  useSDKCreds: false\n"
                              "  createBucketIfNotPresent: {objectLocking: true}\n"
                              "  encryptionOptions:\n"
                              "    enableEncryption: true\n"
                              "    kmsKeyId: id\n"
                              "    kmsEncryptionContext: '{\"a\":\"b\"}'\n"
                              "    serverSideCustomerKeySecret: {name: cred, key: sse}\n"
                              "  caSecret: {name: ca, key: pem}\n"
                              "  addressingStyle: path\n"
                              "  keyFormat: k\n"
                              "  keyPrefix: p\n";

static artrepo_code parse(const char *text, artrepo_operation *operation,
                          artrepo_configuration **configuration, artrepo_error *error) {
    return artrepo_configuration_parse(text, strlen(text), "r.yaml", NULL, operation, configuration,
                                       error);
}

static void every_kind_has_its_fields(void **state) {
    (void)state;
    static const struct {
        const char *kind, *text;
    } cases[] = {
        {"s3", full_s3},
        {"gcs", "gcs: {bucket: b, serviceAccountKeySecret: {name: c, key: k}, keyFormat: f}"},
        {"artifactory", "artifactory: {repoURL: u, usernameSecret: {name: c, key: k}, "
                        "passwordSecret: {name: c, key: k}, keyFormat: f}"},
        {"azure", "azure: {endpoint: e, container: c, accountKeySecret: {name: c, key: k}, "
                  "useSDKCreds: true, blobNameFormat: f}"},
        {"hdfs", "hdfs: {addresses: [a, b], hdfsUser: u, force: true, pathFormat: p, "
                 "krbCCacheSecret: {name: c, key: k}, krbKeytabSecret: {name: c, key: k}, "
                 "krbUsername: u, krbRealm: r, krbConfigConfigMap: {name: c, key: k}, "
                 "krbServicePrincipalName: s, dataTransferProtection: d}"},
        {"oss", "oss: {endpoint: e, bucket: b, accessKeySecret: {name: c, key: k}, "
                "secretKeySecret: {name: c, key: k}, createBucketIfNotPresent: true, "
                "securityToken: t, useSDKCreds: false, keyFormat: f, "
                "lifecycleRule: {markInfrequentAccessAfterDays: 1, markDeletionAfterDays: 2}}"},
        {"plugin", "plugin: {name: p, configuration: c, keyFormat: f, "
                   "connectionTimeoutSeconds: 3}"},
        {"fs", "fs: {root: /srv, keyFormat: f}"},
        {"memory", "memory: {anything: [goes, {here: 1}], keyFormat: f}"},
        {"s3", "s3: {driver: libs3, special: 1, bucket: 2}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        kept_log log;
        artrepo_operation *operation = new_operation(&log, ARTREPO_LOG_INFO);
        artrepo_configuration *configuration = NULL;
        artrepo_error error = ARTREPO_ERROR_INIT;
        assert_ok(parse(cases[i].text, operation, &configuration, &error), error);
        assert_string_equal(artrepo_configuration_kind(configuration), cases[i].kind);
        assert_string_equal(log.text, ""); /* all fields are known */
        assert_int_equal(artrepo_configuration_archive_logs(configuration), i == 0);
        artrepo_configuration_free(configuration);
        artrepo_operation_free(operation);
    }
}

static void drivers_do_not_see_the_key_scheme(void **state) {
    (void)state;
    artrepo_configuration *configuration =
        parse_configuration("s3: {bucket: b, keyFormat: f, keyPrefix: p}");
    const artrepo_location *location = artrepo_configuration_location(configuration);
    char *json = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_null(artrepo_location_key(location));
    assert_ok(artrepo_location_to_json(location, &json, &error), error);
    assert_string_equal(json, "{\"s3\":{\"bucket\":\"b\"}}");
    free(json);
    artrepo_configuration_free(configuration);
    artrepo_configuration_free(NULL);
}

static void add_setting(void *data, const char *name, const char *value, int line) {
    char *text = data;
    snprintf(text + strlen(text), 4096 - strlen(text), "%d %s=%s\n", line, name, value);
}

static void expect_settings(const char *text, const char *wanted) {
    char settings[4096] = "";
    artrepo_configuration *configuration = parse_configuration(text);
    artrepo_configuration_each(configuration, add_setting, settings);
    assert_string_equal(settings, wanted);
    artrepo_configuration_free(configuration);
}

static void every_setting_is_shown_and_no_secret(void **state) {
    (void)state;
    expect_settings(full_s3, "1 archiveLogs=true\n"
                             "3 s3.endpoint=minio:9000\n"
                             "4 s3.bucket=b\n"
                             "5 s3.region=eu\n"
                             "6 s3.insecure=true\n"
                             "7 s3.accessKeySecret=cred/access\n"
                             "8 s3.secretKeySecret=cred/secret\n"
                             "9 s3.sessionTokenSecret=cred/token\n"
                             "10 s3.roleARN=arn\n"
                             "11 s3.useSDKCreds=false\n"
                             "12 s3.createBucketIfNotPresent.objectLocking=true\n"
                             "14 s3.encryptionOptions.enableEncryption=true\n"
                             "15 s3.encryptionOptions.kmsKeyId=id\n"
                             "16 s3.encryptionOptions.kmsEncryptionContext={\"a\":\"b\"}\n"
                             "17 s3.encryptionOptions.serverSideCustomerKeySecret=cred/sse\n"
                             "18 s3.caSecret=ca/pem\n"
                             "19 s3.addressingStyle=path\n"
                             "20 s3.keyFormat=k\n"
                             "21 s3.keyPrefix=p\n");
    expect_settings("oss:\n  bucket: b\n  securityToken: precious\n",
                    "0 archiveLogs=false\n"
                    "2 oss.bucket=b\n"
                    "3 oss.securityToken=(hidden)\n"
                    "0 oss.keyFormat={{workflow.name}}/{{pod.name}}\n");
    expect_settings("mystore:\n  apiToken: precious\n  password: precious\n  hosts: [a, b]\n",
                    "0 archiveLogs=false\n"
                    "2 mystore.apiToken=(hidden)\n"
                    "3 mystore.password=(hidden)\n"
                    "4 mystore.hosts[0]=a\n"
                    "4 mystore.hosts[1]=b\n"
                    "0 mystore.keyFormat={{workflow.name}}/{{pod.name}}\n");
    expect_settings("mystore:\n  url: 'https://me:precious@host/a@b'\n  other: a@b://c/d@e\n",
                    "0 archiveLogs=false\n"
                    "2 mystore.url=https://(hidden)@host/a@b\n"
                    "3 mystore.other=a@b://c/d@e\n"
                    "0 mystore.keyFormat={{workflow.name}}/{{pod.name}}\n");
    expect_settings("mystore: {url: 'https://me@host/x?sig=precious#y', other: 'x://h/?a'}",
                    "0 archiveLogs=false\n"
                    "1 mystore.url=https://(hidden)@host/x?(hidden)\n"
                    "1 mystore.other=x://h/?(hidden)\n"
                    "0 mystore.keyFormat={{workflow.name}}/{{pod.name}}\n");
    expect_settings("s3: {keyPrefix: p}", "0 archiveLogs=false\n"
                                          "1 s3.keyPrefix=p\n"
                                          "0 s3.keyFormat=p/{{workflow.name}}/{{pod.name}}\n");
    expect_settings("artifactory: {repoURL: 'http://h/r'}",
                    "0 archiveLogs=false\n"
                    "1 artifactory.repoURL=http://h/r\n"
                    "0 artifactory.keyFormat={{workflow.name}}/{{pod.name}}\n");
}

static void wrong_types_are_errors_with_their_place(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"s3:\n  bucket: 123\n",
         "r.yaml:2:11: field 's3.bucket' must be a string, not a number (quote it)"},
        {"s3:\n  bucket: no\n",
         "r.yaml:2:11: field 's3.bucket' must be a string, not a boolean (quote it)"},
        {"s3:\n  bucket: [b]\n", "r.yaml:2:3: field 's3.bucket' must be a string, not a list"},
        {"s3:\n  insecure: 'true'\n",
         "r.yaml:2:13: field 's3.insecure' must be true or false, not a string"},
        {"s3:\n  accessKeySecret: AKIA\n",
         "r.yaml:2:20: field 's3.accessKeySecret' must be a selector {name: SECRET, key: KEY}, "
         "not a string"},
        {"s3:\n  accessKeySecret:\n    name: 1\n",
         "r.yaml:3:11: field 's3.accessKeySecret.name' must be a string"},
        {"s3:\n  encryptionOptions: {kmsKeyId: 1}\n",
         "field 's3.encryptionOptions.kmsKeyId' must be a string"},
        {"s3: b\n", "r.yaml:1:5: field 's3' must be an object, not a string"},
        {"archiveLogs: 'x'\ns3: {}\n", "r.yaml:1:14: field 'archiveLogs' must be true or false"},
        {"hdfs: {addresses: a}\n", "field 'hdfs.addresses' must be a list, not a string"},
        {"hdfs: {addresses: [1]}\n", "field 'hdfs.addresses[0]' must be a string"},
        {"memory: {keyFormat: 1}\n", "field 'memory.keyFormat' must be a string"},
        {"s3: {driver: x, keyFormat: 1}\n", "field 's3.keyFormat' must be a string"},
        {"{}\n", "no repository here"},
        {"archiveLogs: true\n", "no repository here"},
        {"", "r.yaml: no repository here"},
        {"just text\n", "r.yaml:1:1: no repository here"},
        {"s3: [\n", "r.yaml:2:1: "},
        {"one: {}\ntwo: {}\n", "no repository here"},
        {"s3: {bucket: a, bucket: b}\n", "field 'bucket' is there twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        artrepo_configuration *configuration = NULL;
        artrepo_error error = ARTREPO_ERROR_INIT;
        print_message("%s", cases[i].text);
        assert_code(parse(cases[i].text, NULL, &configuration, &error), ARTREPO_INVALID, error);
        assert_contains(error.message, cases[i].says);
        assert_null(configuration);
    }
}

static void unknown_and_ignored_fields_are_warnings(void **state) {
    (void)state;
    kept_log log;
    artrepo_operation *operation = new_operation(&log, ARTREPO_LOG_INFO);
    artrepo_configuration *configuration = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(parse("s3:\n"
                    "  Bucket: b\n"
                    "  encryptionOptions:\n"
                    "    kms: x\n"
                    "  nested:\n"
                    "    deep: 1\n"
                    "gcs: {bucket: g}\n"
                    "hdfs: null\n"
                    "extra: 1\n",
                    operation, &configuration, &error),
              error);
    assert_string_equal(artrepo_configuration_kind(configuration), "gcs");
    assert_string_equal(log.text, "several repositories are set used=gcs ignored=s3 file=r.yaml\n"
                                  "unknown field field=extra file=r.yaml line=9\n");
    artrepo_configuration_free(configuration);
    artrepo_operation_free(operation);

    operation = new_operation(&log, ARTREPO_LOG_INFO);
    assert_ok(parse("s3:\n  Bucket: b\n  encryptionOptions:\n    kms: x\n  nested:\n    deep: 1\n",
                    operation, &configuration, &error),
              error);
    assert_string_equal(log.text,
                        "unknown field field=s3.Bucket file=r.yaml line=2 did you mean=bucket\n"
                        "unknown field field=s3.encryptionOptions.kms file=r.yaml line=4\n"
                        "unknown field field=s3.nested file=r.yaml line=5\n");
    artrepo_configuration_free(configuration);
    artrepo_operation_free(operation);
}

static void several_kinds_have_an_order(void **state) {
    (void)state;
    static const char *const order[] = {"artifactory", "azure",  "gcs", "hdfs",
                                        "oss",         "plugin", "s3",  "fs"};
    for (size_t i = 0; i < 8; i++) {
        char text[512] = "";
        for (size_t j = 8; j-- > i;) {
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s: {}\n", order[j]);
        }
        artrepo_configuration *configuration = parse_configuration(text);
        assert_string_equal(artrepo_configuration_kind(configuration), order[i]);
        artrepo_configuration_free(configuration);
    }
}

static void files_are_read(void **state) {
    const char *path = test_path(*state, "r.yaml");
    artrepo_configuration *configuration = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_code(artrepo_configuration_read(path, NULL, NULL, &configuration, &error),
                ARTREPO_NOT_FOUND, error);
    assert_contains(error.message, path);
    write_test_file(path, "s3:\n  bucket: 1\n");
    assert_code(artrepo_configuration_read(path, NULL, NULL, &configuration, &error),
                ARTREPO_INVALID, error);
    assert_contains(error.message, "r.yaml:2:11: field 's3.bucket'");
    write_test_file(path, "fs: {root: /srv}\n");
    assert_ok(artrepo_configuration_read(path, NULL, NULL, &configuration, &error), error);
    assert_string_equal(artrepo_configuration_kind(configuration), "fs");
    artrepo_configuration_free(configuration);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_its_fields),
        cmocka_unit_test(drivers_do_not_see_the_key_scheme),
        cmocka_unit_test(every_setting_is_shown_and_no_secret),
        cmocka_unit_test(wrong_types_are_errors_with_their_place),
        cmocka_unit_test(unknown_and_ignored_fields_are_warnings),
        cmocka_unit_test(several_kinds_have_an_order),
        cmocka_unit_test_setup_teardown(files_are_read, make_test_directory, remove_test_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
