/* A server that refuses a request without reading its body: it answers, and closes. */
#include "unit/support.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "http/client.h"

#define GO_ON "HTTP/1.1 100 Continue\r\n\r\n"
#define SECOND_THOUGHTS_NS 3000000L
#define REFUSAL "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\ngone"

typedef struct hasty_server {
    int listener;
    char url[64];
    pthread_t thread;
    atomic_int requests, asked; /* with "Expect: 100-continue" */
    atomic_int cut_first;       /* so many requests get no answer at all */
    bool says_go_on;            /* before it refuses, as nginx does */
} hasty_server;

/* Reads the head, and little of what comes behind it. */
static void serve(hasty_server *server, int socket) {
    char head[4096];
    size_t size = 0;
    while (size < sizeof head - 1) {
        ssize_t got = recv(socket, head + size, sizeof head - 1 - size, 0);
        if (got <= 0) {
            break;
        }
        size += (size_t)got;
        head[size] = '\0';
        if (strstr(head, "\r\n\r\n") != NULL) {
            server->requests++;
            server->asked += strstr(head, "Expect: 100-continue") != NULL;
            if (server->says_go_on) {
                send(socket, GO_ON, sizeof GO_ON - 1, MSG_NOSIGNAL);
                nanosleep(&(struct timespec){0, SECOND_THOUGHTS_NS}, NULL);
            }
            if (atomic_fetch_sub(&server->cut_first, 1) <= 0) {
                send(socket, REFUSAL, sizeof REFUSAL - 1, MSG_NOSIGNAL);
            }
            break;
        }
    }
    close(socket); /* with bytes unread, which resets the connection */
}

static void *accept_all(void *argument) {
    hasty_server *server = argument;
    for (;;) {
        int socket = accept(server->listener, NULL, NULL);
        if (socket < 0) {
            return NULL;
        }
        serve(server, socket);
    }
}

static void start(hasty_server *server) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    *server = (hasty_server){.listener = socket(AF_INET, SOCK_STREAM, 0)};
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server->listener, 64), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
    snprintf(server->url, sizeof server->url, "http://127.0.0.1:%d/k", ntohs(address.sin_port));
    assert_int_equal(pthread_create(&server->thread, NULL, accept_all, server), 0);
}

static void stop(hasty_server *server) {
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
}

static artrepo_code send_request(ar_http_request *request, ar_http_response *response,
                                 artrepo_error *failure) {
    ar_http_options options = {.stall_timeout_s = 5};
    ar_http_client *client = NULL;
    assert_ok(ar_http_client_open(&options, &client, error));
    artrepo_code code = ar_http_client_send(client, request, response, NULL, failure);
    ar_http_client_close(client);
    return code;
}

static artrepo_code put(const hasty_server *server, size_t size, bool expect_continue,
                        ar_http_response *response, artrepo_error *failure) {
    char *data = calloc(1, size);
    ar_http_body body = {data, -1, 0, (int64_t)size};
    ar_http_request request = {
        .method = "PUT", .url = server->url, .body = &body, .expect_continue = expect_continue};
    artrepo_code code = send_request(&request, response, failure);
    free(data);
    return code;
}

/* SIZE bytes that are made as they are read. */
typedef struct zeros {
    artrepo_source base;
    int64_t position;
    int rewinds;
} zeros;

static artrepo_code zeros_read(artrepo_source *base, void *buffer, size_t capacity, size_t *got,
                               artrepo_error *error) {
    (void)error;
    zeros *source = (zeros *)base;
    int64_t left = base->size - source->position;
    *got = (int64_t)capacity < left ? capacity : (size_t)left;
    memset(buffer, 0, *got);
    source->position += (int64_t)*got;
    return ARTREPO_OK;
}

static artrepo_code zeros_rewind(artrepo_source *base, artrepo_error *error) {
    (void)error;
    ((zeros *)base)->position = 0;
    ((zeros *)base)->rewinds++;
    return ARTREPO_OK;
}

static void the_answer_is_heard(void **state) {
    (void)state;
    static const size_t sizes[] = {1, 70000, 300000, 1000000, 6000000};
    hasty_server server;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    start(&server);
    for (int i = 0; i < 200; i++) {
        size_t size = sizes[i % 5];
        assert_int_equal(put(&server, size, size >= 1000000 && i % 2 == 0, &response, &failure),
                         ARTREPO_OK);
        assert_int_equal(response.status, 404);
        assert_string_equal(response.body.data, "gone");
    }
    ar_http_response_clear(&response);
    stop(&server);
}

/* Nothing can have come of a body that was cut off: it is sent again at once, with a question. */
static void a_cut_body_is_started_over(void **state) {
    (void)state;
    hasty_server server;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    start(&server);
    server.cut_first = 1;
    assert_int_equal(put(&server, 50000000, false, &response, &failure), ARTREPO_OK);
    assert_int_equal(response.status, 404);
    assert_int_equal(server.requests, 2);
    assert_int_equal(server.asked, 1);
    server.cut_first = 2; /* once only: the next attempt is the caller's */
    assert_int_equal(put(&server, 50000000, false, &response, &failure), ARTREPO_TRANSIENT);
    assert_int_equal(server.requests, 4);
    assert_int_not_equal(failure.system_errno, EPIPE); /* that is of a program's own output */
    ar_http_response_clear(&response);
    stop(&server);
}

/* A source that can be rewound, too; of another one nobody knows what it would have said. */
static void a_cut_source_is_rewound(void **state) {
    (void)state;
    static const artrepo_source_functions again = {zeros_read, zeros_rewind, NULL};
    static const artrepo_source_functions once = {zeros_read, NULL, NULL};
    hasty_server server;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    start(&server);
    server.cut_first = 1;
    zeros source = {{&again, 50000000, -1}, 0, 0};
    ar_http_request request = {.method = "PUT", .url = server.url, .source = &source.base};
    assert_int_equal(send_request(&request, &response, &failure), ARTREPO_OK);
    assert_int_equal(response.status, 404);
    assert_int_equal(source.rewinds, 1);
    assert_int_equal(server.requests, 2);
    assert_int_equal(server.asked, 1);
    server.cut_first = 1;
    source = (zeros){{&once, 50000000, -1}, 0, 0};
    assert_int_equal(send_request(&request, &response, &failure), ARTREPO_TRANSIENT);
    assert_non_null(strstr(failure.message, "the connection was cut off by"));
    assert_int_equal(server.requests, 3);
    ar_http_response_clear(&response);
    stop(&server);
}

/* A server that says "100 Continue" and refuses then: what can be read once only is not used up
 * meanwhile. Most times, since a busy machine may keep the refusal back. */
static void second_thoughts_are_heard(void **state) {
    (void)state;
    static const artrepo_source_functions once = {zeros_read, NULL, NULL};
    hasty_server server;
    ar_http_response response = AR_HTTP_RESPONSE_INIT;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    int spared = 0;
    start(&server);
    server.says_go_on = true;
    for (int i = 0; i < 20; i++) {
        zeros source = {{&once, 50000000, -1}, 0, 0};
        ar_http_request request = {.method = "PUT",
                                   .url = server.url,
                                   .source = &source.base,
                                   .expect_continue = true,
                                   .source_once = true};
        artrepo_code code = send_request(&request, &response, &failure);
        if (code == ARTREPO_OK) {
            assert_int_equal(response.status, 404);
            spared += source.position <= 1 << 20;
        } else { /* too late: lost as the connection was cut */
            assert_int_equal(code, ARTREPO_TRANSIENT);
        }
    }
    assert_in_range(spared, 15, 20);
    assert_int_equal(server.asked, 20);
    ar_http_response_clear(&response);
    stop(&server);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_answer_is_heard),
        cmocka_unit_test(a_cut_body_is_started_over),
        cmocka_unit_test(a_cut_source_is_rewound),
        cmocka_unit_test(second_thoughts_are_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
