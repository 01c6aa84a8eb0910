/* Saving: optional artifacts, directories under the none strategy, errors of one file among many.
 */
#include "unit/executor/scripted_driver.h"

static char root[100];

static int set_up(void **state) {
    (void)state;
    strcpy(root, scratch_directory());
    char command[400];
    snprintf(command, sizeof command,
             "cd '%s' && mkdir -p d/sub d/empty && for i in $(seq 40); do echo $i > d/sub/$i; done "
             "&& ln -s sub/1 d/link && head -c 1500000 /dev/zero > d/large && : > d/zero",
             root);
    return system(command);
}

static int tear_down(void **state) {
    (void)state;
    remove_scratch(root);
    return 0;
}

static artrepo_code save(const char *name, const char *strategy, bool optional,
                         artrepo_transfer *transfer, const char *fail_key, artrepo_error *error) {
    char path[200];
    snprintf(path, sizeof path, "%s/%s", root, name);
    artrepo_repository *repository = open_scripted(NULL, 0);
    artrepo_artifact *artifact = new_artifact(strategy);
    artrepo_artifact_set_optional(artifact, optional);
    store.fail_key = fail_key;
    artrepo_code code =
        artrepo_artifact_save(repository, "k", artifact, path, transfer, NULL, error);
    artrepo_artifact_free(artifact);
    artrepo_repository_close(repository);
    return code;
}

static void test_a_directory_under_none_is_an_object_for_each_file(void **state) {
    (void)state;
    artrepo_transfer transfer;
    assert_ok(save("d", "none", false, &transfer, NULL, error));
    assert_int_equal(transfer.objects, 42); /* without the link and the empty directory */
    assert_true(transfer.bytes > 1500000);
    assert_true(transfer.directory);
    assert_true(store.peak > 1);
    assert_true(store.peak <= 4 * 4 + 1);
}

static void test_the_first_error_names_the_file(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(save("d", "none", false, NULL, "k/sub/3", &error), ARTREPO_ACCESS_DENIED);
    assert_non_null(strstr(error.message, "sub/3"));
    assert_int_equal(save("d", "none", false, NULL, "k/large", &error), ARTREPO_ACCESS_DENIED);
    assert_non_null(strstr(error.message, "d/large"));
}

static void test_missing_paths(void **state) {
    (void)state;
    artrepo_transfer transfer;
    artrepo_error missing = ARTREPO_ERROR_INIT;
    assert_int_equal(save("nope", NULL, false, &transfer, NULL, &missing), ARTREPO_NOT_FOUND);
    assert_non_null(strstr(missing.message, "nope"));
    assert_non_null(strstr(missing.message, "artifact 'a'"));
    assert_ok(save("nope", NULL, true, &transfer, NULL, error));
    assert_true(transfer.skipped);
    assert_int_equal(store.calls, 0);
}

static void test_one_object_for_an_archive(void **state) {
    (void)state;
    static const char *const strategies[] = {NULL, "tar", "zip", "zstd"};
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++) {
        artrepo_transfer transfer;
        assert_ok(save("d", strategies[i], false, &transfer, NULL, error));
        assert_int_equal(transfer.objects, 1);
        assert_true(transfer.bytes > 100);
        assert_false(transfer.directory);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_directory_under_none_is_an_object_for_each_file),
        cmocka_unit_test(test_the_first_error_names_the_file),
        cmocka_unit_test(test_missing_paths),
        cmocka_unit_test(test_one_object_for_an_archive),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
