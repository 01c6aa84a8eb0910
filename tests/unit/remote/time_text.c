/* Times of JSON documents. */
#include "unit/support.h"

#include "remote/time_text.h"

static void times(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t ms; /* -1: none */
    } cases[] = {
        {"2019-05-29T00:21:43Z", INT64_C(1559089303000)},
        {"2019-05-29T00:21:43.123456Z", INT64_C(1559089303123)},
        {"2019-05-29T00:21:43.5Z", INT64_C(1559089303500)},
        {"2019-05-29T02:21:43+02:00", INT64_C(1559089303000)},
        {"2019-05-28T18:51:43-0530", INT64_C(1559089303000)},
        {"2019-05-29T00:21:43", -1},
        {"2019-05-29T00:21:43+02", -1},
        {"2019-05-29T00:21:43Zoo", -1},
        {"2019-05-29", -1},
        {"", -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ms = -1;
        assert_int_equal(ar_time_of_text(cases[i].text, &ms), cases[i].ms >= 0);
        assert_true(ms == cases[i].ms);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
