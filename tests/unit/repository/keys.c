/* Every case of keys.json: what the reference made of a repository, an artifact and variables. */
#include "unit/repository/support.h"

#include <jansson.h>

static json_t *read_cases(const char *name) {
    json_error_t error;
    json_t *cases = json_load_file(test_path(TEST_DATA, name), 0, &error);
    if (cases == NULL) {
        fail_msg("%s: %s", error.source, error.text);
    }
    return cases;
}

static const char *text_of(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    assert_non_null(text);
    return text;
}

static artrepo_variables *make_variables(const json_t *values) {
    artrepo_variables *variables = artrepo_variables_new();
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)values, name, value) {
        assert_int_equal(artrepo_variables_set(variables, name, json_string_value(value), NULL),
                         ARTREPO_OK);
    }
    return variables;
}

static void expect_location(const artrepo_location *location, const json_t *expected) {
    char *text = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_location_to_json(location, &text, &error), error);
    json_t *made = json_loads(text, 0, NULL);
    if (!json_equal(made, expected)) {
        char *wanted = json_dumps(expected, 0);
        fail_msg("made %s, not %s", text, wanted);
    }
    json_decref(made);
    free(text);
}

static void expect_made(const json_t *expect, const artrepo_configuration *configuration,
                        const artrepo_artifact *artifact, const artrepo_variables *variables) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_location *location = NULL;
    char *file_name = NULL;
    assert_ok(artrepo_configuration_locate(configuration, artifact, variables, &location, &error),
              error);
    assert_string_equal(artrepo_location_key(location), text_of(expect, "key"));
    expect_location(location, json_object_get(expect, "location"));
    assert_ok(artrepo_artifact_file_name(artifact, &file_name, &error), error);
    assert_string_equal(file_name, text_of(expect, "fileName"));
    free(file_name);
    artrepo_location_free(location);
}

static void run_case(const json_t *one) {
    const json_t *expect = json_object_get(one, "expect");
    const char *artifact_text = text_of(one, "artifact");
    artrepo_configuration *configuration = parse_configuration(text_of(one, "repository"));
    artrepo_variables *variables = make_variables(json_object_get(one, "variables"));
    artrepo_artifact *artifact = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code = artrepo_artifact_parse(artifact_text, strlen(artifact_text),
                                               "artifact.yaml", NULL, &artifact, &error);
    if (json_object_get(expect, "error") != NULL) {
        assert_int_equal(code, ARTREPO_INVALID);
        assert_string_equal(error.message, text_of(expect, "error"));
    } else {
        assert_int_equal(code, ARTREPO_OK);
        expect_made(expect, configuration, artifact, variables);
    }
    artrepo_artifact_free(artifact);
    artrepo_variables_free(variables);
    artrepo_configuration_free(configuration);
}

static void every_case_is_as_the_reference_made_it(void **state) {
    (void)state;
    json_t *cases = read_cases("keys.json");
    size_t i;
    json_t *one;
    json_array_foreach(cases, i, one) {
        print_message("%s\n", text_of(one, "name"));
        run_case(one);
    }
    assert_true(json_array_size(cases) >= 20);
    json_decref(cases);
}

/* ---- what the file of cases does not have ---- */

static char *locate(const char *repository, const char *artifact_text, artrepo_code wanted,
                    artrepo_error *error) {
    artrepo_configuration *configuration = parse_configuration(repository);
    artrepo_artifact *artifact = parse_artifact(artifact_text);
    artrepo_variables *variables = artrepo_variables_new();
    artrepo_variables_set(variables, "workflow.name", "wf", NULL);
    artrepo_variables_set(variables, "pod.name", "pod", NULL);
    artrepo_location *location = NULL;
    char *json = NULL;
    artrepo_code code =
        artrepo_configuration_locate(configuration, artifact, variables, &location, error);
    if (code != wanted) {
        fail_msg("%s: %s", artrepo_code_name(code), error->message);
    }
    if (code == ARTREPO_OK) {
        assert_ok(artrepo_location_to_json(location, &json, error), *error);
    }
    artrepo_location_free(location);
    artrepo_variables_free(variables);
    artrepo_artifact_free(artifact);
    artrepo_configuration_free(configuration);
    return json;
}

static void our_kinds_and_strategies_have_keys_too(void **state) {
    (void)state;
    static const struct {
        const char *repository, *artifact, *json;
    } cases[] = {
        {"fs: {root: /srv/a}", "{name: a, path: /x}",
         "{\"fs\":{\"root\":\"/srv/a\",\"key\":\"wf/pod/a.tgz\"}}"},
        {"fs: {root: /srv/a, keyFormat: k}",
         "{name: a, path: /x, archive: {tar: {compression: zstd, compressionLevel: 19}}}",
         "{\"fs\":{\"root\":\"/srv/a\",\"key\":\"k/a.tar.zst\"}}"},
        {"fs: {root: /srv/a, keyFormat: k}",
         "{name: a, path: /x, archive: {tar: {compression: none}}}",
         "{\"fs\":{\"root\":\"/srv/a\",\"key\":\"k/a.tar\"}}"},
        {"hdfs: {addresses: ['h:1'], pathFormat: '/p/{{workflow.name}}'}", "{name: a, path: /x}",
         "{\"hdfs\":{\"addresses\":[\"h:1\"],\"path\":\"/p/wf/a.tgz\"}}"},
        {"oss: {endpoint: e, bucket: b, keyFormat: k}", "{name: a, path: /x}",
         "{\"oss\":{\"endpoint\":\"e\",\"bucket\":\"b\",\"key\":\"k/a.tgz\"}}"},
        /* a plug-in's kind */
        {"memory: {limit: 10, keyFormat: k}", "{name: a, path: /x}",
         "{\"memory\":{\"limit\":10,\"key\":\"k/a.tgz\"}}"},
        /* a key-only artifact of another kind goes where the repository is */
        {"s3: {endpoint: e, bucket: b}", "{name: a, path: /x, gcs: {key: k}}",
         "{\"s3\":{\"endpoint\":\"e\",\"bucket\":\"b\",\"key\":\"k\"}}"},
        /* tags in an artifact's own key */
        {"s3: {endpoint: e, bucket: b}", "{name: a, path: /x, s3: {key: '{{workflow.name}}/k'}}",
         "{\"s3\":{\"endpoint\":\"e\",\"bucket\":\"b\",\"key\":\"wf/k\"}}"},
        /* a template's archive location already has its key */
        {"{s3: {endpoint: e, bucket: b, key: done/key}, archiveLogs: true}", "{name: a, path: /x}",
         "{\"s3\":{\"endpoint\":\"e\",\"bucket\":\"b\",\"key\":\"done/key/a.tgz\"}}"},
        /* the artifact's own, complete without a key */
        {"s3: {endpoint: e, bucket: b}", "{name: a, path: /x, http: {url: 'http://h/p%20q?r=1'}}",
         "{\"http\":{\"url\":\"http://h/p%20q?r=1\"}}"},
        {"s3: {endpoint: e, bucket: b}", "{name: a, path: /x, raw: {data: hello}}",
         "{\"raw\":{\"data\":\"hello\"}}"},
        /* artifactory: the key is the path of a URL */
        {"artifactory: {repoURL: 'http://h/repo/', keyFormat: 'a b', usernameSecret: {name: c, "
         "key: k}}",
         "{name: a, path: /x}",
         "{\"artifactory\":{\"usernameSecret\":{\"name\":\"c\",\"key\":\"k\"},\"url\":"
         "\"http://h/repo/a%20b/a.tgz\"}}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        artrepo_error error = ARTREPO_ERROR_INIT;
        char *json = locate(cases[i].repository, cases[i].artifact, ARTREPO_OK, &error);
        assert_string_equal(json, cases[i].json);
        free(json);
    }
}

static void what_has_no_key_says_so(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    locate("fs: {root: /srv, keyFormat: '{{=sprig.now()}}'}", "{name: a, path: /x}",
           ARTREPO_UNSUPPORTED, &error);
    assert_contains(error.message, "{{=sprig.now()}}");
    locate("fs: {root: /srv}", "{name: a, archive: {none: {}}}", ARTREPO_INVALID, &error);
    assert_contains(error.message, "artifact 'a' has no path");
    locate("fs: {root: /srv}", "{name: a, path: /, archive: {none: {}}}", ARTREPO_INVALID, &error);
    locate("fs: {root: /srv}", "{name: a, path: .., archive: {none: {}}}", ARTREPO_INVALID, &error);
    assert_contains(error.message, "'..'");
    locate("fs: {root: /srv, keyFormat: 'a{{b'}", "{name: a, path: /x}", ARTREPO_INVALID, &error);
    assert_contains(error.message, "without a '}}'");
    locate("http: {url: 'http://h/x'}", "{name: a, path: /x}", ARTREPO_UNSUPPORTED, &error);
    assert_contains(error.message, "a http repository has no key format; give artifact 'a'");
    locate("raw: {data: x}", "{name: a, path: /x, s3: {key: k}}", ARTREPO_UNSUPPORTED, &error);
    assert_contains(error.message, "a raw location has no key");
}

static void a_url_is_complete(void **state) {
    (void)state;
    artrepo_configuration *configuration =
        parse_configuration("s3: {endpoint: e, bucket: b, keyFormat: 'f'}");
    artrepo_artifact *artifact = parse_artifact("{name: a, path: /x}");
    artrepo_variables *variables = artrepo_variables_new();
    static const struct {
        const char *url, *key;
    } cases[] = {{"s3://other/a/{{workflow.name}}/b%20c", "a/{{workflow.name}}/b%20c"},
                 {"s3://other", "f/a.tgz"}};
    for (size_t i = 0; i < 2; i++) {
        artrepo_error error = ARTREPO_ERROR_INIT;
        artrepo_location *own = NULL;
        artrepo_location *location = NULL;
        assert_ok(artrepo_location_from_url(cases[i].url, &own, &error), error);
        artrepo_artifact_set_location(artifact, own);
        assert_ok(
            artrepo_configuration_locate(configuration, artifact, variables, &location, &error),
            error);
        assert_string_equal(artrepo_location_key(location), cases[i].key);
        char *json = NULL;
        assert_ok(artrepo_location_to_json(location, &json, &error), error);
        assert_contains(json, "\"bucket\":\"other\"");
        free(json);
        artrepo_location_free(location);
    }
    artrepo_location *location = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_configuration_locate(NULL, artifact, variables, &location, &error), error);
    artrepo_location_free(location);
    artrepo_artifact_set_location(artifact, NULL);
    assert_code(artrepo_configuration_locate(NULL, artifact, variables, &location, &error),
                ARTREPO_INVALID, error);
    artrepo_variables_free(variables);
    artrepo_artifact_free(artifact);
    artrepo_configuration_free(configuration);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_case_is_as_the_reference_made_it),
        cmocka_unit_test(our_kinds_and_strategies_have_keys_too),
        cmocka_unit_test(what_has_no_key_says_so),
        cmocka_unit_test(a_url_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
