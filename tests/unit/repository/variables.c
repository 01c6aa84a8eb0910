#include "unit/repository/support.h"

static void the_creation_time_has_all_its_parts(void **state) {
    (void)state;
    static const struct {
        const char *part, *value;
    } parts[] = {{"", "2026-03-07T04:05:06Z"},
                 {".RFC3339", "2026-03-07T04:05:06Z"},
                 {".s", "1772856306"},
                 {".B", "March"},
                 {".b", "Mar"},
                 {".m", "03"},
                 {".A", "Saturday"},
                 {".a", "Sat"},
                 {".d", "07"},
                 {".H", "04"},
                 {".I", "04"},
                 {".M", "05"},
                 {".S", "06"},
                 {".Y", "2026"},
                 {".y", "26"},
                 {".p", "AM"},
                 {".Z", "UTC"},
                 {".z", "+0000"},
                 {".L", ".789"}};
    artrepo_variables *variables = artrepo_variables_new();
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_variables_set_creation_time(variables, INT64_C(1772856306789), &error),
              error);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "workflow.creationTimestamp%s", parts[i].part);
        assert_string_equal(artrepo_variables_get(variables, name), parts[i].value);
    }
    artrepo_variables_free(variables);
}

static void midnight_noon_and_times_before_1970(void **state) {
    (void)state;
    artrepo_variables *variables = artrepo_variables_new();
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_variables_set_creation_time(variables, 0, &error), error);
    assert_string_equal(artrepo_variables_get(variables, "workflow.creationTimestamp.I"), "12");
    assert_string_equal(artrepo_variables_get(variables, "workflow.creationTimestamp.p"), "AM");
    assert_string_equal(artrepo_variables_get(variables, "workflow.creationTimestamp.A"),
                        "Thursday");
    assert_ok(artrepo_variables_set_creation_time(variables, INT64_C(43200000), &error), error);
    assert_string_equal(artrepo_variables_get(variables, "workflow.creationTimestamp.I"), "12");
    assert_string_equal(artrepo_variables_get(variables, "workflow.creationTimestamp.p"), "PM");
    assert_ok(artrepo_variables_set_creation_time(variables, -1, &error), error);
    assert_string_equal(artrepo_variables_get(variables, "workflow.creationTimestamp"),
                        "1969-12-31T23:59:59Z");
    assert_string_equal(artrepo_variables_get(variables, "workflow.creationTimestamp.L"), ".999");
    assert_string_equal(artrepo_variables_get(variables, "workflow.creationTimestamp.s"), "-1");
    assert_code(artrepo_variables_set_creation_time(variables, INT64_MAX, &error), ARTREPO_INVALID,
                error);
    assert_code(artrepo_variables_set_creation_time(variables, INT64_MIN, &error), ARTREPO_INVALID,
                error);
    artrepo_variables_free(variables);
}

static void expect(const artrepo_variables *variables, const char *format, const char *wanted) {
    char *key = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_key_expand(format, variables, &key, &error), error);
    assert_string_equal(key, wanted);
    free(key);
}

static void tags_are_replaced_as_argo_does(void **state) {
    (void)state;
    artrepo_variables *variables = artrepo_variables_new();
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_variables_set(variables, "workflow.name", "old", &error), error);
    assert_ok(artrepo_variables_set(variables, "workflow.name", "wf", &error), error);
    assert_ok(artrepo_variables_set(variables, "empty", "", &error), error);
    assert_ok(artrepo_variables_set(variables, "tricky", "{{workflow.name}}", &error), error);
    assert_null(artrepo_variables_get(variables, "workflow"));
    expect(variables, "", "");
    expect(variables, "plain", "plain");
    expect(variables, "{{workflow.name}}", "wf");
    expect(variables, "a{{ workflow.name\t}}b{{workflow.name}}c", "awfbwfc");
    expect(variables, "{{empty}}|", "|");
    expect(variables, "{{workflow.names}}", "{{workflow.names}}");
    expect(variables, "{{workflow}}", "{{workflow}}");
    expect(variables, "{{ nope }}", "{{ nope }}");
    expect(variables, "{{}}", "{{}}");
    expect(variables, "{{tricky}}", "{{workflow.name}}"); /* values are not looked through */
    expect(variables, "{{a {{workflow.name}}", "{{a wf");
    expect(variables, "a}}b{c}", "a}}b{c}");
    expect(NULL, "{{workflow.name}}", "{{workflow.name}}");
    char *key = NULL;
    assert_code(artrepo_key_expand("x{{=1+1}}", variables, &key, &error), ARTREPO_UNSUPPORTED,
                error);
    assert_contains(error.message, "'{{=1+1}}'");
    assert_code(artrepo_key_expand("x{{y", variables, &key, &error), ARTREPO_INVALID, error);
    artrepo_variables_free(variables);
    artrepo_variables_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_creation_time_has_all_its_parts),
        cmocka_unit_test(midnight_noon_and_times_before_1970),
        cmocka_unit_test(tags_are_replaced_as_argo_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
