/* TLS is read ahead of what curl asks for: whatever arrives at once must be handed on, though the
 * socket has nothing more to read. */
#include "unit/http/tls_identity.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>

#include "base/buffer.h"
#include "http/client.h"

enum { MAX_RECORDS = 4000, ANSWERS = 2 };

/* Answers each request with the records of ANSWER in one piece, and keeps the connection. */
typedef struct record_server {
    SSL_CTX *context;
    tls_identity identity;
    int listener, port;
    pthread_t thread;
    const char *records[MAX_RECORDS];
    size_t sizes[MAX_RECORDS];
    int count;
} record_server;

/* ---- the server ---- */

static bool read_request(SSL *ssl) {
    char head[4096];
    size_t size = 0;
    while (size + 1 < sizeof head) {
        int got = SSL_read(ssl, head + size, (int)(sizeof head - size - 1));
        if (got <= 0) {
            return false;
        }
        size += (size_t)got;
        head[size] = '\0';
        if (strstr(head, "\r\n\r\n") != NULL) {
            return true;
        }
    }
    return false;
}

/* All records are made first, and sent by one call. */
static bool send_records(const record_server *server, SSL *ssl, int socket) {
    BIO *network = SSL_get_wbio(ssl);
    BIO *memory = BIO_new(BIO_s_mem());
    bool ok = true;
    BIO_up_ref(network);
    SSL_set0_wbio(ssl, memory);
    for (int i = 0; ok && i < server->count; i++) {
        ok = SSL_write(ssl, server->records[i], (int)server->sizes[i]) > 0;
    }
    char *bytes;
    size_t size = (size_t)BIO_get_mem_data(memory, &bytes);
    ok = ok && send(socket, bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
    SSL_set0_wbio(ssl, network);
    return ok;
}

static void *serve(void *argument) {
    record_server *server = argument;
    int socket = accept(server->listener, NULL, NULL);
    if (socket < 0) {
        return NULL;
    }
    SSL *ssl = SSL_new(server->context);
    SSL_set_fd(ssl, socket);
    if (SSL_accept(ssl) == 1) {
        for (int i = 0; i < ANSWERS && read_request(ssl); i++) {
            if (!send_records(server, ssl, socket)) {
                break;
            }
        }
        read_request(ssl); /* silent until the client goes */
    }
    SSL_free(ssl);
    close(socket);
    return NULL;
}

static void start(record_server *server) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    *server = (record_server){.count = 0};
    server->identity = tls_identity_make();
    server->context = tls_identity_context(&server->identity);
    server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(server->listener, 1), 0);
    getsockname(server->listener, (struct sockaddr *)&address, &length);
    server->port = ntohs(address.sin_port);
}

static void stop(record_server *server) {
    pthread_join(server->thread, NULL);
    close(server->listener);
    SSL_CTX_free(server->context);
    tls_identity_free(&server->identity);
}

static void add_record(record_server *server, const char *bytes, size_t size) {
    server->records[server->count] = bytes;
    server->sizes[server->count++] = size;
}

/* ---- the client ---- */

/* Twice, over one connection. */
static void assert_answer(record_server *server, const char *expected, size_t size) {
    ar_http_client *client;
    ar_http_options options = {.ca_pem = server->identity.certificate,
                               .ca_pem_size = server->identity.certificate_size};
    char url[64];
    snprintf(url, sizeof url, "https://127.0.0.1:%d/", server->port);
    pthread_create(&server->thread, NULL, serve, server);
    assert_ok(ar_http_client_open(&options, &client, error));
    for (int i = 0; i < ANSWERS; i++) {
        ar_http_request request = {
            .method = "GET", .url = url, .body_limit = size + 1, .timeout_ms = 10000};
        ar_http_response response = AR_HTTP_RESPONSE_INIT;
        assert_ok(ar_http_client_send(client, &request, &response, NULL, error));
        assert_int_equal(response.status, 200);
        assert_int_equal(response.body.size, size);
        assert_memory_equal(response.body.data, expected, size);
        ar_http_response_clear(&response);
    }
    ar_http_client_close(client);
    stop(server);
}

static void many_small_records_at_once(void **state) {
    (void)state;
    enum { RECORD = 100, COUNT = 1000 };
    static char body[RECORD * COUNT];
    char head[64];
    record_server server;
    start(&server);
    fill_random((unsigned char *)body, sizeof body, 1);
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", sizeof body);
    add_record(&server, head, strlen(head));
    for (size_t i = 0; i < COUNT; i++) {
        add_record(&server, body + i * RECORD, RECORD);
    }
    assert_answer(&server, body, sizeof body);
}

/* Records of which curl hands nothing on. */
static void chunks_and_their_sizes_apart(void **state) {
    (void)state;
    static const char *const records[] = {"HTTP/1.1 200 OK\r\n",
                                          "Transfer-Encoding: chunked\r\n",
                                          "\r\n",
                                          "5",
                                          "\r\n",
                                          "hello",
                                          "\r\n",
                                          "1",
                                          "\r",
                                          "\n",
                                          "!",
                                          "\r\n",
                                          "0\r\n",
                                          "\r",
                                          "\n"};
    record_server server;
    start(&server);
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        add_record(&server, records[i], strlen(records[i]));
    }
    assert_answer(&server, "hello!", 6);
}

static void full_records(void **state) {
    (void)state;
    enum { RECORD = 16384, COUNT = 60 };
    static char body[RECORD * COUNT];
    char head[64];
    record_server server;
    start(&server);
    fill_random((unsigned char *)body, sizeof body, 2);
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", sizeof body);
    add_record(&server, head, strlen(head));
    for (size_t i = 0; i < COUNT; i++) {
        add_record(&server, body + i * RECORD, RECORD);
    }
    assert_answer(&server, body, sizeof body);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_small_records_at_once),
        cmocka_unit_test(chunks_and_their_sizes_apart),
        cmocka_unit_test(full_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
