#include "unit/base/unit.h"

#include "base/buffer.h"

static void text_is_always_terminated(void **state) {
    (void)state;
    ar_buffer buffer = AR_BUFFER_INIT;
    assert_true(ar_buffer_append(&buffer, "abc\0d", 5));
    assert_int_equal(buffer.size, 5);
    assert_memory_equal(buffer.data, "abc\0d", 6);
    assert_true(ar_buffer_append_char(&buffer, 'x'));
    assert_true(ar_buffer_append_text(&buffer, "yz"));
    assert_memory_equal(buffer.data, "abc\0dxyz", 9);
    ar_buffer_clear(&buffer);
    assert_int_equal(buffer.size, 0);
    assert_string_equal(buffer.data, "");
    ar_buffer_free(&buffer);
    assert_null(buffer.data);
}

static void printf_grows_as_needed(void **state) {
    (void)state;
    ar_buffer buffer = AR_BUFFER_INIT;
    for (int i = 0; i < 2000; i++) {
        assert_true(ar_buffer_printf(&buffer, "%04d;", i));
    }
    assert_int_equal(buffer.size, 10000);
    assert_memory_equal(buffer.data + 5 * 1234, "1234;", 5);
    assert_int_equal(buffer.data[buffer.size], '\0');
    ar_buffer_free(&buffer);
}

static void nothing_can_be_stolen_as_an_empty_text(void **state) {
    (void)state;
    ar_buffer buffer = AR_BUFFER_INIT;
    char *text = ar_buffer_steal(&buffer);
    assert_string_equal(text, "");
    free(text);
    assert_true(ar_buffer_append_text(&buffer, "kept"));
    text = ar_buffer_steal(&buffer);
    assert_string_equal(text, "kept");
    assert_null(buffer.data);
    assert_int_equal(buffer.size, 0);
    free(text);
}

static void absurd_sizes_are_refused(void **state) {
    (void)state;
    ar_buffer buffer = AR_BUFFER_INIT;
    assert_true(ar_buffer_append_text(&buffer, "as it was"));
    assert_false(ar_buffer_reserve(&buffer, SIZE_MAX));
    assert_false(ar_buffer_reserve(&buffer, SIZE_MAX / 2));
    assert_string_equal(buffer.data, "as it was");
    ar_buffer_free(&buffer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_always_terminated),
        cmocka_unit_test(printf_grows_as_needed),
        cmocka_unit_test(nothing_can_be_stolen_as_an_empty_text),
        cmocka_unit_test(absurd_sizes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
