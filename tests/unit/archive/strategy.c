#include "unit/support.h"

#include <artrepo/archive.h>

static void test_parses(void **state) {
    (void)state;
    static const struct {
        const char *text;
        artrepo_archive_kind kind;
        artrepo_compression compression;
        int level;
    } cases[] = {
        {"tar", ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_GZIP, -1},
        {"tar:0", ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_GZIP, 0},
        {"tar:9", ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_GZIP, 9},
        {"tar:-1", ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_GZIP, -1},
        {"zstd", ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_ZSTD, -1},
        {"zstd:19", ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_ZSTD, 19},
        {"none", ARTREPO_ARCHIVE_NONE, ARTREPO_COMPRESSION_NONE, -1},
        {"zip", ARTREPO_ARCHIVE_ZIP, ARTREPO_COMPRESSION_NONE, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        artrepo_archive_strategy strategy;
        assert_ok(artrepo_archive_strategy_parse(cases[i].text, &strategy, error));
        assert_int_equal(strategy.kind, cases[i].kind);
        assert_int_equal(strategy.compression, cases[i].compression);
        assert_int_equal(strategy.level, cases[i].level);
    }
}

static void test_long_distances(void **state) {
    (void)state;
    artrepo_archive_strategy strategy;
    assert_ok(artrepo_archive_strategy_parse("zstd:long", &strategy, error));
    assert_true(strategy.long_distance);
    assert_int_equal(strategy.level, -1);
    assert_ok(artrepo_archive_strategy_parse("zstd:19:long", &strategy, error));
    assert_true(strategy.long_distance);
    assert_int_equal(strategy.level, 19);
    assert_ok(artrepo_archive_strategy_parse("zstd:3", &strategy, error));
    assert_false(strategy.long_distance);
}

static void test_refuses_with_a_reason(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",       "tgz",   "tar:",   "tar:10",   "tar:x", "tar:-2",  "zstd:0",   "zstd:20",
        "none:1", "zip:6", "tar:1 ", "tar:long", "zstd:", "zstd:3:", "zstd:3:x", "zstd:longer"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        artrepo_archive_strategy strategy;
        artrepo_error error = ARTREPO_ERROR_INIT;
        assert_int_equal(artrepo_archive_strategy_parse(texts[i], &strategy, &error),
                         ARTREPO_INVALID);
        assert_true(strlen(error.message) > 10);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parses),
        cmocka_unit_test(test_long_distances),
        cmocka_unit_test(test_refuses_with_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
