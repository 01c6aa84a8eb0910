#include "unit/base/unit.h"

#include "base/path.h"

/* The results of Go's path package. */
static const struct {
    const char *path, *clean, *base, *directory;
} go[] = {
    {"", ".", ".", "."},
    {".", ".", ".", "."},
    {"..", "..", "..", "."},
    {"/", "/", "/", "/"},
    {"//", "/", "/", "/"},
    {"///", "/", "/", "/"},
    {"a", "a", "a", "."},
    {"a/", "a", "a", "a"},
    {"a//", "a", "a", "a"},
    {"/a", "/a", "a", "/"},
    {"//a", "/a", "a", "/"},
    {"a/b", "a/b", "b", "a"},
    {"a//b", "a/b", "b", "a"},
    {"a/b/", "a/b", "b", "a/b"},
    {"/a/b/c", "/a/b/c", "c", "/a/b"},
    {"a/./b", "a/b", "b", "a"},
    {"a/b/.", "a/b", ".", "a/b"},
    {"./a", "a", "a", "."},
    {"/./", "/", ".", "/"},
    {"a/..", ".", "..", "a"},
    {"a/b/..", "a", "..", "a/b"},
    {"a/b/../", "a", "..", "a"},
    {"a/../b", "b", "b", "."},
    {"a/../../b", "../b", "b", ".."},
    {"../../a", "../../a", "a", "../.."},
    {"../a/../..", "../..", "..", ".."},
    {"a/b/../../../c/d", "../c/d", "d", "../c"},
    {"/..", "/", "..", "/"},
    {"/../a", "/a", "a", "/"},
    {"/a/../../b", "/b", "b", "/"},
    {"/a/b/../../..", "/", "..", "/"},
    {"a/...", "a/...", "...", "a"},
    {"..a/b", "..a/b", "b", "..a"},
    {"a/..b", "a/..b", "..b", "a"},
    {"/a//b/./c/../{{x}}/", "/a/b/{{x}}", "{{x}}", "/a/b/{{x}}"},
    {"\xc3\xa9/ \xf0\x9f\x98\x80", "\xc3\xa9/ \xf0\x9f\x98\x80", " \xf0\x9f\x98\x80", "\xc3\xa9"},
};

static void clean_base_and_directory_are_as_in_go(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof go / sizeof go[0]; i++) {
        char *clean = ar_path_clean(go[i].path);
        char *base = ar_path_base(go[i].path);
        char *directory = ar_path_directory(go[i].path);
        print_message("%s\n", go[i].path);
        assert_string_equal(clean, go[i].clean);
        assert_string_equal(base, go[i].base);
        assert_string_equal(directory, go[i].directory);
        free(clean);
        free(base);
        free(directory);
    }
}

static void join_is_as_in_go(void **state) {
    (void)state;
    static const struct {
        const char *first, *second, *joined;
    } cases[] = {
        {"", "", ""},       {"a", "", "a"},       {"", "b", "b"},           {"a", "b", "a/b"},
        {"a/", "b", "a/b"}, {"a", "/b", "a/b"},   {"/", "a", "/a"},         {"/", "", "/"},
        {"", "/", "/"},     {"a", "../b", "b"},   {"a", "../../b", "../b"}, {"/a", "../../b", "/b"},
        {"a/", "", "a"},    {"a//b", ".", "a/b"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *joined = ar_path_join(cases[i].first, cases[i].second);
        assert_string_equal(joined, cases[i].joined);
        free(joined);
    }
}

static void concatenate_cleans_nothing(void **state) {
    (void)state;
    static const struct {
        const char *first, *second, *joined;
    } cases[] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"a", "../b//", "a/../b//"}, {"", "b", "/b"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *joined = ar_path_concatenate(cases[i].first, cases[i].second);
        assert_string_equal(joined, cases[i].joined);
        free(joined);
    }
}

static void names_that_lead_out_are_known(void **state) {
    (void)state;
    static const struct {
        const char *name;
        bool inside, dot_dot;
    } cases[] = {
        {"", false, false},         {"a", true, false},      {"a/b", true, false},
        {"/a", false, false},       {"..", false, true},     {"../a", false, true},
        {"a/..", true, true},       {"a/../b", true, true},  {"a/../..", false, true},
        {"a/../../b", false, true}, {"./../a", false, true}, {"a//..//..", false, true},
        {"..a", true, false},       {"a/..b", true, false},  {"a/...", true, false},
        {".", true, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(ar_path_is_inside(cases[i].name), cases[i].inside);
        assert_int_equal(ar_path_has_dot_dot(cases[i].name), cases[i].dot_dot);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_base_and_directory_are_as_in_go),
        cmocka_unit_test(join_is_as_in_go),
        cmocka_unit_test(concatenate_cleans_nothing),
        cmocka_unit_test(names_that_lead_out_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
