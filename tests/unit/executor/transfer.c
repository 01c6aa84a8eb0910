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
    store.awaited = 2;
    assert_ok(save("d", "none", false, &transfer, NULL, error));
    store.awaited = 0;
    assert_int_equal(transfer.objects, 42); /* without the link and the empty directory */
    assert_true(transfer.bytes > 1500000);
    assert_true(transfer.directory);
    assert_true(store.peak > 1);
    assert_true(store.peak <= 4 * 4 + 1);
}

/* As Argo's own driver does it on GCS. */
static void test_links_are_copied_where_the_driver_says_so(void **state) {
    (void)state;
    static const artrepo_driver copying = {
        .abi = ARTREPO_DRIVER_ABI,
        .size = sizeof(artrepo_driver),
        .name = "copying",
        .capabilities = ARTREPO_CAN_PUT | ARTREPO_COPIES_LINKS,
        .open = scripted_open,
        .close = scripted_close,
        .stat = scripted_stat,
        .get = scripted_get,
        .put = scripted_put,
    };
    char command[400], path[200];
    snprintf(command, sizeof command,
             "mkdir -p '%s/links/sub' && cd '%s/links' && echo one > sub/file && "
             "ln -s sub/file inside && ln -s inside twice && ln -s sub directory && "
             "ln -s nowhere broken && ln -s ../d/large outside && ln -s /etc/passwd absolute && "
             "ln -s self self",
             root, root);
    assert_int_equal(system(command), 0);
    snprintf(path, sizeof path, "%s/links", root);
    artrepo_repository_close(open_scripted(NULL, 0));
    artrepo_repository *repository = open_driver(&copying);
    artrepo_artifact *artifact = new_artifact("none");
    artrepo_transfer transfer;
    assert_ok(artrepo_artifact_save(repository, "k", artifact, path, &transfer, NULL, error));
    assert_int_equal(transfer.objects, 3); /* file, inside and twice */
    assert_int_equal(transfer.bytes, 3 * strlen("one\n"));
    artrepo_artifact_free(artifact);
    artrepo_repository_close(repository);
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
        cmocka_unit_test(test_links_are_copied_where_the_driver_says_so),
        cmocka_unit_test(test_the_first_error_names_the_file),
        cmocka_unit_test(test_missing_paths),
        cmocka_unit_test(test_one_object_for_an_archive),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
