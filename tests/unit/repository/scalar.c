#include "unit/repository/support.h"

#include "repository/scalar.h"

static void plain_scalars_are_typed_as_argo_types_them(void **state) {
    (void)state;
    static const struct {
        const char *text;
        ar_value_kind kind;
        const char *canonical;
    } cases[] = {
        {"", AR_VALUE_NULL, ""},
        {"~", AR_VALUE_NULL, ""},
        {"null", AR_VALUE_NULL, ""},
        {"nULL", AR_VALUE_STRING, "nULL"},
        {"true", AR_VALUE_BOOL, "true"},
        {"Yes", AR_VALUE_BOOL, "true"},
        {"on", AR_VALUE_BOOL, "true"},
        {"y", AR_VALUE_BOOL, "true"},
        {"OFF", AR_VALUE_BOOL, "false"},
        {"n", AR_VALUE_BOOL, "false"},
        {"tRue", AR_VALUE_STRING, "tRue"},
        {"0", AR_VALUE_NUMBER, "0"},
        {"-12", AR_VALUE_NUMBER, "-12"},
        {"+12", AR_VALUE_NUMBER, "+12"},
        {"0644", AR_VALUE_NUMBER, "0644"},
        {"0o644", AR_VALUE_NUMBER, "0o644"},
        {"0x1F", AR_VALUE_NUMBER, "0x1F"},
        {"0b101", AR_VALUE_NUMBER, "0b101"},
        {"1.4_", AR_VALUE_NUMBER, "1.4_"},
        {".4_", AR_VALUE_STRING, ".4_"},
        {".4_5", AR_VALUE_NUMBER, ".4_5"},
        {"._4", AR_VALUE_STRING, "._4"},
        {"1_000", AR_VALUE_NUMBER, "1_000"},
        {"1.5", AR_VALUE_NUMBER, "1.5"},
        {".5", AR_VALUE_NUMBER, ".5"},
        {"5.", AR_VALUE_NUMBER, "5."},
        {"1e3", AR_VALUE_NUMBER, "1e3"},
        {"089", AR_VALUE_NUMBER, "089"}, /* no octal, but a real number */
        {"1.2.3", AR_VALUE_STRING, "1.2.3"},
        {"2026-03-07", AR_VALUE_STRING, "2026-03-07"},
        {"-", AR_VALUE_STRING, "-"},
        {".", AR_VALUE_STRING, "."},
        {"+-1", AR_VALUE_STRING, "+-1"},
        {"1e", AR_VALUE_STRING, "1e"},
        {"0x", AR_VALUE_STRING, "0x"},
        {"12ab", AR_VALUE_STRING, "12ab"},
        {"minio:9000", AR_VALUE_STRING, "minio:9000"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *canonical;
        print_message("%s\n", cases[i].text);
        assert_int_equal(ar_scalar_kind(cases[i].text, &canonical), cases[i].kind);
        assert_string_equal(canonical, cases[i].canonical);
    }
}

static void integers_fit_or_are_none(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool is;
        int64_t value;
    } cases[] = {{"0644", true, 420},
                 {"0o644", true, 420},
                 {"-0x10", true, -16},
                 {"0b1_1", true, 3},
                 {"9223372036854775807", true, INT64_MAX},
                 {"-9223372036854775808", true, INT64_MIN},
                 {"9223372036854775808", false, 0},
                 {"18446744073709551616", false, 0},
                 {"", false, 0},
                 {"-", false, 0},
                 {"--1", false, 0},
                 {"0x-1", false, 0},
                 {"0x 1", false, 0},
                 {"1.0", false, 0},
                 {"0b2", false, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value = 0;
        print_message("%s\n", cases[i].text);
        assert_int_equal(ar_scalar_integer(cases[i].text, &value), cases[i].is);
        assert_true(value == cases[i].value);
    }
    char digits[300];
    memset(digits, '1', sizeof digits - 1);
    digits[sizeof digits - 1] = '\0';
    int64_t integer;
    double real;
    assert_false(ar_scalar_integer(digits, &integer));
    assert_false(ar_scalar_real(digits, &real));
    assert_false(ar_scalar_real("1e999", &real));
    assert_true(ar_scalar_real("-2.5e-1", &real));
    assert_true(real == -0.25);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_scalars_are_typed_as_argo_types_them),
        cmocka_unit_test(integers_fit_or_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
