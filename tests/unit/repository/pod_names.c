#include "unit/repository/support.h"

#include <jansson.h>

static const char *text_of(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    assert_non_null(text);
    return text;
}

static void every_name_is_as_the_reference_made_it(void **state) {
    (void)state;
    json_t *cases = json_load_file(test_path(TEST_DATA, "pod-names.json"), 0, NULL);
    assert_true(json_array_size(cases) >= 5);
    size_t i;
    json_t *one;
    json_array_foreach(cases, i, one) {
        char *pod = NULL;
        char *id = NULL;
        artrepo_error error = ARTREPO_ERROR_INIT;
        assert_ok(artrepo_pod_name(text_of(one, "workflow"), text_of(one, "node"),
                                   text_of(one, "template"), &pod, &error),
                  error);
        assert_ok(artrepo_node_id(text_of(one, "workflow"), text_of(one, "node"), &id, &error),
                  error);
        assert_string_equal(pod, text_of(one, "pod_name_v2"));
        assert_string_equal(id, text_of(one, "node_id"));
        free(pod);
        free(id);
    }
    json_decref(cases);
}

static void a_template_may_be_left_out(void **state) {
    (void)state;
    char *pod = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_pod_name("wf", "wf.a(0:x)", NULL, &pod, &error), error);
    assert_string_equal(pod, "wf-3127774294");
    free(pod);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_as_the_reference_made_it),
        cmocka_unit_test(a_template_may_be_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
