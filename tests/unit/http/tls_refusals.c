/* Handshakes that fail, and what the person is told to look at. */
#include "unit/http/tls_identity.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>

#include "http/client.h"

typedef struct tls_server {
    SSL_CTX *context;
    tls_identity identity;
    int listener;
    char address[32];
    pthread_t thread;
    bool hangs_up; /* instead of any answer to the handshake */
} tls_server;

static void serve(const tls_server *server, int socket) {
    static const char words[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    char request[4096];
    if (server->hangs_up) {
        recv(socket, request, 1, 0); /* with bytes unread, which resets the connection */
        return;
    }
    SSL *ssl = SSL_new(server->context);
    SSL_set_fd(ssl, socket);
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, request, sizeof request) > 0) {
        SSL_write(ssl, words, sizeof words - 1);
    }
    SSL_shutdown(ssl);
    SSL_free(ssl);
    /* What it said must not get lost in a reset. */
    shutdown(socket, SHUT_WR);
    while (recv(socket, request, sizeof request, 0) > 0) {
    }
}

static void *accept_all(void *argument) {
    tls_server *server = argument;
    int socket;
    while ((socket = accept(server->listener, NULL, NULL)) >= 0) {
        serve(server, socket);
        close(socket);
    }
    return NULL;
}

static void start(tls_server *server) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    *server = (tls_server){.identity = tls_identity_make()};
    server->context = tls_identity_context(&server->identity);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(server->listener, 8), 0);
    getsockname(server->listener, (struct sockaddr *)&address, &length);
    snprintf(server->address, sizeof server->address, "127.0.0.1:%d", ntohs(address.sin_port));
    pthread_create(&server->thread, NULL, accept_all, server);
}

static void stop(tls_server *server) {
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    SSL_CTX_free(server->context);
    tls_identity_free(&server->identity);
}

/* A client that shows OWN (NULL: nothing), with the key of KEY_OF. */
static artrepo_code get(const tls_server *server, const tls_identity *own,
                        const tls_identity *key_of, ar_http_failure *kind, artrepo_error *failure) {
    ar_http_client *client = NULL;
    ar_http_options options = {.ca_pem = server->identity.certificate,
                               .ca_pem_size = server->identity.certificate_size};
    char url[64];
    if (own != NULL) {
        options.certificate_pem = own->certificate;
        options.certificate_pem_size = own->certificate_size;
        options.key_pem = key_of->key;
        options.key_pem_size = key_of->key_size;
    }
    snprintf(url, sizeof url, "https://%s/", server->address);
    ar_http_request request = {.method = "GET", .url = url, .timeout_ms = 10000};
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    assert_ok(ar_http_client_open(&options, &client, error));
    artrepo_code code = ar_http_client_send(client, &request, &response, NULL, failure);
    *kind = response.failure;
    ar_http_response_clear(&response);
    ar_http_client_close(client);
    return code;
}

static void expect(const tls_server *server, const tls_identity *own, const tls_identity *key_of,
                   artrepo_code code, ar_http_failure kind, const char *words) {
    ar_http_failure found;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_code got = get(server, own, key_of, &found, &failure);
    if (got != code || (code != ARTREPO_OK && strstr(failure.message, words) == NULL)) {
        fail_msg("%s: '%s' is not in '%s'", artrepo_code_name(got), words, failure.message);
    }
    if (code != ARTREPO_OK) {
        assert_int_equal(found, kind);
        assert_int_equal(failure.retryable, code == ARTREPO_TRANSIENT);
        assert_non_null(strstr(failure.message, server->address));
    }
}

/* With TLS 1.3 the server says so behind the handshake, and before that within it. */
static void client_certificates(void **state) {
    (void)state;
    static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};
    tls_identity trusted = tls_identity_make(), other = tls_identity_make();
    for (int i = 0; i < 2; i++) {
        tls_server server;
        start(&server);
        SSL_CTX_set_max_proto_version(server.context, versions[i]);
        SSL_CTX_set_verify(server.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(server.context), trusted.x509);
        expect(&server, &trusted, &trusted, ARTREPO_OK, AR_HTTP_ANSWERED, "");
        expect(&server, &other, &other, ARTREPO_ACCESS_DENIED, AR_HTTP_IDENTITY,
               "wants a client certificate that it trusts");
        expect(&server, &trusted, &other, ARTREPO_INVALID, AR_HTTP_IDENTITY,
               "cannot be shown the client certificate; it and its key must be PEM");
        if (versions[i] == TLS1_3_VERSION) {
            expect(&server, NULL, NULL, ARTREPO_ACCESS_DENIED, AR_HTTP_IDENTITY,
                   "wants a client certificate that it trusts");
        } else { /* there was no word for it then */
            expect(&server, NULL, NULL, ARTREPO_INVALID, AR_HTTP_CERTIFICATE,
                   "whether it wants a client certificate");
        }
        stop(&server);
    }
    tls_identity_free(&trusted);
    tls_identity_free(&other);
}

static void nothing_in_common(void **state) {
    (void)state;
    tls_server server;
    start(&server);
    SSL_CTX_set_max_proto_version(server.context, TLS1_VERSION);
    expect(&server, NULL, NULL, ARTREPO_INVALID, AR_HTTP_CERTIFICATE,
           "no way of TLS in common; look at its TLS versions");
    stop(&server);
}

static void cut_off_within_the_handshake(void **state) {
    (void)state;
    tls_server server;
    start(&server);
    server.hangs_up = true;
    expect(&server, NULL, NULL, ARTREPO_TRANSIENT, AR_HTTP_BROKEN,
           "the TLS handshake was cut off by");
    stop(&server);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_certificates),
        cmocka_unit_test(nothing_in_common),
        cmocka_unit_test(cut_off_within_the_handshake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
