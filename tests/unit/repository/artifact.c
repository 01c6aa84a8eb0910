#include "unit/repository/support.h"

static void every_field_is_read(void **state) {
    (void)state;
    kept_log log;
    artrepo_operation *operation = new_operation(&log, ARTREPO_LOG_INFO);
    static const char text[] = "name: out-art\n"
                               "path: /tmp//dir/\n"
                               "mode: 0644\n"
                               "recurseMode: true\n"
                               "optional: yes\n"
                               "from: '{{steps.a.outputs.artifacts.b}}'\n"
                               "fromExpression: 'a'\n"
                               "archiveLogs: false\n"
                               "globalName: g\n"
                               "subPath: s\n"
                               "deleted: false\n"
                               "artifactGC: {strategy: Never, serviceAccountName: x,\n"
                               "  podMetadata: {labels: {a: b}, annotations: {c: d}}}\n"
                               "archive: {tar: {compressionLevel: 3}}\n"
                               "s3: {key: k, bucket: null}\n";
    artrepo_artifact *artifact = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_artifact_parse(text, strlen(text), "a.yaml", operation, &artifact, &error),
              error);
    assert_string_equal(log.text, "");
    assert_string_equal(artrepo_artifact_name(artifact), "out-art");
    assert_string_equal(artrepo_artifact_path(artifact), "/tmp/dir");
    assert_int_equal(artrepo_artifact_mode(artifact), 0644);
    assert_true(artrepo_artifact_recurse_mode(artifact));
    assert_true(artrepo_artifact_optional(artifact));
    artrepo_archive_strategy strategy = artrepo_artifact_strategy(artifact);
    assert_int_equal(strategy.kind, ARTREPO_ARCHIVE_TAR);
    assert_int_equal(strategy.compression, ARTREPO_COMPRESSION_GZIP);
    assert_int_equal(strategy.level, 3);
    const artrepo_location *location = artrepo_artifact_location(artifact);
    assert_string_equal(artrepo_location_kind(location), "s3");
    assert_string_equal(artrepo_location_key(location), "k");
    artrepo_artifact_free(artifact);
    artrepo_operation_free(operation);
}

static void what_is_not_set_has_defaults(void **state) {
    (void)state;
    artrepo_artifact *artifact = parse_artifact("{\"name\": \"a\", \"s3\": null, \"mode\": null}");
    assert_null(artrepo_artifact_path(artifact));
    assert_int_equal(artrepo_artifact_mode(artifact), -1);
    assert_false(artrepo_artifact_recurse_mode(artifact));
    assert_false(artrepo_artifact_optional(artifact));
    assert_int_equal(artrepo_artifact_strategy(artifact).kind, ARTREPO_ARCHIVE_UNSET);
    assert_int_equal(artrepo_artifact_strategy(artifact).level, ARTREPO_LEVEL_DEFAULT);
    assert_null(artrepo_artifact_location(artifact));
    artrepo_artifact_free(artifact);
    artrepo_artifact_free(NULL);
}

static void strategies_have_file_names(void **state) {
    (void)state;
    static const struct {
        const char *archive;
        artrepo_archive_kind kind;
        artrepo_compression compression;
        int level;
        const char *file_name;
    } cases[] = {
        {"{}", ARTREPO_ARCHIVE_UNSET, ARTREPO_COMPRESSION_GZIP, -1, "a.tgz"},
        {"{none: {}}", ARTREPO_ARCHIVE_NONE, ARTREPO_COMPRESSION_GZIP, -1, "f.txt"},
        {"{none: }", ARTREPO_ARCHIVE_UNSET, ARTREPO_COMPRESSION_GZIP, -1, "a.tgz"},
        {"{zip: {}}", ARTREPO_ARCHIVE_ZIP, ARTREPO_COMPRESSION_GZIP, -1, "a.zip"},
        {"{tar: {}}", ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_GZIP, -1, "a.tgz"},
        {"{tar: {compressionLevel: 0}}", ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_GZIP, 0, "a.tgz"},
        {"{tar: {compressionLevel: -1}}", ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_GZIP, -1,
         "a.tgz"},
        {"{tar: {compression: gzip, compressionLevel: 9}}", ARTREPO_ARCHIVE_TAR,
         ARTREPO_COMPRESSION_GZIP, 9, "a.tgz"},
        {"{tar: {compressionLevel: 19, compression: zstd}}", ARTREPO_ARCHIVE_TAR,
         ARTREPO_COMPRESSION_ZSTD, 19, "a.tar.zst"},
        {"{tar: {compression: zstd, longDistance: true}}", ARTREPO_ARCHIVE_TAR,
         ARTREPO_COMPRESSION_ZSTD, -1, "a.tar.zst"},
        {"{tar: {compression: none}}", ARTREPO_ARCHIVE_TAR, ARTREPO_COMPRESSION_NONE, -1, "a.tar"},
        {"{tar: {}, none: {}}", ARTREPO_ARCHIVE_NONE, ARTREPO_COMPRESSION_GZIP, -1, "f.txt"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, "{name: a, path: /d/f.txt, archive: %s}", cases[i].archive);
        artrepo_artifact *artifact = parse_artifact(text);
        artrepo_archive_strategy strategy = artrepo_artifact_strategy(artifact);
        assert_int_equal(strategy.kind, cases[i].kind);
        assert_int_equal(strategy.compression, cases[i].compression);
        assert_int_equal(strategy.level, cases[i].level);
        assert_int_equal(strategy.long_distance, strstr(cases[i].archive, "longDistance") != NULL);
        char *name = NULL;
        artrepo_error error = ARTREPO_ERROR_INIT;
        assert_ok(artrepo_artifact_file_name(artifact, &name, &error), error);
        assert_string_equal(name, cases[i].file_name);
        free(name);
        artrepo_artifact_free(artifact);
    }
}

static void wrong_fields_are_told_with_their_place(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "a.yaml: no artifact here"},
        {"[a]", "a.yaml:1:1: no artifact here"},
        {"path: /x", "a.yaml:1:1: the artifact has no name"},
        {"name: 12", "a.yaml:1:7: field 'name' must be a string, not a number (quote it)"},
        {"name: yes", "a.yaml:1:7: field 'name' must be a string, not a boolean (quote it)"},
        {"name: 'a b'", "'a b' is no name for an artifact"},
        {"name: ''", "'' is no name for an artifact"},
        {"name: a\nmode: '0644'", "a.yaml:2:7: field 'mode' must be a whole number, not a string"},
        {"name: a\nmode: 1.5", "field 'mode' must be a whole number, not 1.5"},
        {"name: a\nmode: 01000", "a.yaml:2:7: field 'mode' must be from 0 to 0777"},
        {"name: a\nmode: -1", "field 'mode' must be from 0 to 0777"},
        {"name: a\noptional: 'true'",
         "a.yaml:2:11: field 'optional' must be true or false, not a string"},
        {"name: a\narchive: none", "a.yaml:2:10: field 'archive' must be an object, not a string"},
        {"name: a\narchive: {tar: {compressionLevel: 10}}",
         "a.yaml:2:35: field 'archive.tar.compressionLevel' must be from 0 to 9"},
        {"name: a\narchive: {tar: {compressionLevel: 0, compression: zstd}}",
         "must be from 1 to 19"},
        {"name: a\narchive: {tar: {compressionLevel: high}}",
         "field 'archive.tar.compressionLevel' must be a whole number, not a string"},
        {"name: a\narchive: {tar: {compression: lzma}}",
         "a.yaml:2:30: field 'archive.tar.compression' must be gzip, zstd or none, not 'lzma'"},
        {"name: a\narchive: {tar: {longDistance: true}}",
         "field 'archive.tar.longDistance' needs compression: zstd"},
        {"name: a\ns3: k", "a.yaml:2:5: field 's3' must be an object, not a string"},
        {"name: a\ns3:\n  key: 7", "a.yaml:3:8: field 's3.key' must be a string, not a number"},
        {"name: a\nhttp: {url: u, headers: [{name: x, value: 1}]}",
         "a.yaml:2:43: field 'http.headers[0].value' must be a string"},
        {"name: a\nhttp: {url: u, headers: {x: y}}",
         "field 'http.headers' must be a list, not an object"},
        {"name: a\nartifactGC: {podMetadata: {labels: {a: 1}}}",
         "field 'artifactGC.podMetadata.labels.a' must be a string"},
        {"name: a\nartifactGC: {podMetadata: {labels: a}}",
         "field 'artifactGC.podMetadata.labels' must be an object, not a string"},
        {"name: a\npath: /x/../y", "attempted to use a path containing '..'"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        artrepo_artifact *artifact = NULL;
        artrepo_error error = ARTREPO_ERROR_INIT;
        print_message("%s\n", cases[i].text);
        assert_code(artrepo_artifact_parse(cases[i].text, strlen(cases[i].text), "a.yaml", NULL,
                                           &artifact, &error),
                    ARTREPO_INVALID, error);
        assert_contains(error.message, cases[i].says);
        assert_null(artifact);
    }
}

static void unknown_fields_are_warnings(void **state) {
    (void)state;
    kept_log log;
    artrepo_operation *operation = new_operation(&log, ARTREPO_LOG_INFO);
    static const char text[] = "name: a\n"
                               "Optional: true\n"
                               "s3:\n"
                               "  key: k\n"
                               "  keyFormat: x\n"
                               "archive: {tar: {level: 1}}\n"
                               "strange: {deep: 1}\n";
    artrepo_artifact *artifact = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_artifact_parse(text, strlen(text), "a.yaml", operation, &artifact, &error),
              error);
    assert_string_equal(log.text,
                        "unknown field field=Optional file=a.yaml line=2 did you mean=optional\n"
                        "unknown field field=s3.keyFormat file=a.yaml line=5\n"
                        "unknown field field=archive.tar.level file=a.yaml line=6\n"
                        "unknown field field=strange file=a.yaml line=7\n");
    artrepo_artifact_free(artifact);
    artrepo_operation_free(operation);
}

static void paths_must_not_climb(void **state) {
    (void)state;
    static const struct {
        const char *path, *clean; /* NULL: refused */
    } cases[] = {
        {"/tmp/file", "/tmp/file"},
        {"/tmp/safe/../../etc", NULL},
        {"/tmp/safe/x/../y", NULL},
        {"/tmp/safe/..", NULL},
        {"/tmp/a/../a/b", "/tmp/a/b"},
        {"/tmp/a/../a", NULL},
        {"/../etc", "/etc"},
        {"../x", "../x"},
        {"/tmp/..x/y", "/tmp/..x/y"},
        {"/tmp/ab", "/tmp/ab"},
        {"a//bc", "a/bc"},
        {"./ab", "ab"},
        {"/a/../ab/c", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        artrepo_artifact *artifact = NULL;
        artrepo_error error = ARTREPO_ERROR_INIT;
        artrepo_code code = artrepo_artifact_new("d", cases[i].path, &artifact, &error);
        print_message("%s\n", cases[i].path);
        if (cases[i].clean == NULL) {
            assert_int_equal(code, ARTREPO_INVALID);
            assert_string_equal(error.message,
                                "Artifact 'd' attempted to use a path containing '..'. Directory "
                                "traversal is not permitted");
        } else {
            assert_int_equal(code, ARTREPO_OK);
            assert_string_equal(artrepo_artifact_path(artifact), cases[i].clean);
        }
        artrepo_artifact_free(artifact);
    }
}

static void setters_take_over(void **state) {
    (void)state;
    artrepo_artifact *artifact = NULL;
    artrepo_location *location = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_artifact_new("{{a}}_b.c-1", NULL, &artifact, &error), error);
    for (int i = 0; i < 2; i++) {
        assert_ok(artrepo_location_from_url("s3://b/k", &location, &error), error);
        artrepo_artifact_set_location(artifact, location);
    }
    assert_string_equal(artrepo_location_key(artrepo_artifact_location(artifact)), "k");
    artrepo_artifact_set_location(artifact, NULL);
    assert_null(artrepo_artifact_location(artifact));
    artrepo_artifact_set_mode(artifact, 0700, true);
    assert_int_equal(artrepo_artifact_mode(artifact), 0700);
    artrepo_artifact_set_optional(artifact, true);
    assert_true(artrepo_artifact_optional(artifact));
    artrepo_archive_strategy zip = {ARTREPO_ARCHIVE_ZIP, ARTREPO_COMPRESSION_GZIP, -1, false};
    artrepo_artifact_set_strategy(artifact, &zip);
    assert_int_equal(artrepo_artifact_strategy(artifact).kind, ARTREPO_ARCHIVE_ZIP);
    artrepo_artifact_free(artifact);
    assert_code(artrepo_artifact_new(NULL, NULL, &artifact, &error), ARTREPO_INVALID, error);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_is_read),
        cmocka_unit_test(what_is_not_set_has_defaults),
        cmocka_unit_test(strategies_have_file_names),
        cmocka_unit_test(wrong_fields_are_told_with_their_place),
        cmocka_unit_test(unknown_fields_are_warnings),
        cmocka_unit_test(paths_must_not_climb),
        cmocka_unit_test(setters_take_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
