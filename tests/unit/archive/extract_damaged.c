/* Archives that are broken, by accident or not: an error, and no crash. */
#include "unit/archive/extract_fixture.h"

static void assert_damaged(sandbox *box, artrepo_code code, const char *message) {
    if (extract_bytes(box, box->tar.data, box->tar.size) != code ||
        strstr(box->error.message, message) == NULL) {
        fail_msg("%s: \"%s\" instead of \"%s\"", artrepo_code_name(box->error.code),
                 box->error.message, message);
    }
    start_over(box);
}

static void test_no_data_at_all(void **state) {
    assert_damaged(*state, ARTREPO_INVALID, "not a tar archive: there are no data at all");
}

static void test_not_a_tar(void **state) {
    sandbox *box = *state;
    ar_buffer_append_text(&box->tar, "Hello, world!");
    assert_damaged(box, ARTREPO_INVALID, "not a tar archive");
    for (int i = 0; i < 1000; i++) {
        ar_buffer_printf(&box->tar, "line %d of a text that is no archive\n", i);
    }
    assert_damaged(box, ARTREPO_INVALID, "not a tar archive");
}

static void add_some(sandbox *box) {
    char *data = calloc(1, 300000);
    add_file(box, "small", "some text");
    add_pax(box, "path", "pax", 3);
    add_file(box, "x", "more");
    add(box, "large", '0', 0644, data, 300000, NULL);
    add_symlink(box, "link", "small");
    free(data);
}

static void test_truncated_anywhere(void **state) {
    sandbox *box = *state;
    add_some(box);
    add_end(box);
    ar_buffer whole = AR_BUFFER_INIT;
    assert_true(ar_buffer_append(&whole, box->tar.data, box->tar.size));
    size_t boundaries = 0;
    for (size_t size = 513; size < whole.size; size += size < 8000 || size > 297000 ? 61 : 7001) {
        start_over(box);
        box->block = size % 3 == 0 ? 512 : 70000;
        artrepo_code code = extract_bytes(box, whole.data, size);
        if (size >= whole.size - 1024) { /* within the end marker */
            boundaries++;
        } else {
            assert_int_equal(code, ARTREPO_IO);
            assert_non_null(strstr(box->error.message, "the archive ends early"));
        }
    }
    assert_true(boundaries > 0);
    ar_buffer_free(&whole);
}

static void test_damaged_header(void **state) {
    sandbox *box = *state;
    add_some(box);
    size_t header = box->tar.size;
    add_file(box, "last", "x");
    add_end(box);
    box->tar.data[header + 3]++;
    assert_damaged(box, ARTREPO_IO, "damaged tar archive");
}

static void add_sized(sandbox *box, const unsigned char size[12]) {
    char header[512];
    make_header(header, "sized", '0', 0644, 0, NULL);
    memcpy(header + 124, size, 12);
    finish_header(header);
    add_data(box, header, 512);
    add_end(box);
}

static void test_sizes_that_cannot_be(void **state) {
    sandbox *box = *state;
    static const unsigned char minus_one[12] = {255, 255, 255, 255, 255, 255,
                                                255, 255, 255, 255, 255, 255};
    static const unsigned char very_negative[12] = {255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    static const unsigned char greatest[12] = {128, 0,   0,   0,   127, 255,
                                               255, 255, 255, 255, 255, 255};
    static const unsigned char overflowing[12] = {128, 255, 255, 255, 255, 255,
                                                  255, 255, 255, 255, 255, 255};
    static const unsigned char octal[12] = "777777777777";
    static const unsigned char text[12] = "-1";
    static const unsigned char *const all[] = {minus_one,   very_negative, greatest,
                                               overflowing, octal,         text};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        add_sized(box, all[i]);
        artrepo_code code = extract_bytes(box, box->tar.data, box->tar.size);
        if (all[i] == text) {
            assert_int_equal(code, ARTREPO_INVALID); /* it does not even look like a tar */
        } else {
            assert_int_equal(code, ARTREPO_IO);
        }
        assert_true(box->error.code == ARTREPO_OK || box->error.message[0] != '\0');
        start_over(box);
    }
}

static void test_pax_sizes_that_lie(void **state) {
    sandbox *box = *state;
    static const char *const sizes[] = {"99999999999", "-5", "9223372036854775807",
                                        "99999999999999999999999", "5x"};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        add_pax(box, "size", sizes[i], strlen(sizes[i]));
        add_file(box, "f", "12345");
        add_end(box);
        extract_bytes(box, box->tar.data, box->tar.size);
        assert_true(box->error.code == ARTREPO_OK || box->error.code == ARTREPO_IO ||
                    box->error.code == ARTREPO_REFUSED_UNSAFE);
        assert_true(!is_there(box, "f") || status_of(box, "f").st_size <= 4096);
        start_over(box);
    }
}

static void test_pax_records_that_lie(void **state) {
    sandbox *box = *state;
    static const char *const records[] = {"99999 path=x\n",
                                          "0 path=x\n",
                                          "-1 path=x\n",
                                          "12 path=",
                                          "abc",
                                          "5 a=\n",
                                          "12 path=abcdef",
                                          " path=x\n",
                                          "999999999999999 p=x\n",
                                          "3 =\n",
                                          "18 GNU.sparse.map=1\n",
                                          "22 GNU.sparse.major=1\n24 GNU.sparse.realsize=99\n"};
    for (size_t i = 0; i < sizeof records / sizeof records[0]; i++) {
        add(box, "x", 'x', 0644, records[i], strlen(records[i]), NULL);
        add_file(box, "f", "12345");
        add_end(box);
        extract_bytes(box, box->tar.data, box->tar.size);
        assert_true(box->error.code == ARTREPO_OK || box->error.message[0] != '\0');
        start_over(box);
    }
}

static void test_sparse_maps_that_lie(void **state) {
    sandbox *box = *state;
    static const char *const maps[] = {"0,5,3,5",
                                       "5,5,0,5",
                                       "0,9999999",
                                       "-5,5",
                                       "0,5,9223372036854775807,5",
                                       "9223372036854775807,5"};
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++) {
        add_pax_sparse(box, "20", maps[i]);
        add_file(box, "f", "1234567890");
        add_end(box);
        extract_bytes(box, box->tar.data, box->tar.size);
        assert_true(!is_there(box, "f") || status_of(box, "f").st_size <= 1 << 20);
        start_over(box);
    }
}

/* Every byte of a few headers, turned. */
static void test_flipped_bytes(void **state) {
    sandbox *box = *state;
    add_pax(box, "path", "pax", 3);
    add_file(box, "x", "more");
    add_symlink(box, "l", "x");
    add_hard_link(box, "h", "pax");
    add_end(box);
    ar_buffer whole = AR_BUFFER_INIT;
    assert_true(ar_buffer_append(&whole, box->tar.data, box->tar.size));
    for (size_t i = 0; i < whole.size - 1024; i++) {
        if (i % 512 >= 512 - 160 || (i % 512 > 10 && i % 512 < 95)) {
            continue; /* mostly zeroes */
        }
        start_over(box);
        whole.data[i] ^= (char)(1 + i % 255);
        char saved[512];
        size_t header = i / 512 * 512;
        memcpy(saved, whole.data + header, 512);
        finish_header(whole.data + header); /* so that it gets beyond the check sum */
        extract_bytes(box, whole.data, whole.size);
        assert_world_untouched(box);
        memcpy(whole.data + header, saved, 512);
        whole.data[i] ^= (char)(1 + i % 255);
    }
    ar_buffer_free(&whole);
}

static void test_failing_stream(void **state) {
    sandbox *box = *state;
    add_some(box);
    for (int with_end = 0; with_end < 2; with_end++) {
        if (with_end) { /* as when the check sum behind the archive is wrong */
            add_end(box);
        }
        memory_reader reader = read_memory(box->tar.data, box->tar.size, 4096);
        reader.failure = ARTREPO_TRANSIENT;
        artrepo_operation *operation = new_operation(box);
        artrepo_error error = ARTREPO_ERROR_INIT;
        assert_int_equal(ar_extract_tar(&reader.base, box->place, NULL, NULL, operation, &error),
                         ARTREPO_TRANSIENT);
        assert_string_equal(error.message, "the stream broke");
        artrepo_operation_free(operation);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_no_data_at_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_a_tar, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_truncated_anywhere, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_header, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sizes_that_cannot_be, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pax_sizes_that_lie, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pax_records_that_lie, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sparse_maps_that_lie, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_flipped_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_failing_stream, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
