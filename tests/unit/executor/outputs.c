/* The outputs as Argo reports them: artifacts as the template gave them, with their locations. */
#include "unit/support.h"

#include <artrepo/executor.h>

#include "executor/outputs.h"

static artrepo_artifact *artifact_of(const char *text) {
    artrepo_artifact *made = NULL;
    assert_ok(artrepo_artifact_parse(text, strlen(text), "a", NULL, &made, error));
    return made;
}

static artrepo_configuration *repository_of(const char *text) {
    artrepo_configuration *made = NULL;
    assert_ok(artrepo_configuration_parse(text, strlen(text), "r", NULL, NULL, &made, error));
    return made;
}

/* What is reported of ARTIFACT when it is saved in REPOSITORY. */
static void reports(const char *repository, const char *artifact, const char *wanted) {
    artrepo_configuration *configuration = repository_of(repository);
    artrepo_artifact *made = artifact_of(artifact);
    artrepo_location *location = NULL;
    artrepo_outputs *outputs = ar_outputs_new();
    artrepo_variables *variables = artrepo_variables_new();
    char *text = NULL, *whole = NULL;
    assert_ok(artrepo_variables_set(variables, "workflow.name", "wf", error));
    assert_ok(artrepo_configuration_locate(configuration, made, variables, &location, error));
    assert_ok(ar_outputs_add(outputs, made, location, error));
    assert_int_equal(artrepo_outputs_count(outputs), 1);
    assert_ok(artrepo_artifact_to_json(artrepo_outputs_artifact(outputs, 0), &text, error));
    assert_string_equal(text, wanted);
    assert_ok(artrepo_outputs_to_json(outputs, &whole, error));
    assert_non_null(strstr(whole, wanted));
    free(text);
    free(whole);
    artrepo_variables_free(variables);
    artrepo_outputs_free(outputs);
    artrepo_location_free(location);
    artrepo_artifact_free(made);
    artrepo_configuration_free(configuration);
}

#define S3 "s3: {endpoint: e, bucket: b, keyFormat: '{{workflow.name}}/pod'}"

static void test_a_key_from_the_archive_location(void **state) {
    (void)state;
    reports(S3, "{name: out, path: /tmp//file, archive: {none: {}}}",
            "{\"name\":\"out\",\"path\":\"/tmp/file\",\"s3\":{\"key\":\"wf/pod/file\"},"
            "\"archive\":{\"none\":{}}}");
    reports("gcs: {bucket: b, keyFormat: k}", "{name: out, path: /x}",
            "{\"name\":\"out\",\"path\":\"/x\",\"gcs\":{\"key\":\"k/out.tgz\"}}");
    reports("azure: {endpoint: e, container: c, blobNameFormat: k}", "{name: out, path: /x}",
            "{\"name\":\"out\",\"path\":\"/x\",\"azure\":{\"blob\":\"k/out.tgz\"}}");
    reports("artifactory: {repoURL: 'http://h/repo', keyFormat: k}", "{name: out, path: /x}",
            "{\"name\":\"out\",\"path\":\"/x\",\"artifactory\":{\"url\":\"/repo/k/out.tgz\"}}");
}

static void test_a_key_of_its_own(void **state) {
    (void)state;
    reports(S3, "{name: out, path: /x, s3: {key: 'a/{{workflow.name}}/{{unknown}}'}}",
            "{\"name\":\"out\",\"path\":\"/x\",\"s3\":{\"key\":\"a/wf/{{unknown}}\"}}");
    reports(S3, "{name: out, path: /x, gcs: {key: k}}",
            "{\"name\":\"out\",\"path\":\"/x\",\"gcs\":{\"key\":\"k\"}}");
}

static void test_a_location_of_its_own(void **state) {
    (void)state;
    reports(
        S3,
        "{name: out, path: /x, s3: {endpoint: o, bucket: c, insecure: true, key: k,\n"
        "  accessKeySecret: {name: sec, key: a}}}",
        "{\"name\":\"out\",\"path\":\"/x\",\"s3\":{\"endpoint\":\"o\",\"bucket\":\"c\","
        "\"insecure\":true,\"accessKeySecret\":{\"name\":\"sec\",\"key\":\"a\"},\"key\":\"k\"}}");
}

static void test_a_bucket_without_a_key_is_not_its_own(void **state) {
    (void)state;
    reports(S3, "{name: out, path: /x, s3: {endpoint: o, bucket: c}}",
            "{\"name\":\"out\",\"path\":\"/x\",\"s3\":{\"key\":\"wf/pod/out.tgz\"}}");
}

static void test_fields_that_pass_through(void **state) {
    (void)state;
    reports(
        S3,
        "{name: out, path: /x, mode: 0644, recurseMode: true, optional: true, globalName: g,\n"
        "  subPath: s, from: f, fromExpression: e, deleted: false, artifactGC: {strategy: "
        "Never},\n  archive: {tar: {compressionLevel: 0}}, unknown: 1}",
        "{\"name\":\"out\",\"path\":\"/x\",\"mode\":420,\"from\":\"f\","
        "\"s3\":{\"key\":\"wf/pod/out.tgz\"},\"globalName\":\"g\","
        "\"archive\":{\"tar\":{\"compressionLevel\":0}},\"optional\":true,\"subPath\":\"s\","
        "\"recurseMode\":true,\"fromExpression\":\"e\",\"artifactGC\":{\"strategy\":\"Never\"}}");
}

static void test_what_calls_have_set(void **state) {
    (void)state;
    static const struct {
        artrepo_archive_strategy strategy;
        const char *json;
    } cases[] = {
        {{ARTREPO_ARCHIVE_NONE, ARTREPO_COMPRESSION_GZIP, ARTREPO_LEVEL_DEFAULT, false},
         "\"archive\":{\"none\":{}}"},
        {{ARTREPO_ARCHIVE_ZIP, ARTREPO_COMPRESSION_GZIP, ARTREPO_LEVEL_DEFAULT, false},
         "\"archive\":{\"zip\":{}}"},
        {{ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_GZIP, 9, false},
         "\"archive\":{\"tar\":{\"compressionLevel\":9}}"},
        {{ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_ZSTD, ARTREPO_LEVEL_DEFAULT, true},
         "\"archive\":{\"tar\":{\"compression\":\"zstd\",\"longDistance\":true}}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        artrepo_artifact *made = artifact_of("{name: a, path: /x, archive: {tar: {}}}");
        char *text = NULL;
        artrepo_artifact_set_strategy(made, &cases[i].strategy);
        assert_ok(artrepo_artifact_to_json(made, &text, error));
        assert_non_null(strstr(text, cases[i].json));
        assert_null(strstr(text, "\"tar\":{}"));
        free(text);
        artrepo_artifact_free(made);
    }
}

static void test_text_that_is_not_utf8(void **state) {
    (void)state;
    artrepo_artifact *made = NULL;
    char *text = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(artrepo_artifact_new("a", "/tmp/\xff", &made, NULL), ARTREPO_OK);
    assert_int_equal(artrepo_artifact_to_json(made, &text, &error), ARTREPO_INVALID);
    assert_null(text);
    artrepo_artifact_free(made);
}

static void test_none(void **state) {
    (void)state;
    artrepo_outputs *outputs = ar_outputs_new();
    char *text = NULL;
    assert_ok(artrepo_outputs_to_json(outputs, &text, error));
    assert_string_equal(text, "{\"outputs\":{\"artifacts\":[]}}");
    free(text);
    artrepo_outputs_free(outputs);
    artrepo_outputs_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_from_the_archive_location),
        cmocka_unit_test(test_a_key_of_its_own),
        cmocka_unit_test(test_a_location_of_its_own),
        cmocka_unit_test(test_a_bucket_without_a_key_is_not_its_own),
        cmocka_unit_test(test_fields_that_pass_through),
        cmocka_unit_test(test_what_calls_have_set),
        cmocka_unit_test(test_text_that_is_not_utf8),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
