/* Drivers that are compiled into the application. */
#include "unit/repository/support.h"

#include "repository/registry.h"

static artrepo_code do_open(const artrepo_driver_settings *settings, artrepo_operation *operation,
                            void **state, artrepo_error *error) {
    (void)settings;
    (void)operation;
    (void)error;
    *state = NULL;
    return ARTREPO_OK;
}

static void do_close(void *state) {
    (void)state;
}

static artrepo_code do_stat(void *state, const char *key, artrepo_object *object,
                            artrepo_operation *operation, artrepo_error *error) {
    (void)state;
    (void)key;
    (void)object;
    (void)operation;
    (void)error;
    return ARTREPO_NOT_FOUND; /* without a message, as a careless driver would */
}

static artrepo_code do_get(void *state, const char *key, const artrepo_range *range,
                           artrepo_sink *sink, artrepo_object *object, artrepo_operation *operation,
                           artrepo_error *error) {
    (void)state;
    (void)key;
    (void)range;
    (void)sink;
    (void)object;
    (void)operation;
    return artrepo_error_set(error, ARTREPO_NOT_FOUND, "nothing here");
}

static artrepo_driver make_driver(const char *name) {
    return (artrepo_driver){.abi = ARTREPO_DRIVER_ABI,
                            .size = sizeof(artrepo_driver),
                            .name = name,
                            .open = do_open,
                            .close = do_close,
                            .stat = do_stat,
                            .get = do_get};
}

static void incomplete_drivers_are_refused(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_driver driver = make_driver("incomplete");
    driver.get = NULL;
    assert_code(artrepo_driver_register(&driver, &error), ARTREPO_INVALID, error);
    assert_contains(error.message, "no function 'get'");
    driver = make_driver("incomplete");
    driver.capabilities = ARTREPO_CAN_LIST;
    assert_code(artrepo_driver_register(&driver, &error), ARTREPO_INVALID, error);
    assert_contains(error.message, "no function 'list'");
    driver = make_driver("../x");
    assert_code(artrepo_driver_register(&driver, &error), ARTREPO_INVALID, error);
    driver = make_driver(NULL);
    assert_code(artrepo_driver_register(&driver, &error), ARTREPO_INVALID, error);
    driver = make_driver("other");
    driver.abi = 2;
    assert_code(artrepo_driver_register(&driver, &error), ARTREPO_UNSUPPORTED, error);
    assert_false(ar_registry_has("incomplete"));
    assert_false(ar_registry_has("other"));
}

static void names_are_taken_once(void **state) {
    (void)state;
    static artrepo_driver first, second, built_in;
    artrepo_error error = ARTREPO_ERROR_INIT;
    first = make_driver("twice");
    second = make_driver("twice");
    built_in = make_driver("s3");
    assert_ok(artrepo_driver_register(&first, &error), error);
    assert_ok(artrepo_driver_register(&first, &error), error);
    assert_code(artrepo_driver_register(&second, &error), ARTREPO_INVALID, error);
    assert_contains(error.message, "there is a driver 'twice' already");
    assert_code(artrepo_driver_register(&built_in, &error), ARTREPO_INVALID, error);
    const artrepo_driver *found = NULL;
    assert_ok(artrepo_driver_find("twice", NULL, &found, &error), error);
    assert_ptr_equal(found->get, do_get);
}

/* Built against a header without the last member, and then some. */
static void shorter_structures_are_read_no_further(void **state) {
    (void)state;
    static artrepo_driver shorter;
    artrepo_error error = ARTREPO_ERROR_INIT;
    shorter = make_driver("shorter");
    shorter.size = offsetof(artrepo_driver, remove_many);
    memset(&shorter.remove_many, 0x55, sizeof shorter.remove_many);
    assert_ok(artrepo_driver_register(&shorter, &error), error);
    const artrepo_driver *found = NULL;
    assert_ok(artrepo_driver_find("shorter", NULL, &found, &error), error);
    assert_null(found->remove_many);
}

static void what_a_driver_cannot_is_said(void **state) {
    (void)state;
    static artrepo_driver driver;
    artrepo_error error = ARTREPO_ERROR_INIT;
    driver = make_driver("readonly");
    assert_ok(artrepo_driver_register(&driver, &error), error);
    artrepo_configuration *configuration = parse_configuration("readonly: {x: y}");
    artrepo_repository *repository = NULL;
    assert_ok(artrepo_repository_open(artrepo_configuration_location(configuration), NULL, NULL,
                                      &repository, &error),
              error);
    artrepo_configuration_free(configuration);
    artrepo_source *source = NULL;
    artrepo_sink *sink = NULL;
    artrepo_source_open_memory("", 0, &source, NULL);
    artrepo_sink_open_memory(10, &sink, NULL);
    assert_code(artrepo_repository_put(repository, "k", source, NULL, NULL, NULL, &error),
                ARTREPO_UNSUPPORTED, error);
    assert_string_equal(error.message, "not supported: driver 'readonly' cannot put");
    assert_code(artrepo_repository_remove(repository, "k", NULL, &error), ARTREPO_UNSUPPORTED,
                error);
    assert_code(artrepo_repository_list(repository, "", NULL, NULL, NULL, &error),
                ARTREPO_UNSUPPORTED, error);
    assert_string_equal(error.message, "not supported: driver 'readonly' cannot list");
    artrepo_range range = {1, -1, NULL};
    assert_code(artrepo_repository_get(repository, "k", &range, sink, NULL, NULL, &error),
                ARTREPO_UNSUPPORTED, error);
    bool is_directory = true;
    assert_ok(artrepo_repository_is_directory(repository, "k", &is_directory, NULL, &error), error);
    assert_false(is_directory);
    /* a code without a message gets one */
    assert_code(artrepo_repository_stat(repository, "k", NULL, NULL, &error), ARTREPO_NOT_FOUND,
                error);
    assert_contains(error.message, "stat 'k': driver 'readonly' failed without a reason");
    assert_int_equal(artrepo_repository_stat(repository, "k", NULL, NULL, NULL), ARTREPO_NOT_FOUND);
    artrepo_source_close(source);
    artrepo_sink_close(sink);
    artrepo_repository_close(repository);
    artrepo_repository_close(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(incomplete_drivers_are_refused),
        cmocka_unit_test(names_are_taken_once),
        cmocka_unit_test(shorter_structures_are_read_no_further),
        cmocka_unit_test(what_a_driver_cannot_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
