#include "unit/repository/support.h"

#include "repository/content_type.h"

static void extensions_give_types(void **state) {
    (void)state;
    static const struct {
        const char *key, *type;
    } cases[] = {{"a/b.txt", "text/plain; charset=utf-8"},
                 {"main.log", "text/plain; charset=utf-8"},
                 {"report.HTML", "text/html; charset=utf-8"},
                 {"x.json", "application/json"},
                 {"x.png", "image/png"},
                 {"x.svg", "image/svg+xml"},
                 {"x.csv", "text/csv; charset=utf-8"},
                 {"x.pdf", "application/pdf"},
                 {"x.yaml", "application/yaml"},
                 {"out.tgz", "application/gzip"},
                 {"out.tar.gz", "application/gzip"},
                 {"out.tar.zst", "application/zstd"},
                 {"out.zip", "application/zip"},
                 {"noextension", "application/octet-stream"},
                 {"dir.txt/file", "application/octet-stream"},
                 {"dot.", "application/octet-stream"},
                 {"", "application/octet-stream"},
                 {"x.unknown", "application/octet-stream"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(ar_content_type_of(cases[i].key), cases[i].type);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(extensions_give_types)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
