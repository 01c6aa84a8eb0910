/* Every case of untar.json: what is explained is what a load does, under every strategy, from a
 * store with ranges and from one without. */
#include "unit/executor/explain_support.h"
#include "unit/vectors.h"

/* The file itself says what the reference does and we do not. */
static void check_difference(const json_t *test, const artrepo_explanation *explanation) {
    bool differs = json_object_get(test, "deliberate_difference") != NULL;
    uint64_t remarks = artrepo_explanation_count(explanation, ARTREPO_REMARK_REFERENCE_LOSES) +
                       artrepo_explanation_count(explanation, ARTREPO_REMARK_REFERENCE_FAILS);
    bool plain_tar = strcmp(text_of(test, "name"), "plain tar without gzip") == 0;
    assert_int_equal(remarks > 0, differs || plain_tar);
}

static void check_case(const json_t *test, bool ranges) {
    static const char *const strategies[] = {"tar", NULL, "none", "zip"};
    size_t size;
    unsigned char *data = bytes_of(text_of(test, "archive_b64"), &size);
    const memory_object object = {"k", data, size};
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        artrepo_repository *repository = open_memory(&object, 1, ranges);
        artrepo_explanation *explanation =
            explain_like_load(repository, "k", strategies[i], NULL, true);
        const artrepo_verdict *verdict = artrepo_explanation_verdict(explanation);
        if (strategies[i] == NULL) {
            bool untar = json_is_true(json_object_get(test, "detected_as_tar"));
            assert_int_equal(verdict->action, untar ? ARTREPO_EXPLAIN_UNTAR : ARTREPO_EXPLAIN_KEEP);
        } else if (strcmp(strategies[i], "tar") == 0) {
            check_difference(test, explanation);
        }
        artrepo_explanation_free(explanation);
        artrepo_repository_close(repository);
    }
    free(data);
}

static void test_vectors(void **state) {
    (void)state;
    json_t *cases = read_vectors(TEST_DATA "/untar.json");
    assert_true(json_array_size(cases) >= 19);
    size_t index;
    json_t *test;
    json_array_foreach(cases, index, test) {
        print_message("case: %s\n", text_of(test, "name"));
        check_case(test, true);
        check_case(test, false);
    }
    json_decref(cases);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
