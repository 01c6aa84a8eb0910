/* A proxy before a real server, which can flip single bits of bodies. */
#ifndef TESTS_INTEGRATION_FLIPPING_PROXY_H
#define TESTS_INTEGRATION_FLIPPING_PROXY_H

#include "unit/support.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/socket.h>

enum { MAX_CONNECTIONS = 64, SMALLEST_BODY = 2000 /* data rather than words of the protocol */ };

typedef struct flipping_proxy {
    int listener, port, upstream_port;
    int network; /* the network namespace of the server, for setns; -1: that of the client */
    pthread_t thread;
    atomic_int request_flips, response_flips; /* so many bodies are damaged */
    pthread_t pumps[MAX_CONNECTIONS];
    int sockets[MAX_CONNECTIONS][2];
    int count;
} flipping_proxy;

/* One direction of a connection: heads pass, and one bit of a body may not. */
typedef struct direction {
    char head[16384];
    size_t head_size;
    size_t body_left;
    size_t flip_in; /* so many bytes before the one that is flipped; SIZE_MAX: none */
    atomic_int *flips;
} direction;

static inline void end_of_head(direction *d) {
    const char *length = strcasestr(d->head, "\r\ncontent-length:");
    d->body_left = length == NULL ? 0 : strtoull(length + 17, NULL, 10);
    d->flip_in = SIZE_MAX;
    if (d->body_left >= SMALLEST_BODY && strncmp(d->head, "HEAD", 4) != 0 &&
        atomic_load(d->flips) > 0 && atomic_fetch_sub(d->flips, 1) > 0) {
        d->flip_in = d->body_left / 2;
    }
    d->head_size = 0;
}

static inline void pass(direction *d, char *bytes, size_t size) {
    for (size_t i = 0; i < size; i++) {
        if (d->body_left > 0) {
            if (d->flip_in == 0) {
                bytes[i] ^= 1;
            }
            d->flip_in -= d->flip_in != SIZE_MAX;
            d->body_left--;
            continue;
        }
        if (d->head_size < sizeof d->head - 1) {
            d->head[d->head_size++] = bytes[i];
            d->head[d->head_size] = '\0';
        }
        if (d->head_size >= 4 && memcmp(d->head + d->head_size - 4, "\r\n\r\n", 4) == 0) {
            end_of_head(d);
        }
    }
}

static inline bool pump(int from, int to, direction *d, char *buffer, size_t capacity) {
    ssize_t got = recv(from, buffer, capacity, 0);
    if (got <= 0) {
        return false;
    }
    pass(d, buffer, (size_t)got);
    for (ssize_t sent = 0; sent < got;) {
        ssize_t step = send(to, buffer + sent, (size_t)(got - sent), MSG_NOSIGNAL);
        if (step <= 0) {
            return false;
        }
        sent += step;
    }
    return true;
}

typedef struct connection {
    int client, server;
    flipping_proxy *proxy;
} connection;

static inline void *run_connection(void *argument) {
    connection *c = argument;
    direction *up = calloc(1, sizeof *up);
    direction *down = calloc(1, sizeof *down);
    char *buffer = malloc(65536);
    up->flips = &c->proxy->request_flips;
    down->flips = &c->proxy->response_flips;
    struct pollfd ends[2] = {{c->client, POLLIN, 0}, {c->server, POLLIN, 0}};
    bool open = true;
    while (open && poll(ends, 2, -1) > 0) {
        if (ends[0].revents != 0) {
            open = pump(c->client, c->server, up, buffer, 65536);
        }
        if (open && ends[1].revents != 0) {
            open = pump(c->server, c->client, down, buffer, 65536);
        }
    }
    shutdown(c->client, SHUT_RDWR);
    shutdown(c->server, SHUT_RDWR);
    free(buffer);
    free(up);
    free(down);
    free(c);
    return NULL;
}

static inline void *accept_connections(void *argument) {
    flipping_proxy *proxy = argument;
    struct sockaddr_in upstream = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)proxy->upstream_port),
                                   .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (proxy->network >= 0 && setns(proxy->network, CLONE_NEWNET) != 0) {
        return NULL;
    }
    for (;;) {
        int client = accept(proxy->listener, NULL, NULL);
        if (client < 0 || proxy->count == MAX_CONNECTIONS) {
            return NULL;
        }
        int server = socket(AF_INET, SOCK_STREAM, 0);
        connect(server, (struct sockaddr *)&upstream, sizeof upstream);
        connection *c = malloc(sizeof *c);
        *c = (connection){client, server, proxy};
        proxy->sockets[proxy->count][0] = client;
        proxy->sockets[proxy->count][1] = server;
        pthread_create(&proxy->pumps[proxy->count++], NULL, run_connection, c);
    }
}

static inline void start_proxy_across(flipping_proxy *proxy, const char *endpoint, int network) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    memset(proxy, 0, sizeof *proxy);
    proxy->network = network;
    proxy->upstream_port = atoi(strrchr(endpoint, ':') + 1);
    proxy->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(proxy->listener, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(proxy->listener, 64), 0);
    assert_int_equal(getsockname(proxy->listener, (struct sockaddr *)&address, &size), 0);
    proxy->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&proxy->thread, NULL, accept_connections, proxy), 0);
}

static inline void start_proxy(flipping_proxy *proxy, const char *endpoint) {
    start_proxy_across(proxy, endpoint, -1);
}

/* The driver has closed its connections. */
static inline void stop_proxy(flipping_proxy *proxy) {
    shutdown(proxy->listener, SHUT_RDWR);
    pthread_join(proxy->thread, NULL);
    close(proxy->listener);
    for (int i = 0; i < proxy->count; i++) {
        shutdown(proxy->sockets[i][0], SHUT_RDWR);
        pthread_join(proxy->pumps[i], NULL);
        close(proxy->sockets[i][0]);
        close(proxy->sockets[i][1]);
    }
}

#endif
