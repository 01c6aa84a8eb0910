/* Listings that would never end. */
#include "unit/support.h"

#include "remote/pages.h"

/* How many pages of a circle are taken until it is noticed; LEAD pages come before it. */
static unsigned pages_until_noticed(unsigned lead, unsigned length) {
    ar_pages pages = {0};
    artrepo_error failure = ARTREPO_ERROR_INIT;
    char token[32];
    unsigned count = 0;
    artrepo_code code = ARTREPO_OK;
    while (code == ARTREPO_OK && count < 1000000) {
        snprintf(token, sizeof token, "%u", count < lead ? count : lead + (count - lead) % length);
        code = ar_pages_turn(&pages, token, 1, &failure);
        count++;
    }
    assert_int_equal(code, ARTREPO_IO);
    assert_non_null(strstr(failure.message, "circle"));
    ar_pages_close(&pages);
    return count;
}

static void test_circles(void **state) {
    (void)state;
    assert_int_equal(pages_until_noticed(0, 1), 2);
    assert_in_range(pages_until_noticed(0, 2), 3, 6);
    for (unsigned length = 1; length < 40; length++) {
        for (unsigned lead = 0; lead < 40; lead += 13) {
            assert_in_range(pages_until_noticed(lead, length), lead + length + 1,
                            4 * (lead + length + 1));
        }
    }
}

static void test_empty_pages(void **state) {
    (void)state;
    ar_pages pages = {0};
    artrepo_error failure = ARTREPO_ERROR_INIT;
    char token[32];
    artrepo_code code = ARTREPO_OK;
    unsigned count = 0;
    for (unsigned i = 0; i < 9000; i++) { /* an honest store has some now and then */
        snprintf(token, sizeof token, "%u", count++);
        assert_ok(ar_pages_turn(&pages, token, i == 8999, error));
    }
    while (code == ARTREPO_OK && count < 30000) {
        snprintf(token, sizeof token, "%u", count++);
        code = ar_pages_turn(&pages, token, 0, &failure);
    }
    assert_int_equal(code, ARTREPO_IO);
    assert_int_equal(count, 19001);
    assert_non_null(strstr(failure.message, "nothing in them"));
    ar_pages_close(&pages);
}

static void test_many_pages(void **state) {
    (void)state;
    ar_pages pages = {0};
    char token[32];
    for (unsigned i = 0; i < 100000; i++) {
        snprintf(token, sizeof token, "%u", i);
        assert_ok(ar_pages_turn(&pages, token, 1000, error));
    }
    ar_pages_close(&pages);
    ar_pages_close(&pages);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_circles),
        cmocka_unit_test(test_empty_pages),
        cmocka_unit_test(test_many_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
