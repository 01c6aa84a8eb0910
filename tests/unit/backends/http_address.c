/* Addresses. */
#include "unit/support.h"

#include "web/address.h"

static void users_are_taken_out(void **state) {
    (void)state;
    static const struct {
        const char *url, *bare, *user, *password;
    } cases[] = {
        {"http://h/p", "http://h/p", NULL, NULL},
        {"HTTPS://h:1/p?q=a/b#f", "https://h:1/p?q=a/b", NULL, NULL},
        {"http://u:p%40%3a@h/x@y", "http://h/x@y", "u", "p@:"},
        {"http://u@h", "http://h", "u", NULL},
        {"http://h/a b\xc3\xa9<>?c d", "http://h/a%20b%C3%A9%3C%3E?c%20d", NULL, NULL},
        {"http://h/%2e%2E/%41/../x", "http://h/%2e%2E/%41/../x", NULL, NULL},
        {"http://[::1]:80/x", "http://[::1]:80/x", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *bare, *user, *password;
        assert_ok(ar_web_address_take_user(cases[i].url, &bare, &user, &password, "x", error));
        assert_string_equal(bare, cases[i].bare);
        if (cases[i].user == NULL) {
            assert_null(user);
        } else {
            assert_string_equal(user, cases[i].user);
        }
        if (cases[i].password == NULL) {
            assert_null(password);
        } else {
            assert_string_equal(password, cases[i].password);
        }
        free(bare);
        free(user);
        free(password);
    }
}

static void what_is_no_address_is_refused(void **state) {
    (void)state;
    static const char *const urls[] = {
        "",          "h/p",           "ftp://h/p",   "file:///etc/passwd", "http://",
        "http:///p", "http://h/a\nb", "http://a b/", "http://h:99999/"};
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        artrepo_error error = ARTREPO_ERROR_INIT;
        char *bare, *user, *password;
        artrepo_code code =
            ar_web_address_take_user(urls[i], &bare, &user, &password, "here", &error);
        if (code != ARTREPO_INVALID) {
            fail_msg("'%s' is taken as '%s'", urls[i], bare);
        }
        assert_non_null(strstr(error.message, "the URL of here"));
        free(bare);
        free(user);
        free(password);
    }
}

static void redirects_are_resolved(void **state) {
    (void)state;
    static const struct {
        const char *url, *location, *target;
    } cases[] = {
        {"http://h:1/a/b?c", "/x", "http://h:1/x"},
        {"http://h:1/a/b?c", "x", "http://h:1/a/x"},
        {"http://h:1/a/b", "?d=e", "http://h:1/a/b?d=e"},
        {"http://h/a", "//other/x", "http://other/x"},
        {"https://h/a", "http://other/x", "http://other/x"},
        {"http://h/a", "https://s/%2f%2F/x%20y?sig=a%2Bb+c%3d",
         "https://s/%2f%2F/x%20y?sig=a%2Bb+c%3d"},
        {"http://h/a", "/x y", "http://h/x%20y"},
        {"http://h/a", "ftp://h/x", NULL},
        {"http://h/a", "file:///etc/passwd", NULL},
        {"http://h/a", "javascript:alert(1)", NULL},
        {"http://h/a", "http://", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *target = ar_web_address_resolve(cases[i].url, cases[i].location);
        if (cases[i].target == NULL) {
            assert_null(target);
        } else {
            assert_non_null(target);
            assert_string_equal(target, cases[i].target);
        }
        free(target);
    }
}

static void servers_are_told_apart(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        {"http://h/a", "http://H:80/b?c", true},    {"http://h/a", "https://h/b", true},
        {"https://h/a", "https://h:443/", true},    {"http://h:80/a", "https://h:443/a", true},
        {"http://h/a", "http://h:81/b", false},     {"http://h:81/a", "https://h:82/", false},
        {"http://h/a", "https://h:8443/", false},   {"https://h/a", "http://h/b", false},
        {"http://h/a", "http://x.h/b", false},      {"http://h/a", "http://h.evil/b", false},
        {"http://h/a", "http://h@evil/b", false},   {"https://h/a", "https://evil/?h", false},
        {"http://[::1]/a", "http://[::1]/b", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (ar_web_address_is_same_server(cases[i].a, cases[i].b) != cases[i].same) {
            fail_msg("%s and %s", cases[i].a, cases[i].b);
        }
    }
}

static void secrets_are_not_shown(void **state) {
    (void)state;
    char text[64];
    ar_web_address_show("https://user:secret@h:1/p/q?token=secret#f", text, sizeof text);
    assert_string_equal(text, "https://h:1/p/q?...");
    ar_web_address_server("https://user:secret@h:1/p", text, sizeof text);
    assert_string_equal(text, "h:1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(users_are_taken_out),    cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(redirects_are_resolved), cmocka_unit_test(servers_are_told_apart),
        cmocka_unit_test(secrets_are_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
