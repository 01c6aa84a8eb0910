#include "unit/repository/support.h"

#include "base/buffer.h"
#include "repository/document.h"

static const ar_origin file = {.file_name = "f.yaml"};

static ar_value *parse(const char *text) {
    ar_value *root = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(ar_document_parse(text, strlen(text), &file, &root, &error), error);
    return root;
}

static void expect_error(const char *text, size_t size, const char *says) {
    ar_value *root = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_code(ar_document_parse(text, size, &file, &root, &error), ARTREPO_INVALID, error);
    assert_null(root);
    assert_contains(error.message, says);
}

static void expect_place(const ar_value *value, int line, int column) {
    assert_non_null(value);
    assert_int_equal(value->line, line);
    assert_int_equal(value->column, column);
}

static void values_know_their_place(void **state) {
    (void)state;
    ar_value *root = parse("# comment\n"
                           "s3:\n"
                           "  bucket: b\n"
                           "  accessKeySecret: {name: n, key: k}\n"
                           "  list:\n"
                           "    - x\n"
                           "    - 'y'\n");
    expect_place(root, 2, 1);
    expect_place(ar_value_get(root, "s3"), 2, 1); /* where its name is */
    expect_place(ar_value_find(root, "s3.bucket"), 3, 11);
    expect_place(ar_value_find(root, "s3.accessKeySecret"), 4, 3);
    expect_place(ar_value_find(root, "s3.accessKeySecret.key"), 4, 35);
    const ar_value *list = ar_value_find(root, "s3.list");
    expect_place(list->members[1].value, 7, 7);
    ar_value_free(root);
}

static void the_origin_moves_places(void **state) {
    (void)state;
    static const char text[] = "a:\n  b: 1\n";
    const ar_origin inner = {"f.yaml", 10, 4, false};
    const ar_origin fixed = {"f.yaml", 10, 4, true};
    ar_value *root = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(ar_document_parse(text, strlen(text), &inner, &root, &error), error);
    expect_place(ar_value_find(root, "a.b"), 12, 10);
    ar_value_free(root);
    assert_ok(ar_document_parse(text, strlen(text), &fixed, &root, &error), error);
    expect_place(ar_value_find(root, "a.b"), 10, 4);
    ar_value_free(root);
}

static void scalars_have_kinds(void **state) {
    (void)state;
    ar_value *root = parse("{plain: on, quoted: 'on', double: \"12\", number: 012, none: , null: ~,"
                           " str: !!str 12, odd: ! 12, int: !!int 7, block: x}\n");
    assert_int_equal(ar_value_get(root, "plain")->kind, AR_VALUE_BOOL);
    assert_string_equal(ar_value_find_text(root, "plain"), "true");
    assert_int_equal(ar_value_get(root, "quoted")->kind, AR_VALUE_STRING);
    assert_int_equal(ar_value_get(root, "double")->kind, AR_VALUE_STRING);
    assert_int_equal(ar_value_get(root, "number")->kind, AR_VALUE_NUMBER);
    assert_string_equal(ar_value_find_text(root, "number"), "012");
    assert_int_equal(ar_value_get(root, "none")->kind, AR_VALUE_NULL);
    assert_null(ar_value_find_text(root, "none"));
    assert_int_equal(ar_value_get(root, "null")->kind, AR_VALUE_NULL);
    assert_int_equal(ar_value_get(root, "str")->kind, AR_VALUE_STRING);
    assert_int_equal(ar_value_get(root, "odd")->kind, AR_VALUE_STRING);
    assert_int_equal(ar_value_get(root, "int")->kind, AR_VALUE_NUMBER);
    ar_value_free(root);
    root = parse("block: |\n  12\nfolded: >-\n  a\n  b\n");
    assert_string_equal(ar_value_find_text(root, "block"), "12\n");
    assert_int_equal(ar_value_get(root, "block")->kind, AR_VALUE_STRING);
    assert_string_equal(ar_value_find_text(root, "folded"), "a b");
    ar_value_free(root);
}

static void json_is_read_with_all_its_escapes(void **state) {
    (void)state;
    ar_value *root = parse("{\"a\": \"\\u00e9\\/\\t\\\"\", \"b\": [1, -2.5e3, true, null],\n"
                           "\t\"c\": {\"d\": \"x\"}}");
    assert_string_equal(ar_value_find_text(root, "a"), "\xc3\xa9/\t\"");
    assert_string_equal(ar_value_get(root, "b")->members[1].value->text, "-2.5e3");
    ar_value_free(root);
}

static void surrogate_pairs_are_characters(void **state) {
    (void)state;
    ar_value *root = parse("{\"\\ud83d\\ude00\": \"\\uD83D\\uDE80!\",\n \"k\": \"\\\\ud83d\"}");
    assert_string_equal(ar_value_find_text(root, "\xf0\x9f\x98\x80"), "\xf0\x9f\x9a\x80!");
    assert_string_equal(ar_value_find_text(root, "k"), "\\ud83d"); /* an escaped backslash */
    expect_place(ar_value_get(root, "k"), 2, 7);
    ar_value_free(root);
    expect_error("{\"a\": \"\\ud83d\"}", 15, "f.yaml:1:"); /* half of a pair */
}

/* YAML takes them for ends of lines, which become spaces, or refuses them. */
static void json_keeps_its_characters(void **state) {
    (void)state;
    static const char *const texts[] = {"x\xc2\x85y",
                                        "x\xe2\x80\xa8y",
                                        "x\xe2\x80\xa9y",
                                        "x\x7fy",
                                        "x\xc2\x9fy",
                                        "x\xef\xbb\xbfy",
                                        "x\xef\xbf\xbey",
                                        "\xe2\x80\xa6",
                                        "\xc3\xa9\xe2\x82"
                                        "\xac"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char text[100];
        snprintf(text, sizeof text, "{\"a\": \"%s\",\n \"k\": 1}", texts[i]);
        ar_value *root = parse(text);
        assert_string_equal(ar_value_find_text(root, "a"), texts[i]);
        expect_place(ar_value_get(root, "k"), 2, 7);
        ar_value_free(root);
    }
}

/* YAML's names are on one line with their colon, and of 1024 characters at the most. */
static void json_keeps_its_names(void **state) {
    (void)state;
    char name[3000], text[3100];
    for (size_t length = 990; length < 1040; length++) {
        memset(name, 'n', length);
        name[length] = '\0';
        snprintf(text, sizeof text, "{\"a\": {\"%s\" : 1, \"\": 2},\n \"k\": [\"%s\"]}", name,
                 name);
        ar_value *root = parse(text);
        assert_string_equal(ar_value_find_text(ar_value_get(root, "a"), name), "1");
        assert_string_equal(ar_value_find_text(ar_value_get(root, "a"), ""), "2");
        assert_string_equal(ar_value_get(root, "k")->members[0].value->text, name);
        expect_place(ar_value_get(root, "k"), 2, 2);
        ar_value_free(root);
    }
    memset(name, 0x7f, 200); /* becomes "\u007f" */
    name[200] = '\0';
    snprintf(text, sizeof text, "{\"%s\": 1}", name);
    ar_value *root = parse(text);
    assert_string_equal(ar_value_find_text(root, name), "1");
    ar_value_free(root);
    root = parse("\t{\"a\\\"\"\n\t:\t[\t\"b\\\\\"\r\n,\"c:\"],\"d\"\r\r:\"e\\t\"\t}\t");
    assert_int_equal(root->count, 2);
    assert_string_equal(ar_value_get(root, "a\"")->members[0].value->text, "b\\");
    assert_string_equal(ar_value_get(root, "a\"")->members[1].value->text, "c:");
    assert_string_equal(ar_value_find_text(root, "d"), "e\t");
    ar_value_free(root);
}

static void an_empty_document_is_nothing(void **state) {
    (void)state;
    assert_null(parse(""));
    assert_null(parse("# only a comment\n"));
    assert_null(parse("---\n...\n"));
    assert_null(parse("null\n"));
}

static void aliases_and_merges_are_resolved(void **state) {
    (void)state;
    ar_value *root = parse("base: &base {a: 1, b: 2}\n"
                           "copy: *base\n"
                           "merged:\n"
                           "  <<: *base\n"
                           "  b: 3\n"
                           "list:\n"
                           "  <<: [{c: 4, a: 9}, *base]\n"
                           "inline: {<<: &own {x: 1}, y: 2}\n"
                           "again: *own\n");
    assert_string_equal(ar_value_find_text(root, "copy.b"), "2");
    assert_string_equal(ar_value_find_text(root, "merged.a"), "1");
    assert_string_equal(ar_value_find_text(root, "merged.b"), "3");
    assert_string_equal(ar_value_find_text(root, "list.a"), "9");
    assert_string_equal(ar_value_find_text(root, "list.b"), "2");
    assert_string_equal(ar_value_find_text(root, "inline.x"), "1");
    assert_string_equal(ar_value_find_text(root, "again.x"), "1");
    ar_value_free(root);
}

/* As sigs.k8s.io/yaml reads them. */
static void what_comes_later_wins_of_members_and_merges(void **state) {
    (void)state;
    ar_value *root = parse("behind: {a: 1, <<: {a: 2, b: 3}}\n"
                           "twice: {<<: {a: 2, b: 3}, <<: {a: 4}}\n"
                           "between: {a: 1, <<: {a: 2, b: 3, c: 5}, b: 6, <<: {c: 7}}\n"
                           "list: {c: 0, <<: [{a: 2, b: 3}, {a: 5, c: 1}], b: 8}\n"
                           "anchors: {a: &a {x: 1}, <<: {a: {x: 2}}, b: *a}\n"
                           "after: *a\n");
    static const char *const cases[][2] = {
        {"behind.a", "2"},  {"behind.b", "3"},  {"twice.a", "4"},     {"twice.b", "3"},
        {"between.a", "2"}, {"between.b", "6"}, {"between.c", "7"},   {"list.a", "2"},
        {"list.b", "8"},    {"list.c", "1"},    {"anchors.a.x", "2"}, {"anchors.b.x", "1"},
        {"after.x", "1"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i][0]);
        assert_string_equal(ar_value_find_text(root, cases[i][0]), cases[i][1]);
    }
    ar_value_free(root);
}

static void what_is_wrong_is_told_with_its_place(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"a: 1\nb: [1, 2\n", "f.yaml:3:1: "},
        {"a: 1\n\tb: 2\n", "f.yaml:2:1: "},
        {"a: 1\nb:\n  c: 1\na: 2\n",
         "f.yaml:4:1: field 'a' is there twice; the first is on line 1"},
        {"{\"a\": 1, \"a\": 2}", "field 'a' is there twice"},
        {"x: *nowhere\n", "f.yaml:1:4: alias '*nowhere' has no anchor '&nowhere' before it"},
        {"x: &x [1, *x]\n", "f.yaml:1:11: alias '*x' is inside its own anchor"},
        {"? [a, b]\n: c\n", "f.yaml:1:3: the name of a field must be a text"},
        {"? {a: b}\n: c\n", "the name of a field must be a text"},
        {"a: !!binary aGk=\n", "f.yaml:1:4: tag 'tag:yaml.org,2002:binary' is not supported"},
        {"a: !mine {}\n", "tag '!mine' is not supported"},
        {"a: !!int x\n", "'x' is not what its tag"},
        {"a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document begins here"},
        {"a: \"x\\0y\"\n", "f.yaml:1:4: a text holds a NUL character"},
        {"\"x\\0y\": 1\n", "a name holds a NUL character"},
        {"a: {<<: 3}\n", "f.yaml:1:4: '<<' must name an object"},
        {"a: {<<: [3]}\n", "'<<' must name an object"},
        {"a: \xff\n", "f.yaml: "},
        {"a: @x\n", "f.yaml:1:4: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s", cases[i].text);
        expect_error(cases[i].text, strlen(cases[i].text), cases[i].says);
    }
    expect_error("a: 1\0b", 6, "f.yaml");
}

/* ---- limits ---- */

static void aliases_cannot_grow_without_end(void **state) {
    (void)state;
    ar_buffer bomb = AR_BUFFER_INIT;
    ar_buffer_append_text(&bomb, "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    for (int i = 1; i < 12; i++) {
        ar_buffer_printf(&bomb, "a%d: &a%d [", i, i);
        for (int j = 0; j < 10; j++) {
            ar_buffer_printf(&bomb, "%s*a%d", j == 0 ? "" : ",", i - 1);
        }
        ar_buffer_append_text(&bomb, "]\n");
    }
    expect_error(bomb.data, bomb.size, "more than 100000 values (aliases count");
    ar_buffer_free(&bomb);
}

static void merges_cannot_either(void **state) {
    (void)state;
    ar_buffer bomb = AR_BUFFER_INIT;
    ar_buffer_append_text(&bomb, "a: ");
    for (int i = 0; i < 50; i++) {
        ar_buffer_append_text(&bomb, "{<<: ");
    }
    ar_buffer_append_text(&bomb, "{b: [");
    for (int i = 0; i < 5000; i++) {
        ar_buffer_append_text(&bomb, "0,");
    }
    ar_buffer_append_text(&bomb, "0]}");
    for (int i = 0; i < 50; i++) {
        ar_buffer_append_text(&bomb, "}");
    }
    expect_error(bomb.data, bomb.size, "more than 100000 values (aliases count");
    ar_buffer_free(&bomb);
}

static void aliases_of_long_texts_cannot_either(void **state) {
    (void)state;
    ar_buffer bomb = AR_BUFFER_INIT;
    ar_buffer_append_text(&bomb, "a: &a ");
    for (int i = 0; i < 100000; i++) {
        ar_buffer_append_char(&bomb, 'x');
    }
    ar_buffer_append_text(&bomb, "\nb: [");
    for (int i = 0; i < 1000; i++) {
        ar_buffer_append_text(&bomb, "*a,");
    }
    ar_buffer_append_text(&bomb, "]\n");
    expect_error(bomb.data, bomb.size, "bytes of text (aliases count");
    ar_buffer_free(&bomb);
}

static void depth_is_limited_through_aliases_too(void **state) {
    (void)state;
    ar_buffer deep = AR_BUFFER_INIT;
    for (int i = 0; i < 5000; i++) {
        ar_buffer_append_char(&deep, '[');
    }
    expect_error(deep.data, deep.size, "nested more than 64 levels deep");
    ar_buffer_clear(&deep);
    for (int i = 0; i < 64; i++) {
        ar_buffer_append_char(&deep, '[');
    }
    for (int i = 0; i < 64; i++) {
        ar_buffer_append_char(&deep, ']');
    }
    ar_value *root = parse(deep.data);
    ar_value_free(root);
    ar_buffer_clear(&deep);
    ar_buffer_append_text(&deep, "a0: &a0 [x]\n");
    for (int i = 1; i < 100; i++) {
        ar_buffer_printf(&deep, "a%d: &a%d [*a%d]\n", i, i, i - 1);
    }
    expect_error(deep.data, deep.size, "f.yaml:63:12: nested more than 64 levels deep");
    ar_buffer_free(&deep);
}

static void size_fields_and_anchors_are_limited(void **state) {
    (void)state;
    ar_buffer text = AR_BUFFER_INIT;
    ar_buffer_append_text(&text, "# ");
    while (text.size <= AR_DOCUMENT_MAX_SIZE) {
        ar_buffer_append_text(&text, "0123456789abcdef");
    }
    expect_error(text.data, text.size, "f.yaml: larger than 1048576 bytes");
    ar_buffer_clear(&text);
    for (int i = 0; i < 5000; i++) {
        ar_buffer_printf(&text, "k%d: 1\n", i);
    }
    expect_error(text.data, text.size, "f.yaml:4097:1: more than 4096 fields in one object");
    ar_buffer_clear(&text);
    for (int i = 0; i < 5000; i++) {
        ar_buffer_printf(&text, "- &k%d 1\n", i);
    }
    expect_error(text.data, text.size, "f.yaml:4097:3: more than 4096 anchors");
    ar_buffer_clear(&text);
    for (int i = 0; i < 110000; i++) {
        ar_buffer_append_text(&text, "- 1\n");
    }
    expect_error(text.data, text.size, "more than 100000 values");
    ar_buffer_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_know_their_place),
        cmocka_unit_test(the_origin_moves_places),
        cmocka_unit_test(scalars_have_kinds),
        cmocka_unit_test(json_is_read_with_all_its_escapes),
        cmocka_unit_test(surrogate_pairs_are_characters),
        cmocka_unit_test(json_keeps_its_characters),
        cmocka_unit_test(json_keeps_its_names),
        cmocka_unit_test(an_empty_document_is_nothing),
        cmocka_unit_test(aliases_and_merges_are_resolved),
        cmocka_unit_test(what_comes_later_wins_of_members_and_merges),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(aliases_cannot_grow_without_end),
        cmocka_unit_test(merges_cannot_either),
        cmocka_unit_test(aliases_of_long_texts_cannot_either),
        cmocka_unit_test(depth_is_limited_through_aliases_too),
        cmocka_unit_test(size_fields_and_anchors_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
