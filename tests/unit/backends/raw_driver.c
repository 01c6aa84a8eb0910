/* The raw driver. */
#include "unit/support.h"

#include <artrepo/stream.h>

#include "base/settings.h"
#include "raw/driver.h"

static void *open_raw(const char *data, ar_value **root) {
    void *state = NULL;
    *root = ar_value_new(AR_VALUE_OBJECT, NULL);
    if (data != NULL) {
        assert_true(ar_value_put_string(*root, "data", data));
    }
    struct artrepo_driver_settings settings = {*root, "raw", "/nowhere"};
    assert_ok(artrepo_driver_raw.open(&settings, NULL, &state, error));
    return state;
}

static void expect_range(void *raw, int64_t offset, int64_t length, const char *expected) {
    artrepo_sink *sink;
    artrepo_object object;
    artrepo_range range = {offset, length, NULL};
    size_t size = 0;
    assert_ok(artrepo_sink_open_memory(1 << 20, &sink, error));
    assert_ok(artrepo_driver_raw.get(raw, "", &range, sink, &object, NULL, error));
    const void *data = artrepo_sink_memory(sink, &size);
    assert_int_equal(size, strlen(expected));
    assert_true(size == 0 || memcmp(data, expected, size) == 0);
    artrepo_sink_close(sink);
}

static void data_is_read(void **state) {
    (void)state;
    ar_value *root;
    artrepo_object object;
    void *raw = open_raw("line one\nline \xc3\xa9\n", &root);
    assert_ok(artrepo_driver_raw.stat(raw, "", &object, NULL, error));
    assert_int_equal(object.size, 17);
    expect_range(raw, 0, -1, "line one\nline \xc3\xa9\n");
    expect_range(raw, 5, 3, "one");
    expect_range(raw, 9, 100, "line \xc3\xa9\n");
    expect_range(raw, 17, -1, "");
    expect_range(raw, 100, 5, "");
    expect_range(raw, 3, 0, "");
    static const artrepo_range impossible[] = {{-1, 3, NULL}, {0, -1, "a version"}};
    for (size_t i = 0; i < 2; i++) {
        artrepo_sink *sink = NULL;
        artrepo_error failure = ARTREPO_ERROR_INIT;
        assert_ok(artrepo_sink_open_memory(100, &sink, error));
        assert_int_equal(
            artrepo_driver_raw.get(raw, "", &impossible[i], sink, &object, NULL, &failure),
            ARTREPO_INVALID);
        assert_non_null(strstr(failure.message, "no version, and no byte before the first"));
        artrepo_sink_close(sink);
    }
    artrepo_driver_raw.close(raw);
    ar_value_free(root);
}

static void nothing_is_data_too(void **state) {
    (void)state;
    ar_value *root;
    void *raw = open_raw(NULL, &root);
    expect_range(raw, 0, -1, "");
    artrepo_driver_raw.close(raw);
    ar_value_free(root);
}

static void nothing_can_be_written(void **state) {
    (void)state;
    assert_int_equal(artrepo_driver_raw.capabilities &
                         (ARTREPO_CAN_PUT | ARTREPO_CAN_LIST | ARTREPO_CAN_REMOVE),
                     0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_is_read),
        cmocka_unit_test(nothing_is_data_too),
        cmocka_unit_test(nothing_can_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
