/* The three forms of a repository file. */
#include "unit/repository/support.h"

#define CONFIG_MAP                                                                                 \
    "apiVersion: v1\n"                                                                             \
    "kind: ConfigMap\n"                                                                            \
    "metadata:\n"                                                                                  \
    "  name: artifact-repositories\n"                                                              \
    "  annotations:\n"                                                                             \
    "    workflows.argoproj.io/default-artifact-repository: second\n"                              \
    "data:\n"                                                                                      \
    "  first: |\n"                                                                                 \
    "    s3:\n"                                                                                    \
    "      bucket: one\n"                                                                          \
    "  second: |\n"                                                                                \
    "    archiveLogs: true\n"                                                                      \
    "    gcs:\n"                                                                                   \
    "      bucket: two\n"                                                                          \
    "  wrong: |\n"                                                                                 \
    "\n"                                                                                           \
    "    s3:\n"                                                                                    \
    "      bucket: 3\n"                                                                            \
    "  broken: |\n"                                                                                \
    "    s3: [\n"                                                                                  \
    "  quoted: \"s3:\\n  bucket: 3\\n\"\n"                                                         \
    "  empty: ''\n"                                                                                \
    "  object: {s3: {}}\n"

static artrepo_code parse(const char *text, const char *ref, artrepo_configuration **configuration,
                          artrepo_error *error) {
    return artrepo_configuration_parse(text, strlen(text), "r.yaml", ref, NULL, configuration,
                                       error);
}

static void expect(const char *text, const char *ref, const char *json) {
    artrepo_configuration *configuration = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    char *made = NULL;
    assert_ok(parse(text, ref, &configuration, &error), error);
    assert_ok(
        artrepo_location_to_json(artrepo_configuration_location(configuration), &made, &error),
        error);
    assert_string_equal(made, json);
    free(made);
    artrepo_configuration_free(configuration);
}

static void expect_error(const char *text, const char *ref, const char *says) {
    artrepo_configuration *configuration = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_code(parse(text, ref, &configuration, &error), ARTREPO_INVALID, error);
    assert_contains(error.message, says);
}

static void all_three_forms_are_read(void **state) {
    (void)state;
    expect("s3: {bucket: b}", NULL, "{\"s3\":{\"bucket\":\"b\"}}");
    expect("namespace: argo\nartifactRepository:\n  s3: {bucket: b}\nmetricsConfig: {path: /m}\n",
           NULL, "{\"s3\":{\"bucket\":\"b\"}}");
    expect(CONFIG_MAP, NULL, "{\"gcs\":{\"bucket\":\"two\"}}");
    expect(CONFIG_MAP, "first", "{\"s3\":{\"bucket\":\"one\"}}");
    expect("{\"s3\": {\"bucket\": \"b\", \"insecure\": true}}", NULL,
           "{\"s3\":{\"bucket\":\"b\",\"insecure\":true}}");
}

static void the_controllers_own_config_map_is_read_too(void **state) {
    (void)state;
    expect("kind: ConfigMap\napiVersion: v1\ndata:\n  artifactRepository: |\n    s3: {bucket: b}\n",
           NULL, "{\"s3\":{\"bucket\":\"b\"}}");
    expect("kind: ConfigMap\napiVersion: v1\ndata:\n  config: |\n    artifactRepository:\n"
           "      s3: {bucket: b}\n",
           NULL, "{\"s3\":{\"bucket\":\"b\"}}");
}

static void places_inside_texts_are_those_of_the_file(void **state) {
    (void)state;
    expect_error(CONFIG_MAP, "wrong", "r.yaml:18:15: field 's3.bucket' must be a string");
    expect_error(CONFIG_MAP, "broken", "r.yaml:21:5: ");
    expect_error(CONFIG_MAP, "quoted", "r.yaml:21:11: field 's3.bucket' must be a string");
}

static void what_is_not_there_is_told_with_what_is(void **state) {
    (void)state;
    expect_error(CONFIG_MAP, "third",
                 "the ConfigMap has no repository 'third'; it has: first, second, wrong");
    expect_error("data: {a: '', b: ''}", NULL,
                 "has no annotation workflows.argoproj.io/default-artifact-repository; name one of "
                 "its repositories: a, b");
    expect_error("data: {}", NULL, "name one of its repositories: none");
    expect_error(CONFIG_MAP, "empty", "no repository in 'data.empty'");
    expect_error(CONFIG_MAP, "object", "field 'data.object' must be a text");
    expect_error("s3: {bucket: b}", "first", "no repository 'first' here: only a ConfigMap");
    expect_error("artifactRepository: s3", NULL, "field 'artifactRepository' must be an object");
    expect_error("apiVersion: v1\nkind: Secret\nmetadata: {}\n", NULL, "a Secret without 'data:'");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_three_forms_are_read),
        cmocka_unit_test(the_controllers_own_config_map_is_read_too),
        cmocka_unit_test(places_inside_texts_are_those_of_the_file),
        cmocka_unit_test(what_is_not_there_is_told_with_what_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
