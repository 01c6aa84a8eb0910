/* All verbs but get: what is tried again, and what is not. */
#include "unit/repository/scripted_driver.h"

#include "repository/remove_below.h"

static artrepo_operation *operation;

static int set_up(void **state) {
    (void)state;
    operation = new_operation(NULL, ARTREPO_LOG_DEBUG);
    scripted_driver.capabilities = ALL_CAPABILITIES;
    scripted_driver.remove_many = scripted_remove_many;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    artrepo_operation_free(operation);
    return 0;
}

static void stat_and_remove_are_tried_again(void **state) {
    (void)state;
    artrepo_object object;
    artrepo_error error = ARTREPO_ERROR_INIT;
    the_script = (script){.content = "x", .failures = 3};
    assert_ok(ar_retry_stat(&scripted, "k", &object, operation, &error), error);
    assert_string_equal(the_script.asked, "stat k;stat k;stat k;stat k;");
    assert_int_equal(object.size, 1);
    the_script = (script){.failures = 4};
    assert_code(ar_retry_stat(&scripted, "k", &object, operation, &error), ARTREPO_TRANSIENT,
                error);
    assert_contains(error.message, "gave up after 4 attempts");
    the_script = (script){.failures = 2};
    assert_ok(ar_retry_remove(&scripted, "k", operation, &error), error);
    assert_string_equal(the_script.asked, "remove k;remove k;remove k;");
    the_script = (script){.failures = 1, .code = ARTREPO_ACCESS_DENIED};
    assert_code(ar_retry_remove(&scripted, "k", operation, &error), ARTREPO_ACCESS_DENIED, error);
    assert_int_equal(the_script.attempts, 1);
}

/* Drivers are written by others. */
static void what_is_returned_counts(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    the_script = (script){.failures = 9, .code = ARTREPO_NOT_FOUND, .says = ARTREPO_TRANSIENT};
    assert_code(ar_retry_remove(&scripted, "k", operation, &error), ARTREPO_NOT_FOUND, error);
    assert_contains(error.message, "connection reset");
    assert_false(error.retryable);
    assert_int_equal(the_script.attempts, 1);
    the_script = (script){.failures = 2, .code = ARTREPO_TRANSIENT, .says = ARTREPO_IO};
    assert_ok(ar_retry_remove(&scripted, "k", operation, &error), error);
    assert_int_equal(the_script.attempts, 3);
}

/* ---- put ---- */

static artrepo_code put_text(artrepo_error *error) {
    artrepo_source *source = NULL;
    artrepo_object object;
    artrepo_put_options options = {NULL};
    artrepo_source_open_memory("content", 7, &source, NULL);
    artrepo_code code = ar_retry_put(&scripted, "k", source, &options, &object, operation, error);
    artrepo_source_close(source);
    return code;
}

static void put_starts_the_source_over(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    the_script = (script){.failures = 2, .bytes_before = 5};
    assert_ok(put_text(&error), error);
    assert_string_equal(the_script.stored, "content");
    assert_int_equal(the_script.attempts, 3);
    assert_int_equal(artrepo_operation_progress(operation).bytes_done, 7); /* each byte once */
}

static void drivers_that_retry_put_are_left_to_it(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    scripted_driver.capabilities |= ARTREPO_CAN_RETRY_PUT;
    the_script = (script){.failures = 1};
    assert_code(put_text(&error), ARTREPO_TRANSIENT, error);
    assert_int_equal(the_script.attempts, 1);
}

typedef struct once_source {
    artrepo_source base;
    const char *rest;
    bool broken;
} once_source;

static artrepo_code read_once(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                              artrepo_error *error) {
    once_source *source = (once_source *)base;
    if (source->broken) {
        return artrepo_error_set(error, ARTREPO_TRANSIENT, "the source broke");
    }
    size_t left = strlen(source->rest);
    *got = left < capacity ? left : capacity;
    memcpy(buffer, source->rest, *got);
    source->rest += *got;
    return ARTREPO_OK;
}

static artrepo_code put_once_source(bool broken, artrepo_error *error) {
    static const artrepo_source_functions functions = {read_once, NULL, NULL};
    once_source source = {{&functions, -1, -1}, "content", broken};
    artrepo_object object;
    artrepo_put_options options = {NULL};
    return ar_retry_put(&scripted, "k", &source.base, &options, &object, operation, error);
}

static void a_source_that_is_read_once_is_put_once(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    the_script = (script){.failures = 1, .bytes_before = 3};
    assert_code(put_once_source(false, &error), ARTREPO_TRANSIENT, error);
    assert_contains(error.message, "not tried again, since the source can be read once only");
    assert_int_equal(the_script.attempts, 1);
    the_script = (script){.failures = 2, .bytes_before = 0}; /* nothing was taken from it */
    assert_ok(put_once_source(false, &error), error);
    assert_string_equal(the_script.stored, "content");
}

static void errors_of_the_source_are_no_reason_to_put_again(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    the_script = (script){.failures = 0};
    assert_code(put_once_source(true, &error), ARTREPO_TRANSIENT, error);
    assert_string_equal(error.message, "the source broke");
    assert_int_equal(the_script.attempts, 1);
}

/* ---- list ---- */

static const char *const keys[] = {"p/a", "p/b", "p/c", "p/d", NULL};

static artrepo_code add_key(void *data, const artrepo_object *object, artrepo_error *error) {
    char *list = data;
    strcat(strcat(list, object->key), " ");
    return strcmp(object->key, "stop") == 0
               ? artrepo_error_set(error, ARTREPO_TRANSIENT, "the callback failed")
               : ARTREPO_OK;
}

static void list_delivers_each_key_once(void **state) {
    (void)state;
    for (size_t before = 0; before <= 4; before++) {
        char list[256] = "";
        artrepo_error error = ARTREPO_ERROR_INIT;
        the_script = (script){.keys = keys, .failures = 2, .keys_before = before};
        assert_ok(ar_retry_list(&scripted, "p/", add_key, list, operation, &error), error);
        assert_string_equal(list, "p/a p/b p/c p/d ");
        assert_int_equal(the_script.attempts, 3);
    }
}

static void errors_of_the_callback_end_the_listing(void **state) {
    (void)state;
    static const char *const stopping[] = {"a", "stop", "z", NULL};
    char list[256] = "";
    artrepo_error error = ARTREPO_ERROR_INIT;
    the_script = (script){.keys = stopping};
    assert_code(ar_retry_list(&scripted, "", add_key, list, operation, &error), ARTREPO_TRANSIENT,
                error);
    assert_string_equal(error.message, "the callback failed");
    assert_string_equal(list, "a stop ");
    assert_int_equal(the_script.attempts, 1);
}

/* ---- remove many ---- */

static void removing_below_uses_few_requests(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    the_script = (script){.keys = keys};
    assert_ok(ar_remove_below(&scripted, "p/", operation, &error), error);
    assert_string_equal(the_script.asked, "list p/;remove_many p/a 4;");
}

static void removing_below_does_without(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    scripted_driver.remove_many = NULL;
    scripted_driver.capabilities |= ARTREPO_IS_LOCAL; /* one at a time */
    the_script = (script){.keys = keys};
    assert_ok(ar_remove_below(&scripted, "p/", operation, &error), error);
    assert_string_equal(the_script.asked, "list p/;remove p/a;remove p/b;remove p/c;remove p/d;");
    the_script = (script){.keys = keys, .failures = 99, .code = ARTREPO_ACCESS_DENIED};
    scripted_driver.capabilities &= ~(unsigned)ARTREPO_IS_LOCAL;
    assert_code(ar_remove_below(&scripted, "p/", operation, &error), ARTREPO_ACCESS_DENIED, error);
}

static void a_store_that_keeps_objects_does_not_hang_us(void **state) {
    (void)state;
    static char names[9000][8];
    static const char *many[9001];
    for (int i = 0; i < 9000; i++) {
        snprintf(names[i], sizeof names[i], "k%04d", i);
        many[i] = names[i];
    }
    artrepo_error error = ARTREPO_ERROR_INIT;
    the_script = (script){.keys = many};
    assert_code(ar_remove_below(&scripted, "k", operation, &error), ARTREPO_IO, error);
    assert_contains(error.message, "removed 'k0000', but the store still lists it");
    assert_string_equal(the_script.asked, "list k;remove_many k0000 8000;list k;");
}

#define SCRIPTED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        SCRIPTED(stat_and_remove_are_tried_again),
        SCRIPTED(what_is_returned_counts),
        SCRIPTED(put_starts_the_source_over),
        SCRIPTED(drivers_that_retry_put_are_left_to_it),
        SCRIPTED(a_source_that_is_read_once_is_put_once),
        SCRIPTED(errors_of_the_source_are_no_reason_to_put_again),
        SCRIPTED(list_delivers_each_key_once),
        SCRIPTED(errors_of_the_callback_end_the_listing),
        SCRIPTED(removing_below_uses_few_requests),
        SCRIPTED(removing_below_does_without),
        SCRIPTED(a_store_that_keeps_objects_does_not_hang_us),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
