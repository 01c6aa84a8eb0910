/* Explanations of keys that stand for a directory, or for nothing, beside a load of the same. */
#include "unit/executor/explain_support.h"

static void test_prefix(void **state) {
    (void)state;
    static const memory_object objects[] = {
        {"d/", "", 0}, {"d/a", "A", 1}, {"d/b/c", "C", 1}, {"d/e/", "", 0}, {"dx", "no", 2}};
    artrepo_repository *repository = open_memory(objects, 5, true);
    artrepo_explanation *explanation = explain_like_load(repository, "d", "tar", NULL, true);
    const artrepo_verdict *verdict = artrepo_explanation_verdict(explanation);
    assert_int_equal(verdict->action, ARTREPO_EXPLAIN_DIRECTORY);
    assert_int_equal(verdict->files, 2);
    assert_int_equal(verdict->bytes, 2);
    assert_int_equal(verdict->bytes_read, 0);
    assert_remark(explanation, PASSED_OVER, "d/e/", "folder marker");
    assert_remark(explanation, REFERENCE_FAILS, "", "as an archive");
    assert_remark(explanation, REFERENCE_LOSES, "", "0600");
    artrepo_explanation_free(explanation);
    explanation = explain_like_load(repository, "d/", NULL, NULL, true);
    assert_int_equal(artrepo_explanation_count(explanation, ARTREPO_REMARK_REFERENCE_FAILS), 0);
    artrepo_explanation_free(explanation);
    artrepo_repository_close(repository);
}

static void test_keys_that_climb_out(void **state) {
    (void)state;
    static const memory_object objects[] = {
        {"d/../evil", "E", 1}, {"d/a/../../../x", "E", 1}, {"d/good", "G", 1}};
    artrepo_repository *repository = open_memory(objects, 3, true);
    artrepo_explanation *explanation = explain_like_load(repository, "d", NULL, NULL, true);
    assert_int_equal(artrepo_explanation_count(explanation, ARTREPO_REMARK_REFUSED), 2);
    assert_remark(explanation, REFUSED, "d/../evil", "outside the destination");
    assert_remark(explanation, REFERENCE_UNSAFE, "d/a/../../../x", "outside the destination");
    artrepo_explanation_free(explanation);
    artrepo_repository_close(repository);
}

/* Both are objects, and there is one path. */
static void test_a_file_where_a_directory_is(void **state) {
    (void)state;
    static const memory_object objects[] = {{"d/a", "A", 1}, {"d/a/b", "B", 1}, {"d/c", "C", 1}};
    artrepo_repository *repository = open_memory(objects, 3, true);
    artrepo_explanation *explanation = explain_like_load(repository, "d", NULL, NULL, false);
    assert_int_equal(artrepo_explanation_count(explanation, ARTREPO_REMARK_REFUSED), 1);
    assert_int_equal(artrepo_explanation_verdict(explanation)->entries, 3);
    assert_remark(explanation, REFUSED, "d/a/b", "");
    artrepo_explanation_free(explanation);
    artrepo_repository_close(repository);
}

static void test_remarks_are_bounded_but_counted(void **state) {
    (void)state;
    static memory_object objects[1000];
    static char keys[1000][20];
    for (size_t i = 0; i < 1000; i++) {
        snprintf(keys[i], sizeof keys[i], "d/../%03zu", i);
        objects[i] = (memory_object){keys[i], "x", 1};
    }
    artrepo_repository *repository = open_memory(objects, 1000, true);
    artrepo_artifact *artifact = new_artifact(NULL);
    artrepo_explanation *explanation = NULL;
    artrepo_explain_options options = {.remarks = 5};
    assert_ok(
        artrepo_artifact_explain(repository, "d", artifact, &options, NULL, &explanation, error));
    assert_int_equal(artrepo_explanation_count(explanation, ARTREPO_REMARK_REFUSED), 1000);
    assert_non_null(artrepo_explanation_remark(explanation, ARTREPO_REMARK_REFUSED, 4));
    assert_null(artrepo_explanation_remark(explanation, ARTREPO_REMARK_REFUSED, 5));
    artrepo_explanation_free(explanation);
    options.entries = 10;
    assert_ok(
        artrepo_artifact_explain(repository, "d", artifact, &options, NULL, &explanation, error));
    assert_int_equal(artrepo_explanation_count(explanation, ARTREPO_REMARK_REFUSED), 10);
    assert_false(artrepo_explanation_verdict(explanation)->complete);
    artrepo_explanation_free(explanation);
    artrepo_artifact_free(artifact);
    artrepo_repository_close(repository);
}

static void test_nothing_there(void **state) {
    (void)state;
    artrepo_repository *repository = open_memory(NULL, 0, true);
    artrepo_artifact *artifact = new_artifact(NULL);
    artrepo_explanation *explanation = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(
        artrepo_artifact_explain(repository, "k", artifact, NULL, NULL, &explanation, &error),
        ARTREPO_NOT_FOUND);
    assert_string_equal(error.message, "no object k");
    artrepo_artifact_set_optional(artifact, true);
    assert_int_equal(
        artrepo_artifact_explain(repository, "k", artifact, NULL, NULL, &explanation, &error),
        ARTREPO_OK);
    assert_int_equal(artrepo_explanation_verdict(explanation)->action, ARTREPO_EXPLAIN_SKIP);
    artrepo_explanation_free(explanation);
    artrepo_artifact_free(artifact);
    artrepo_repository_close(repository);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_keys_that_climb_out),
        cmocka_unit_test(test_a_file_where_a_directory_is),
        cmocka_unit_test(test_remarks_are_bounded_but_counted),
        cmocka_unit_test(test_nothing_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
