/* Templates: what is read of them, what is refused, and on which volume a path lies. */
#include "unit/support.h"

#include <artrepo/template.h>

#include "executor/template.h"

static artrepo_code parse(const char *text, artrepo_template **made, artrepo_error *error) {
    return artrepo_template_parse(text, strlen(text), "t.yaml", NULL, made, error);
}

static artrepo_template *parsed(const char *text) {
    artrepo_template *made = NULL;
    assert_ok(parse(text, &made, error));
    return made;
}

static void refused(const char *text, const char *message) {
    artrepo_template *made = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(parse(text, &made, &error), ARTREPO_INVALID);
    assert_null(made);
    if (strstr(error.message, message) == NULL) {
        fail_msg("'%s' is not in '%s'", message, error.message);
    }
}

static void test_what_argo_hands_over(void **state) {
    (void)state;
    artrepo_template *made = parsed(
        "{\"name\":\"writer\",\"inputs\":{\"artifacts\":[{\"name\":\"in-art\",\"path\":\"/tmp/in\","
        "\"s3\":{\"key\":\"k\"}}]},\"outputs\":{\"parameters\":[{\"name\":\"p\"}],\"artifacts\":["
        "{\"name\":\"out-art\",\"path\":\"/tmp//file/\",\"archive\":{\"none\":{}}},"
        "{\"name\":\"second\",\"path\":\"/tmp/b\",\"optional\":true}]},"
        "\"script\":{\"image\":\"python\",\"command\":[\"python\"],\"source\":\"print(1)\\n\"},"
        "\"archiveLocation\":{\"archiveLogs\":true,\"s3\":{\"endpoint\":\"e\",\"bucket\":\"b\","
        "\"key\":\"wf/pod\"}}}");
    assert_string_equal(artrepo_template_name(made), "writer");
    assert_int_equal(artrepo_template_input_count(made), 1);
    assert_string_equal(artrepo_artifact_name(artrepo_template_input(made, 0)), "in-art");
    assert_int_equal(artrepo_template_output_count(made), 2);
    assert_string_equal(artrepo_artifact_path(artrepo_template_output(made, 0)), "/tmp/file");
    assert_true(artrepo_artifact_optional(artrepo_template_output(made, 1)));
    assert_true(artrepo_template_archive_logs(made, false));
    assert_string_equal(artrepo_configuration_kind(artrepo_template_archive_location(made)), "s3");
    assert_int_equal(artrepo_template_container_count(made), 1);
    assert_string_equal(artrepo_template_container(made, 0), "main");
    artrepo_template_free(made);
}

static void test_an_empty_one_has_nothing(void **state) {
    (void)state;
    artrepo_template *made = parsed("{}");
    assert_string_equal(artrepo_template_name(made), "");
    assert_int_equal(artrepo_template_input_count(made), 0);
    assert_int_equal(artrepo_template_output_count(made), 0);
    assert_null(artrepo_template_archive_location(made));
    assert_true(artrepo_template_archive_logs(made, true));
    assert_false(artrepo_template_archive_logs(made, false));
    assert_null(artrepo_template_volume(made, "/tmp"));
    artrepo_template_free(made);
    artrepo_template_free(NULL);
    made = parsed("{inputs: null, outputs: {artifacts: null}, archiveLocation: null}");
    artrepo_template_free(made);
}

static void test_archive_logs_without_a_store(void **state) {
    (void)state;
    artrepo_template *made = parsed("archiveLocation: {archiveLogs: false}");
    assert_null(artrepo_template_archive_location(made));
    assert_false(artrepo_template_archive_logs(made, true));
    artrepo_template_free(made);
}

static void test_containers_of_a_set(void **state) {
    (void)state;
    artrepo_template *made = parsed("containerSet: {containers: [{name: a}, {name: b}],\n"
                                    "  volumeMounts: [{name: v, mountPath: /workspace}]}");
    assert_int_equal(artrepo_template_container_count(made), 2);
    assert_string_equal(artrepo_template_container(made, 1), "b");
    assert_string_equal(artrepo_template_volume(made, "/workspace/x"), "/workspace");
    artrepo_template_free(made);
}

/* ---- volumes ---- */

static void test_the_deepest_volume(void **state) {
    (void)state;
    artrepo_template *made =
        parsed("container: {volumeMounts: [{name: a, mountPath: /user-mount/},\n"
               "  {name: b, mountPath: /user-mount/deeper}, {name: c, mountPath: ''}]}");
    assert_string_equal(artrepo_template_volume(made, "/user-mount"), "/user-mount");
    assert_string_equal(artrepo_template_volume(made, "/user-mount/x/y"), "/user-mount");
    assert_string_equal(artrepo_template_volume(made, "/user-mount/deeper"), "/user-mount/deeper");
    assert_string_equal(artrepo_template_volume(made, "/user-mount/deeper/z"),
                        "/user-mount/deeper");
    assert_null(artrepo_template_volume(made, "/user-mounted"));
    assert_null(artrepo_template_volume(made, "/"));
    artrepo_template_free(made);
}

static void test_the_container_comes_before_the_script(void **state) {
    (void)state;
    artrepo_template *made = parsed("container: {volumeMounts: [{mountPath: /a}]}\n"
                                    "script: {volumeMounts: [{mountPath: /b}]}");
    assert_non_null(artrepo_template_volume(made, "/a"));
    assert_null(artrepo_template_volume(made, "/b"));
    artrepo_template_free(made);
}

static void test_a_volume_over_everything(void **state) {
    (void)state;
    artrepo_template *made = parsed("script: {volumeMounts: [{mountPath: /}]}");
    assert_non_null(artrepo_template_volume(made, "/anything"));
    artrepo_template_free(made);
}

static void test_paths_in_the_image(void **state) {
    (void)state;
    artrepo_template *made = parsed(
        "inputs: {artifacts: [{name: a, path: /in, s3: {key: k}}, {name: b, path: /maybe, "
        "optional: true}, {name: c, path: /given, optional: true, s3: {key: k}}, {name: d}]}\n"
        "container: {volumeMounts: [{mountPath: /vol}]}");
    assert_true(ar_template_is_image_path(made, "/tmp/x"));
    assert_false(ar_template_is_image_path(made, "/vol/x"));
    assert_false(ar_template_is_image_path(made, "/in"));
    assert_false(ar_template_is_image_path(made, "/in/below"));
    assert_true(ar_template_is_image_path(made, "/input"));
    assert_true(ar_template_is_image_path(made, "/maybe")); /* it was not supplied */
    assert_false(ar_template_is_image_path(made, "/maybe/below"));
    assert_false(ar_template_is_image_path(made, "/given"));
    artrepo_template_free(made);
}

/* ---- what is refused ---- */

static void test_wrong_types(void **state) {
    (void)state;
    refused("", "no template here");
    refused("[1]", "no template here");
    refused("name: 5", "t.yaml:1:7: field 'name' must be a string");
    refused("inputs: []", "t.yaml:1:1: field 'inputs' must be an object");
    refused("outputs: {artifacts: {}}", "field 'artifacts' must be a list");
    refused("outputs: {artifacts: [1]}", "must be a list of objects");
    refused("outputs: {artifacts: [{path: /x}]}", "has no name");
    refused("outputs: {artifacts: [{name: a, mode: 01000}]}", "field 'mode' must be from 0");
    refused("outputs: {artifacts: [{name: 'a/b'}]}", "'a/b' is no name for an artifact");
    refused("archiveLocation: {archiveLogs: x}", "archiveLocation.archiveLogs");
    refused("archiveLocation: {s3: {bucket: 5}}", "field 's3.bucket' must be a string");
    refused("container: {volumeMounts: [{mountPath: 5}]}", "field 'mountPath' must be a string");
    refused("kind: Workflow\nspec: {templates: []}", "this is a Workflow");
}

static void test_two_of_one_name(void **state) {
    (void)state;
    refused("outputs:\n  artifacts:\n  - {name: a, path: /x}\n  - {name: a, path: /y}\n",
            "t.yaml:4:5: two artifacts of the name 'a'");
    artrepo_template *made =
        parsed("{inputs: {artifacts: [{name: a}]}, outputs: {artifacts: [{name: a}]}}");
    artrepo_template_free(made);
}

static void test_a_bad_path_is_that_artifacts_error_alone(void **state) {
    (void)state;
    artrepo_template *made = parsed("outputs: {artifacts: [{name: a, path: /safe/../../etc},\n"
                                    "  {name: b, path: /good}]}");
    assert_int_equal(artrepo_template_output_count(made), 2);
    assert_null(artrepo_artifact_path(artrepo_template_output(made, 0)));
    assert_int_equal(made->outputs.items[0].refusal.code, ARTREPO_INVALID);
    assert_string_equal(artrepo_artifact_path(artrepo_template_output(made, 1)), "/good");
    assert_int_equal(made->outputs.items[1].refusal.code, ARTREPO_OK);
    artrepo_template_free(made);
}

/* COUNT artifacts with names of LENGTH bytes. free() it. */
static char *many(size_t count, size_t length) {
    char *text = calloc(1, 64 + count * (length + 40));
    assert_non_null(text);
    size_t used = (size_t)sprintf(text, "{\"outputs\":{\"artifacts\":[");
    for (size_t i = 0; i < count; i++) {
        used += (size_t)sprintf(text + used, "%s{\"name\":\"%0*zu\",\"path\":\"/x\"}",
                                i == 0 ? "" : ",", (int)length, i);
    }
    strcpy(text + used, "]}}");
    return text;
}

static void test_limits(void **state) {
    (void)state;
    char *text = many(ARTREPO_TEMPLATE_MAX_ARTIFACTS, 8);
    artrepo_template *made = parsed(text);
    assert_int_equal(artrepo_template_output_count(made), ARTREPO_TEMPLATE_MAX_ARTIFACTS);
    artrepo_template_free(made);
    free(text);
    text = many(ARTREPO_TEMPLATE_MAX_ARTIFACTS + 1, 8);
    refused(text, "1025 artifacts in outputs; at most 1024 are allowed");
    free(text);
    text = many(1, ARTREPO_TEMPLATE_MAX_NAME);
    artrepo_template_free(parsed(text));
    free(text);
    text = many(1, ARTREPO_TEMPLATE_MAX_NAME + 1);
    refused(text, "name of 256 bytes");
    free(text);
    text = malloc(ARTREPO_TEMPLATE_MAX_SIZE + 2);
    assert_non_null(text);
    memset(text, ' ', ARTREPO_TEMPLATE_MAX_SIZE + 1);
    text[ARTREPO_TEMPLATE_MAX_SIZE + 1] = '\0';
    refused(text, "t.yaml");
    free(text);
}

static void test_a_file(void **state) {
    (void)state;
    char path[200];
    char *root = scratch_directory();
    snprintf(path, sizeof path, "%s/t.json", root);
    write_file(path, "{\"name\":\"x\"}", 12, 0600);
    artrepo_template *made = NULL;
    assert_ok(artrepo_template_read(path, NULL, &made, error));
    assert_string_equal(artrepo_template_name(made), "x");
    artrepo_template_free(made);
    artrepo_error error = ARTREPO_ERROR_INIT;
    strcat(path, ".missing");
    assert_int_equal(artrepo_template_read(path, NULL, &made, &error), ARTREPO_NOT_FOUND);
    assert_non_null(strstr(error.message, "template: "));
    remove_scratch(root);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_argo_hands_over),
        cmocka_unit_test(test_an_empty_one_has_nothing),
        cmocka_unit_test(test_archive_logs_without_a_store),
        cmocka_unit_test(test_containers_of_a_set),
        cmocka_unit_test(test_the_deepest_volume),
        cmocka_unit_test(test_the_container_comes_before_the_script),
        cmocka_unit_test(test_a_volume_over_everything),
        cmocka_unit_test(test_paths_in_the_image),
        cmocka_unit_test(test_wrong_types),
        cmocka_unit_test(test_two_of_one_name),
        cmocka_unit_test(test_a_bad_path_is_that_artifacts_error_alone),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
