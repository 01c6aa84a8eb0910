#include "unit/base/unit.h"

#include <errno.h>

static void set_fills_everything(void **state) {
    (void)state;
    artrepo_error error = {.http_status = 500, .store_code = "Old", .retryable = true};
    assert_int_equal(artrepo_error_set(&error, ARTREPO_INVALID, "field %d", 7), ARTREPO_INVALID);
    assert_int_equal(error.code, ARTREPO_INVALID);
    assert_false(error.retryable);
    assert_int_equal(error.http_status, 0);
    assert_string_equal(error.store_code, "");
    assert_string_equal(error.message, "field 7");
    artrepo_error_set(&error, ARTREPO_TRANSIENT, "later");
    assert_true(error.retryable);
}

static void nobody_needs_an_error(void **state) {
    (void)state;
    assert_int_equal(artrepo_error_set(NULL, ARTREPO_IO, "x"), ARTREPO_IO);
    assert_int_equal(artrepo_error_set_errno(NULL, ENOENT, "x"), ARTREPO_NOT_FOUND);
    artrepo_error_prefix(NULL, "x");
}

static void hostile_text_cannot_forge_lines(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_error_set(&error, ARTREPO_IO, "key '%s'", "a\nlevel=info\x1b[31m\x7f\xc3\xa9");
    assert_string_equal(error.message, "key 'a?level=info?[31m?\xc3\xa9'");
    artrepo_error_prefix(&error, "b\rc");
    assert_string_equal(error.message, "b?c: key 'a?level=info?[31m?\xc3\xa9'");
    /* U+0080 to U+009F, and what is beside them. */
    artrepo_error_set(&error, ARTREPO_IO, "%s",
                      "\xc2\x80,\xc2\x9b"
                      "2J,\xc2\x9f,\xc2\xa0,\xc3\x80,\xc2");
    assert_string_equal(error.message, "??,??2J,??,\xc2\xa0,\xc3\x80,\xc2");
}

static void the_own_text_may_be_an_argument(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_error_set(&error, ARTREPO_IO, "inner");
    artrepo_error_set(&error, ARTREPO_CANCELLED, "outer (%s)", error.message);
    assert_string_equal(error.message, "outer (inner)");
}

static void long_text_is_cut(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    artrepo_error_set(&error, ARTREPO_IO, "%s", text);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    artrepo_error_prefix(&error, "%s", text);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
    artrepo_error_set_errno(&error, EIO, "%s", text);
    assert_int_equal(strlen(error.message), sizeof error.message - 1);
}

static void errno_gives_code_and_text(void **state) {
    (void)state;
    static const struct {
        int errnum;
        artrepo_code code;
    } cases[] = {{ENOENT, ARTREPO_NOT_FOUND},
                 {EACCES, ARTREPO_ACCESS_DENIED},
                 {EPERM, ARTREPO_ACCESS_DENIED},
                 {ENOMEM, ARTREPO_INTERNAL},
                 {EIO, ARTREPO_IO},
                 {ENOSPC, ARTREPO_IO}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        artrepo_error error = ARTREPO_ERROR_INIT;
        assert_code(artrepo_error_set_errno(&error, cases[i].errnum, "open %s", "f"), cases[i].code,
                    error);
        assert_int_equal(error.system_errno, cases[i].errnum);
        assert_contains(error.message, "open f: ");
        assert_contains(error.message, strerror(cases[i].errnum));
    }
}

static void codes_have_names(void **state) {
    (void)state;
    assert_string_equal(artrepo_code_name(ARTREPO_OK), "ok");
    assert_string_equal(artrepo_code_name(ARTREPO_REFUSED_UNSAFE), "refused-unsafe");
    assert_string_equal(artrepo_code_name(ARTREPO_INTERNAL), "internal");
    assert_string_equal(artrepo_code_name((artrepo_code)99), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_fills_everything),
        cmocka_unit_test(nobody_needs_an_error),
        cmocka_unit_test(hostile_text_cannot_forge_lines),
        cmocka_unit_test(the_own_text_may_be_an_argument),
        cmocka_unit_test(long_text_is_cut),
        cmocka_unit_test(errno_gives_code_and_text),
        cmocka_unit_test(codes_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
