#include "unit/base/unit.h"

#include "base/value.h"

static ar_value *make_tree(void) {
    ar_value *root = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value *inner = ar_value_new(AR_VALUE_OBJECT, NULL);
    ar_value *list = ar_value_new(AR_VALUE_ARRAY, NULL);
    assert_true(ar_value_put_string(inner, "kmsKeyId", "id"));
    assert_true(ar_value_put(list, NULL, ar_value_new(AR_VALUE_NUMBER, "1")));
    assert_true(ar_value_put(list, NULL, ar_value_new(AR_VALUE_NULL, NULL)));
    assert_true(ar_value_put_string(root, "bucket", "b"));
    assert_true(ar_value_put(root, "encryptionOptions", inner));
    assert_true(ar_value_put(root, "list", list));
    return root;
}

static void members_are_found_by_name_and_by_path(void **state) {
    (void)state;
    ar_value *root = make_tree();
    assert_string_equal(ar_value_find_text(root, "bucket"), "b");
    assert_string_equal(ar_value_find_text(root, "encryptionOptions.kmsKeyId"), "id");
    assert_null(ar_value_find_text(root, "encryptionOptions.kmsKey"));
    assert_null(ar_value_find_text(root, "encryptionOptions.kmsKeyIdX"));
    assert_null(ar_value_find_text(root, "bucket.name"));
    assert_null(ar_value_find(root, "list.0"));
    assert_null(ar_value_get(root, "encryptionOptions.kmsKeyId"));
    assert_null(ar_value_get(NULL, "x"));
    assert_int_equal(ar_value_get(root, "list")->count, 2);
    ar_value_free(root);
}

static void put_replaces_and_keeps_the_order(void **state) {
    (void)state;
    ar_value *root = make_tree();
    assert_true(ar_value_put_string(root, "bucket", "other"));
    assert_int_equal(root->count, 3);
    assert_string_equal(root->members[0].name, "bucket");
    assert_string_equal(root->members[0].value->text, "other");
    ar_value_remove(root, "encryptionOptions");
    ar_value_remove(root, "never there");
    assert_int_equal(root->count, 2);
    assert_string_equal(root->members[1].name, "list");
    for (int i = 0; i < 100; i++) { /* across every growth */
        char name[8];
        snprintf(name, sizeof name, "m%d", i);
        assert_true(ar_value_put_string(root, name, name));
        if (i % 3 == 0) {
            ar_value_remove(root, name);
        }
    }
    assert_int_equal(root->count, 2 + 66);
    assert_string_equal(ar_value_find_text(root, "m98"), "m98");
    assert_null(ar_value_get(root, "m99"));
    ar_value_free(root);
}

static void a_missing_member_is_no_memory(void **state) {
    (void)state;
    ar_value *root = make_tree();
    assert_false(ar_value_put(root, "x", NULL));
    assert_null(ar_value_get(root, "x"));
    ar_value_free(root);
    ar_value_free(NULL);
}

static void copies_are_deep_and_keep_places(void **state) {
    (void)state;
    ar_value *root = make_tree();
    root->members[0].value->line = 7;
    root->members[0].value->column = 11;
    ar_value *copy = ar_value_copy(root);
    ar_value_free(root);
    assert_string_equal(ar_value_find_text(copy, "encryptionOptions.kmsKeyId"), "id");
    assert_int_equal(ar_value_get(copy, "bucket")->line, 7);
    assert_int_equal(ar_value_get(copy, "bucket")->column, 11);
    assert_int_equal(ar_value_get(copy, "list")->members[1].value->kind, AR_VALUE_NULL);
    ar_value_free(copy);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_by_name_and_by_path),
        cmocka_unit_test(put_replaces_and_keeps_the_order),
        cmocka_unit_test(a_missing_member_is_no_memory),
        cmocka_unit_test(copies_are_deep_and_keep_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
