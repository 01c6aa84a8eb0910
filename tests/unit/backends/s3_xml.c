#include "unit/support.h"

#include "base/buffer.h"
#include "s3/xml.h"

/* "path=text" of each element that has a text, one in each line. */
static artrepo_code note(void *data, const char *path, const char *text, artrepo_error *error) {
    (void)error;
    if (strcmp(text, "stop") == 0) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE, "stopped");
    }
    return text[0] == '\0' || ar_buffer_printf(data, "%s=%s\n", path, text)
               ? ARTREPO_OK
               : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory");
}

static artrepo_code read_all(const char *text, ar_buffer *seen, artrepo_error *error) {
    return ar_s3_xml_read(text, strlen(text), note, seen, error);
}

static void assert_reads(const char *text, const char *expected) {
    ar_buffer seen = AR_BUFFER_INIT;
    assert_ok(read_all(text, &seen, error));
    assert_string_equal(seen.data, expected);
    ar_buffer_free(&seen);
}

static void texts(void **state) {
    (void)state;
    assert_reads("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<A><B>x</B><C><D>y</D></C></A>",
                 "A/B=x\nA/C/D=y\n");
    assert_reads("<A>one<B>two</B>three</A>", "A/B=two\nA=onethree\n");
    assert_reads("<A>&amp;&lt;&gt;&quot;&#39;&#xA;&#228;</A>", "A=&<>\"'\n\xc3\xa4\n");
    assert_reads("<A><![CDATA[<not> & a tag]]>!</A>", "A=<not> & a tag!\n");
    assert_reads(
        "<A xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\" xmlns:x=\"y\"><x:B>v</x:B></A>",
        "A/B=v\n");
    assert_reads("<A><!-- a comment --><B a='1'/><B>z</B></A>", "A/B=z\n");
}

static void assert_refuses(const char *text, artrepo_code code) {
    ar_buffer seen = AR_BUFFER_INIT;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    assert_int_equal(read_all(text, &seen, &failure), code);
    assert_int_equal(failure.code, code);
    assert_true(failure.message[0] != '\0');
    ar_buffer_free(&seen);
}

static void damaged(void **state) {
    (void)state;
    static const char *const cases[] = {"",
                                        "no xml",
                                        "<A>",
                                        "<A></B>",
                                        "<A/><B/>",
                                        "<A>&unknown;</A>",
                                        "<A>\x01</A>",
                                        "<A>\xff\xfe</A>",
                                        "{\"json\": 1}",
                                        "<A attr></A>",
                                        "<html><p>page</html>"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_refuses(cases[i], ARTREPO_IO);
    }
}

static void bombs(void **state) {
    (void)state;
    assert_refuses("<!DOCTYPE a [<!ENTITY b \"boom\">]><A>&b;</A>", ARTREPO_REFUSED_UNSAFE);
    assert_refuses("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><A/>", ARTREPO_REFUSED_UNSAFE);
    ar_buffer text = AR_BUFFER_INIT;
    for (int i = 0; i < 100000; i++) {
        ar_buffer_append_text(&text, "<A>");
    }
    assert_refuses(text.data, ARTREPO_REFUSED_UNSAFE);
    ar_buffer_clear(&text);
    ar_buffer_append_text(&text, "<A>");
    for (int i = 0; i < 100000; i++) {
        ar_buffer_append_text(&text, "xxxxxxxxxx");
    }
    ar_buffer_append_text(&text, "</A>");
    assert_refuses(text.data, ARTREPO_REFUSED_UNSAFE);
    ar_buffer_free(&text);
    assert_refuses("<A><B>stop</B><C>more</C></A>", ARTREPO_REFUSED_UNSAFE);
}

static void writing(void **state) {
    (void)state;
    ar_buffer out = AR_BUFFER_INIT;
    assert_true(ar_s3_xml_append(&out, "a&b<c>d\"e\n\xc3\xa4"));
    assert_string_equal(out.data, "a&amp;b&lt;c&gt;d&quot;e&#10;\xc3\xa4");
    ar_buffer document = AR_BUFFER_INIT;
    assert_true(ar_buffer_printf(&document, "<A>%s</A>", out.data));
    assert_reads(document.data, "A=a&b<c>d\"e\n\xc3\xa4\n");
    ar_buffer_free(&out);
    ar_buffer_free(&document);
}

static void what_xml_can_carry(void **state) {
    (void)state;
    static const char *const can[] = {
        "", "plain", "tab\t", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\x7f"};
    static const char *const cannot[] = {"\x01",         "a\x1f",        "\xff",
                                         "\xc3",         "\xc0\x80",     "\xe0\x80\x80",
                                         "\xed\xa0\x80", "\xef\xbf\xbf", "\xf4\x90\x80\x80",
                                         "\x80"};
    for (size_t i = 0; i < sizeof can / sizeof *can; i++) {
        assert_true(ar_s3_xml_can_carry(can[i]));
    }
    for (size_t i = 0; i < sizeof cannot / sizeof *cannot; i++) {
        assert_false(ar_s3_xml_can_carry(cannot[i]));
    }
}

static void what_is_utf8(void **state) {
    (void)state;
    static const char *const is[] = {"",
                                     "plain",
                                     "\x01\x1f\x7f",
                                     "\xc2\x80",
                                     "\xed\x9f\xbf",
                                     "\xef\xbf\xbf",
                                     "\xf4\x8f\xbf\xbf"};
    static const char *const is_not[] = {"\xff",
                                         "a\xc3",
                                         "\xc0\x80",
                                         "\xc1\xbf",
                                         "\xe0\x80\x80",
                                         "\xed\xa0\x80",
                                         "\xf0\x80\x80\x80",
                                         "\xf4\x90\x80\x80",
                                         "\xf5\x80\x80\x80",
                                         "\x80"};
    for (size_t i = 0; i < sizeof is / sizeof *is; i++) {
        assert_true(ar_s3_is_utf8(is[i]));
    }
    for (size_t i = 0; i < sizeof is_not / sizeof *is_not; i++) {
        assert_false(ar_s3_is_utf8(is_not[i]));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_utf8), cmocka_unit_test(texts),
        cmocka_unit_test(damaged),      cmocka_unit_test(bombs),
        cmocka_unit_test(writing),      cmocka_unit_test(what_xml_can_carry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
