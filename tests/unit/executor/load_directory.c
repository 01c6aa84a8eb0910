/* Prefixes as directories, from a store that lists whatever it likes. */
#include "unit/executor/scripted_driver.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char root[100], path[150];

static int set_up(void **state) {
    (void)state;
    strcpy(root, scratch_directory());
    snprintf(path, sizeof path, "%s/out", root);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    remove_scratch(root);
    return 0;
}

static artrepo_code load(const scripted_object *objects, size_t count, const char *key,
                         const artrepo_load_options *options, artrepo_transfer *transfer,
                         artrepo_error *error) {
    artrepo_repository *repository = open_scripted(objects, count);
    artrepo_artifact *artifact = new_artifact(NULL);
    artrepo_code code =
        artrepo_artifact_load(repository, key, artifact, path, options, transfer, NULL, error);
    artrepo_artifact_free(artifact);
    artrepo_repository_close(repository);
    return code;
}

static void assert_nothing_there(void) {
    char command[200];
    snprintf(command, sizeof command, "test -z \"$(ls -A '%s')\"", root);
    assert_int_equal(system(command), 0);
}

static void assert_content(const char *name, const char *content) {
    char file[300];
    char *data;
    size_t size;
    struct stat status;
    snprintf(file, sizeof file, "%s/%s", path, name);
    assert_ok(ar_file_read_whole(file, 1000, &data, &size, error));
    assert_string_equal(data, content);
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0644);
    free(data);
}

static void test_a_prefix_is_a_directory(void **state) {
    (void)state;
    static const scripted_object objects[] = {{"d/", ""},   {"d/a", "A"},       {"d/b//c", "C"},
                                              {"d/e/", ""}, {"d/f/g.txt", "G"}, {"dx", "no"}};
    artrepo_transfer transfer;
    store.awaited = 2;
    assert_ok(load(objects, COUNT(objects), "d", NULL, &transfer, error));
    store.awaited = 0;
    assert_int_equal(transfer.objects, 3);
    assert_int_equal(transfer.bytes, 3);
    assert_true(transfer.directory);
    assert_content("a", "A");
    assert_content("b/c", "C");
    assert_content("f/g.txt", "G");
    assert_true(store.peak > 1); /* at the same time */
}

static void test_a_single_object_below_stays_in_a_directory(void **state) {
    (void)state;
    static const scripted_object objects[] = {{"d/only", "1"}};
    assert_ok(load(objects, COUNT(objects), "d/", NULL, NULL, error));
    assert_content("only", "1");
}

static void test_an_object_comes_before_a_prefix(void **state) {
    (void)state;
    static const scripted_object objects[] = {{"d", "object"}, {"d/a", "A"}};
    assert_ok(load(objects, COUNT(objects), "d", NULL, NULL, error));
    char *data;
    size_t size;
    assert_ok(ar_file_read_whole(path, 1000, &data, &size, error));
    assert_string_equal(data, "object");
    free(data);
}

static void test_keys_that_climb_out_are_refused(void **state) {
    (void)state;
    static const char *const keys[] = {"d/../evil", "d/a/../../../evil", "d//abs/../../x",
                                       "d/a/../b"};
    for (size_t i = 0; i < COUNT(keys); i++) {
        const scripted_object objects[] = {{"d/good", "G"}, {keys[i], "E"}};
        artrepo_error error = ARTREPO_ERROR_INIT;
        assert_int_equal(load(objects, COUNT(objects), "d", NULL, NULL, &error),
                         ARTREPO_REFUSED_UNSAFE);
        assert_non_null(strstr(error.message, keys[i]));
        assert_nothing_there();
    }
}

static void test_an_absolute_key_stays_below_or_is_refused(void **state) {
    (void)state;
    static const scripted_object objects[] = {{"d//etc/passwd", "E"}};
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(load(objects, COUNT(objects), "d", NULL, NULL, &error),
                     ARTREPO_REFUSED_UNSAFE);
    assert_nothing_there();
}

static void test_nothing_below_is_not_found(void **state) {
    (void)state;
    static const scripted_object objects[] = {{"d/", ""}, {"dd", "x"}};
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(load(objects, COUNT(objects), "d", NULL, NULL, &error), ARTREPO_NOT_FOUND);
    assert_nothing_there();
}

static void test_the_first_error_ends_it_and_names_the_file(void **state) {
    (void)state;
    static scripted_object objects[500];
    static char keys[COUNT(objects)][20];
    for (size_t i = 0; i < COUNT(objects); i++) {
        snprintf(keys[i], sizeof keys[i], "d/%03zu", i);
        objects[i] = (scripted_object){keys[i], "x"};
    }
    artrepo_repository *repository = open_scripted(objects, COUNT(objects));
    artrepo_artifact *artifact = new_artifact(NULL);
    artrepo_error error = ARTREPO_ERROR_INIT;
    store.fail_key = "d/007";
    assert_int_equal(
        artrepo_artifact_load(repository, "d", artifact, path, NULL, NULL, NULL, &error),
        ARTREPO_ACCESS_DENIED);
    assert_non_null(strstr(error.message, "d/007"));
    assert_true(store.calls < 200);
    assert_nothing_there();
    artrepo_artifact_free(artifact);
    artrepo_repository_close(repository);
}

static void test_limits(void **state) {
    (void)state;
    static const scripted_object objects[] = {{"d/a", "1234"}, {"d/b", "5678"}};
    const artrepo_load_options entries = {.limits = {.entries = 1}};
    const artrepo_load_options bytes = {.limits = {.bytes = 7}};
    const artrepo_load_options enough = {.limits = {.entries = 2, .bytes = 8}};
    assert_int_equal(load(objects, COUNT(objects), "d", &entries, NULL, NULL),
                     ARTREPO_REFUSED_UNSAFE);
    assert_int_equal(load(objects, COUNT(objects), "d", &bytes, NULL, NULL),
                     ARTREPO_REFUSED_UNSAFE);
    assert_nothing_there();
    assert_ok(load(objects, COUNT(objects), "d", &enough, NULL, error));
}

/* Optional or not: an artifact that is there in part is not missing. */
static void test_an_object_that_goes_meanwhile_is_an_error(void **state) {
    (void)state;
    static const scripted_object objects[] = {{"d/a", "A"}, {"d/b", NULL}, {"d/c", "C"}};
    for (int optional = 0; optional < 2; optional++) {
        artrepo_repository *repository = open_scripted(objects, COUNT(objects));
        artrepo_artifact *artifact = new_artifact(NULL);
        artrepo_error error = ARTREPO_ERROR_INIT;
        artrepo_artifact_set_optional(artifact, optional);
        assert_int_equal(
            artrepo_artifact_load(repository, "d", artifact, path, NULL, NULL, NULL, &error),
            ARTREPO_IO);
        assert_int_equal(error.code, ARTREPO_IO);
        assert_non_null(strstr(error.message, "removed while its directory was loaded"));
        assert_non_null(strstr(error.message, "d/b"));
        assert_nothing_there();
        artrepo_artifact_free(artifact);
        artrepo_repository_close(repository);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_a_prefix_is_a_directory),
        TEST(test_a_single_object_below_stays_in_a_directory),
        TEST(test_an_object_comes_before_a_prefix),
        TEST(test_keys_that_climb_out_are_refused),
        TEST(test_an_absolute_key_stays_below_or_is_refused),
        TEST(test_nothing_below_is_not_found),
        TEST(test_the_first_error_ends_it_and_names_the_file),
        TEST(test_limits),
        TEST(test_an_object_that_goes_meanwhile_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
