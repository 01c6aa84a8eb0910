/* An HTTP server on 127.0.0.1 that answers as the test says: byte for byte, cut short, or never. */
#ifndef TESTS_UNIT_HTTP_SCRIPTED_SERVER_H
#define TESTS_UNIT_HTTP_SCRIPTED_SERVER_H

#include "unit/support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/buffer.h"

typedef struct scripted_request {
    int number;       /* from 0, in the order of arrival */
    int connection;   /* from 0 */
    const char *head; /* request line and headers */
    const char *body;
    size_t body_size;
} scripted_request;

typedef struct scripted_reply {
    ar_buffer bytes; /* what is sent, all of it */
    bool close;      /* and then the connection is closed */
    bool reset;      /* and then it is cut off hard */
} scripted_reply;

typedef void scripted_answer(void *data, const scripted_request *request, scripted_reply *reply);

enum { SCRIPTED_CONNECTIONS = 256 };

typedef struct scripted_server {
    scripted_answer *answer;
    void *data;
    /* Of requests that ask before they send their body: whether they are answered at once, without
     * it. NULL: none of them. */
    bool (*refuses)(void *data, const char *head);
    int listener;
    int port;
    char address[32]; /* 127.0.0.1:PORT */
    pthread_t thread;
    atomic_int requests;
    atomic_int connections;
    int sockets[SCRIPTED_CONNECTIONS];
    pthread_t threads[SCRIPTED_CONNECTIONS];
} scripted_server;

typedef struct scripted_connection {
    scripted_server *server;
    int number, socket;
} scripted_connection;

static inline bool scripted_send(int socket, const char *bytes, size_t size) {
    while (size > 0) {
        ssize_t sent = send(socket, bytes, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return false;
        }
        bytes += sent;
        size -= (size_t)sent;
    }
    return true;
}

/* One more read; false at the end of the connection. */
static inline bool scripted_receive(int socket, ar_buffer *input) {
    if (!ar_buffer_reserve(input, 65536)) {
        return false;
    }
    ssize_t got = recv(socket, input->data + input->size, 65536, 0);
    if (got <= 0) {
        return false;
    }
    input->size += (size_t)got;
    input->data[input->size] = '\0';
    return true;
}

/* The value of header NAME in HEAD; "" when it is not there. The buffer is the caller's. */
static inline const char *scripted_header(const char *head, const char *name, char value[1024]) {
    size_t length = strlen(name);
    value[0] = '\0';
    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            line += length + 1;
            line += strspn(line, " ");
            snprintf(value, 1024, "%.*s", (int)strcspn(line, "\r\n"), line);
            break;
        }
    }
    return value;
}

/* Reads a body in chunks, and puts it together behind the head. */
static inline bool scripted_read_chunks(scripted_connection *c, ar_buffer *input, size_t head_size,
                                        size_t *body_size) {
    size_t at = head_size; /* of the next chunk */
    *body_size = 0;
    for (;;) {
        char *line_end;
        while ((line_end = strstr(input->data + at, "\r\n")) == NULL) {
            if (!scripted_receive(c->socket, input)) {
                return false;
            }
        }
        size_t size = (size_t)strtoull(input->data + at, NULL, 16);
        size_t data = (size_t)(line_end - input->data) + 2;
        while (input->size < data + size + 2) {
            if (!scripted_receive(c->socket, input)) {
                return false;
            }
        }
        memmove(input->data + head_size + *body_size, input->data + data, size);
        *body_size += size;
        at = data + size + 2;
        if (size == 0) {
            size_t rest = input->size - at;
            memmove(input->data + head_size + *body_size, input->data + at, rest + 1);
            input->size = head_size + *body_size + rest;
            return true;
        }
    }
}

/* Reads one request; false when the peer is gone. */
static inline bool scripted_read(scripted_connection *c, ar_buffer *input, size_t *head_size,
                                 size_t *body_size) {
    char value[1024];
    char *end;
    while (input->size == 0 || (end = strstr(input->data, "\r\n\r\n")) == NULL) {
        if (!scripted_receive(c->socket, input)) {
            return false;
        }
    }
    *head_size = (size_t)(end - input->data) + 4;
    end[2] = '\0';
    *body_size = 0;
    if (strcasecmp(scripted_header(input->data, "Expect", value), "100-continue") == 0) {
        if (c->server->refuses != NULL && c->server->refuses(c->server->data, input->data)) {
            return true;
        }
        static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
        scripted_send(c->socket, go_on, sizeof go_on - 1);
    }
    if (strcasecmp(scripted_header(input->data, "Transfer-Encoding", value), "chunked") == 0) {
        return scripted_read_chunks(c, input, *head_size, body_size);
    }
    *body_size = (size_t)strtoull(scripted_header(input->data, "Content-Length", value), NULL, 10);
    while (input->size < *head_size + *body_size) {
        if (!scripted_receive(c->socket, input)) {
            return false;
        }
    }
    return true;
}

static inline void *scripted_serve(void *argument) {
    scripted_connection *c = argument;
    ar_buffer input = AR_BUFFER_INIT;
    size_t head_size, body_size;
    bool open = true;
    while (open && scripted_read(c, &input, &head_size, &body_size)) {
        scripted_request request = {atomic_fetch_add(&c->server->requests, 1), c->number,
                                    input.data, input.data + head_size, body_size};
        scripted_reply reply = {AR_BUFFER_INIT, false, false};
        c->server->answer(c->server->data, &request, &reply);
        open = scripted_send(c->socket, reply.bytes.data, reply.bytes.size) && !reply.close &&
               !reply.reset;
        if (reply.reset) {
            struct sockaddr nobody = {.sa_family = AF_UNSPEC};
            connect(c->socket, &nobody, sizeof nobody); /* resets it */
        }
        ar_buffer_free(&reply.bytes);
        size_t used = head_size + body_size;
        memmove(input.data, input.data + used, input.size - used);
        input.size -= used;
        input.data[input.size] = '\0';
    }
    ar_buffer_free(&input);
    shutdown(c->socket, SHUT_RDWR);
    free(c);
    return NULL;
}

static inline void *scripted_accept(void *argument) {
    scripted_server *server = argument;
    for (;;) {
        int socket = accept(server->listener, NULL, NULL);
        int number = server->connections;
        if (socket < 0 || number == SCRIPTED_CONNECTIONS) {
            return NULL;
        }
        scripted_connection *c = malloc(sizeof *c);
        *c = (scripted_connection){server, number, socket};
        server->sockets[number] = socket; /* closed at the end */
        server->connections++;
        pthread_create(&server->threads[number], NULL, scripted_serve, c);
    }
}

/* ADDRESS_NUMBER is in the machine's order; PORT 0 is any that is free. */
static inline void scripted_start_at(scripted_server *server, scripted_answer *answer, void *data,
                                     uint32_t address_number, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr = {htonl(address_number)}};
    socklen_t size = sizeof address;
    char name[INET_ADDRSTRLEN];
    memset(server, 0, sizeof *server);
    server->answer = answer;
    server->data = data;
    server->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(server->listener, 64), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &size), 0);
    server->port = ntohs(address.sin_port);
    inet_ntop(AF_INET, &address.sin_addr, name, sizeof name);
    snprintf(server->address, sizeof server->address, "%s:%d", name, server->port);
    assert_int_equal(pthread_create(&server->thread, NULL, scripted_accept, server), 0);
}

static inline void scripted_start(scripted_server *server, scripted_answer *answer, void *data) {
    scripted_start_at(server, answer, data, INADDR_LOOPBACK, 0);
}

static inline void scripted_stop(scripted_server *server) {
    shutdown(server->listener, SHUT_RDWR);
    pthread_join(server->thread, NULL);
    close(server->listener);
    for (int i = 0; i < server->connections; i++) {
        shutdown(server->sockets[i], SHUT_RDWR);
        pthread_join(server->threads[i], NULL);
        close(server->sockets[i]);
    }
}

/* A whole answer: "200 OK", "Name: value\r\n..." and a body. */
static inline void scripted_say(scripted_reply *reply, const char *status, const char *headers,
                                const char *body) {
    assert_true(ar_buffer_printf(&reply->bytes, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n%s",
                                 status, headers, strlen(body), body));
}

#endif
