/* Where the store is: its address, and its bucket. */
#include "gcs_google.h"

/* ---- endpoints ---- */

static void endpoints(void **state) {
    (void)state;
    static const struct {
        const char *format;
        bool fine;
    } cases[] = {
        {"%s", true},
        {"http://%s", true},
        {"http://%s/", true},
        {"http://%s/storage/v1/", true},
        {"ftp://%s", false},
        {"user@%s", false},
        {"http://", false},
        {"/path", false},
        {"http://%s/?a", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gcs_fixture f;
        google g = {.tokens = 0};
        char host[200];
        gcs_prepare(&f, answer, &g);
        snprintf(host, sizeof host, "%s", cases[i].format);
        char *place = strstr(host, "%s");
        if (place != NULL) {
            char rest[100];
            snprintf(rest, sizeof rest, "%s", place + 2);
            snprintf(place, sizeof host - (size_t)(place - host), "%s%s", f.server.address, rest);
        }
        setenv("STORAGE_EMULATOR_HOST", host, 1);
        setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/key.json", 1); /* is not asked */
        struct artrepo_driver_settings settings = {f.root, "gcs", "/nowhere"};
        artrepo_code code = artrepo_driver_gcs.open(&settings, f.operation, &f.state, &f.failure);
        assert_int_equal(code, cases[i].fine ? ARTREPO_OK : ARTREPO_INVALID);
        if (cases[i].fine) {
            /* Without credentials, at the right address. */
            assert_int_equal(stat_object(&f), ARTREPO_ACCESS_DENIED);
            assert_string_equal(g.authorization, "");
            assert_int_equal(g.storage, 1);
        }
        gcs_stop(&f);
    }
}

/* Answers whatever comes, a ClientHello too, by a line of HTTP. */
static void *say_plain(void *argument) {
    static const char words[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    int socket;
    while ((socket = accept(*(int *)argument, NULL, NULL)) >= 0) {
        char hello[4096];
        if (recv(socket, hello, sizeof hello, 0) > 0) {
            send(socket, words, sizeof words - 1, MSG_NOSIGNAL);
        }
        close(socket);
    }
    return NULL;
}

static void tls_where_there_is_none(void **state) {
    (void)state;
    gcs_fixture f;
    google g = {.tokens = 0};
    char host[100];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    pthread_t thread;
    assert_int_equal(bind(listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &size), 0);
    pthread_create(&thread, NULL, say_plain, &listener);
    gcs_prepare(&f, answer, &g);
    snprintf(host, sizeof host, "https://127.0.0.1:%d", ntohs(address.sin_port));
    setenv("STORAGE_EMULATOR_HOST", host, 1);
    gcs_open(&f);
    assert_int_equal(stat_object(&f), ARTREPO_INVALID);
    assert_non_null(strstr(f.failure.message, "does not speak TLS"));
    assert_non_null(strstr(f.failure.message, "give STORAGE_EMULATOR_HOST as http://HOST:PORT"));
    gcs_stop(&f);
    shutdown(listener, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(listener);
}

static void buckets(void **state) {
    (void)state;
    static const char *const names[] = {"", "a/b", "a b", "..", "a?b"};
    gcs_fixture f;
    google g = {.tokens = 0};
    gcs_prepare(&f, answer, &g);
    struct artrepo_driver_settings settings = {f.root, "gcs", "/nowhere"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        ar_value_put_string(f.root, "bucket", names[i]);
        assert_int_equal(artrepo_driver_gcs.open(&settings, f.operation, &f.state, &f.failure),
                         ARTREPO_INVALID);
        assert_non_null(strstr(f.failure.message, "gcs.bucket"));
    }
    gcs_stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(endpoints),
        cmocka_unit_test(tls_where_there_is_none),
        cmocka_unit_test(buckets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
