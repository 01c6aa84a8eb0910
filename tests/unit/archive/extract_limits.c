#include "unit/archive/extract_fixture.h"

static void assert_over(sandbox *box, const char *message) {
    assert_refused(box, ARTREPO_REFUSED_UNSAFE, message);
    start_over(box);
}

static void test_entries(void **state) {
    sandbox *box = *state;
    box->limits.entries = 3;
    add_directory(box, "d");
    add_file(box, "d/a", "a");
    add_file(box, "d/b", "b");
    assert_extracts(box);
    start_over(box);
    add_directory(box, "d");
    add_file(box, "d/a", "a");
    add(box, "fifo", '6', 0644, "", 0, NULL); /* counts too */
    add_file(box, "d/b", "b");
    assert_over(box, "more than 3 entries");
}

static void test_bytes(void **state) {
    sandbox *box = *state;
    char *data = calloc(1, 400000);
    box->limits.bytes = 400005;
    add(box, "a", '0', 0644, data, 400000, NULL);
    add_file(box, "b", "12345");
    assert_extracts(box);
    start_over(box);
    add(box, "a", '0', 0644, data, 400000, NULL);
    add_file(box, "b", "123456");
    assert_over(box, "more than 400005 bytes");
    free(data);
}

/* Refused by what the header says, before anything is written. */
static void test_bytes_of_a_sparse_file_count(void **state) {
    sandbox *box = *state;
    box->limits.bytes = 1 << 20;
    add_pax_sparse(box, "1099511627776", "0,5,1099511627776,0");
    add_file(box, "f", "12345");
    assert_refused(box, ARTREPO_REFUSED_UNSAFE, "more than 1048576 bytes");
    assert_false(is_there(box, "f"));
}

static artrepo_code extract_with_ratio(sandbox *box, uint64_t archive_size) {
    artrepo_archive_limits limits = {.ratio = 100};
    memory_reader reader = read_memory(box->tar.data, box->tar.size, 64 << 10);
    _Atomic uint64_t archive_bytes = archive_size;
    return ar_extract_tar(&reader.base, box->place, &limits, &archive_bytes, NULL, &box->error);
}

static void test_ratio(void **state) {
    sandbox *box = *state;
    char *data = calloc(1, 4 << 20);
    add(box, "bomb", '0', 0644, data, 4 << 20, NULL);
    add_end(box);
    assert_int_equal(extract_with_ratio(box, 1000), ARTREPO_REFUSED_UNSAFE);
    assert_non_null(strstr(box->error.message, "more than 100 times its own size"));
    assert_true(status_of(box, "bomb").st_size <= (1 << 20) + (64 << 10)); /* stopped early */
    assert_int_equal(extract_with_ratio(box, 42000), ARTREPO_OK);
    start_over(box);
    add(box, "small", '0', 0644, data, 1 << 20, NULL); /* under a MiB there is no ratio */
    add_end(box);
    assert_int_equal(extract_with_ratio(box, 1), ARTREPO_OK);
    free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_entries, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bytes_of_a_sparse_file_count, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ratio, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
