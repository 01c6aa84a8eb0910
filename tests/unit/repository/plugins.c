/* Drivers in shared objects: found, used, and refused when they do not fit. */
#include "unit/repository/support.h"

#include <pthread.h>

static const char *plugin(const char *name) {
    return test_path(TEST_PLUGINS, name);
}

static void wrong_versions_are_refused_by_name(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_code(artrepo_driver_load(plugin("artrepo_wrong_abi.so"), &error), ARTREPO_UNSUPPORTED,
                error);
    assert_contains(error.message, "/artrepo_wrong_abi.so was built for version 42 of the driver "
                                   "interface, this library has version 1");
    assert_code(artrepo_driver_load(plugin("artrepo_small.so"), &error), ARTREPO_UNSUPPORTED,
                error);
    assert_contains(error.message, "/artrepo_small.so has a driver structure of ");
    const artrepo_driver *driver = NULL;
    assert_code(artrepo_driver_find("wrong_abi", TEST_PLUGINS, &driver, &error),
                ARTREPO_UNSUPPORTED, error);
    assert_contains(error.message, "version 42");
}

static void what_is_no_driver_is_refused(void **state) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_code(artrepo_driver_load(plugin("artrepo_nothing.so"), &error), ARTREPO_INVALID, error);
    assert_contains(error.message, "no function artrepo_driver_entry");
    assert_code(artrepo_driver_load(plugin("artrepo_null.so"), &error), ARTREPO_INVALID, error);
    assert_contains(error.message, "artrepo_null.so gave no driver");
    assert_code(artrepo_driver_load(test_path(*state, "absent.so"), &error), ARTREPO_NOT_FOUND,
                error);
    assert_contains(error.message, "absent.so");
    write_test_file(test_path(*state, "text.so"), "not a shared object");
    assert_code(artrepo_driver_load(test_path(*state, "text.so"), &error), ARTREPO_INVALID, error);
    assert_contains(error.message, "text.so");
    assert_code(artrepo_driver_load("libc.so.6", &error), ARTREPO_NOT_FOUND, error);
}

static void the_file_name_must_be_the_drivers(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    const artrepo_driver *driver = NULL;
    assert_code(artrepo_driver_find("misnamed", TEST_PLUGINS, &driver, &error), ARTREPO_INVALID,
                error);
    assert_contains(error.message, "holds the driver 'memory', not 'misnamed'");
}

static void what_is_not_there_is_told_with_what_is(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    const artrepo_driver *driver = NULL;
    assert_code(artrepo_driver_find("absent", NULL, &driver, &error), ARTREPO_UNSUPPORTED, error);
    assert_contains(error.message, "there is no driver 'absent'; there are: fs, s3");
    assert_code(artrepo_driver_find("absent", TEST_PLUGINS, &driver, &error), ARTREPO_UNSUPPORTED,
                error);
    assert_contains(error.message, "/artrepo_absent.so; there are: fs, s3");
    assert_code(artrepo_driver_find("../plugins/memory", TEST_PLUGINS, &driver, &error),
                ARTREPO_UNSUPPORTED, error);
    assert_null(driver);
}

static void *find_memory(void *result) {
    const artrepo_driver *driver = NULL;
    artrepo_driver_find("memory", TEST_PLUGINS, &driver, NULL);
    *(const artrepo_driver **)result = driver;
    return NULL;
}

/* Runs before any test that loads the driver otherwise. */
static void many_threads_find_the_same_driver(void **state) {
    (void)state;
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    const artrepo_driver *found[THREADS] = {NULL};
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, find_memory, &found[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_non_null(found[0]);
    for (int i = 1; i < THREADS; i++) {
        assert_ptr_equal(found[i], found[0]);
    }
    assert_string_equal(found[0]->name, "memory");
}

static void the_same_once_more_is_fine_another_is_not(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    const artrepo_driver *driver = NULL;
    assert_ok(artrepo_driver_load(plugin("artrepo_memory.so"), &error), error);
    assert_ok(artrepo_driver_load(plugin("artrepo_memory.so"), &error), error);
    assert_ok(artrepo_driver_find("memory", NULL, &driver, &error), error);
    assert_code(artrepo_driver_load(plugin("artrepo_misnamed.so"), &error), ARTREPO_INVALID, error);
    assert_contains(error.message, "artrepo_misnamed.so: there is a driver 'memory' already");
}

static void a_repository_file_reaches_a_plugin(void **state) {
    (void)state;
    static const char *const texts[] = {"memory: {limit: 100}", "s3: {driver: memory, limit: 100}"};
    for (size_t i = 0; i < 2; i++) {
        artrepo_configuration *configuration = parse_configuration(texts[i]);
        artrepo_repository_options options = {.plugin_directory = TEST_PLUGINS};
        artrepo_repository *repository = NULL;
        artrepo_error error = ARTREPO_ERROR_INIT;
        assert_ok(artrepo_repository_open(artrepo_configuration_location(configuration), &options,
                                          NULL, &repository, &error),
                  error);
        artrepo_configuration_free(configuration);
        artrepo_source *source = NULL;
        artrepo_object object;
        assert_ok(artrepo_source_open_memory("hello", 5, &source, &error), error);
        assert_ok(artrepo_repository_put(repository, "k.txt", source, NULL, NULL, NULL, &error),
                  error);
        artrepo_source_close(source);
        assert_ok(artrepo_repository_stat(repository, "k.txt", &object, NULL, &error), error);
        assert_int_equal(object.size, 5);
        assert_string_equal(object.key, "k.txt");
        assert_string_equal(object.content_type, "text/plain; charset=utf-8");
        artrepo_repository_close(repository);
    }
    artrepo_configuration *configuration = parse_configuration("memory: {limit: many}");
    artrepo_repository *repository = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_code(artrepo_repository_open(artrepo_configuration_location(configuration), NULL, NULL,
                                        &repository, &error),
                ARTREPO_INVALID, error);
    assert_contains(error.message, "memory.limit is 'many'");
    artrepo_configuration_free(configuration);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_threads_find_the_same_driver),
        cmocka_unit_test(wrong_versions_are_refused_by_name),
        cmocka_unit_test_setup_teardown(what_is_no_driver_is_refused, make_test_directory,
                                        remove_test_directory),
        cmocka_unit_test(the_file_name_must_be_the_drivers),
        cmocka_unit_test(what_is_not_there_is_told_with_what_is),
        cmocka_unit_test(the_same_once_more_is_fine_another_is_not),
        cmocka_unit_test(a_repository_file_reaches_a_plugin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
