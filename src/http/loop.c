#include "http/loop.h"

#include <errno.h>

#include "base/clock.h"
#include "http/trust.h"

#define LONGEST_WAIT_NS (INT64_C(100) * AR_MILLISECOND_NS) /* then the operation is looked at */
#define MAX_CONNECTIONS 2L

/* ---- what curl waits for ---- */

static short events_of(int what) {
    return (short)((what & CURL_POLL_IN ? POLLIN : 0) | (what & CURL_POLL_OUT ? POLLOUT : 0));
}

static int watch_socket(CURL *curl, curl_socket_t socket, int what, void *user, void *unused) {
    (void)curl;
    (void)unused;
    ar_http_loop *loop = user;
    unsigned i = 0;
    while (i < loop->count && loop->sockets[i].fd != socket) {
        i++;
    }
    if (what == CURL_POLL_REMOVE) {
        if (i < loop->count) {
            loop->sockets[i] = loop->sockets[--loop->count];
        }
        return 0;
    }
    if (i == AR_HTTP_LOOP_SOCKETS) {
        loop->too_many_sockets = true;
        return -1;
    }
    loop->sockets[i] = (struct pollfd){.fd = socket, .events = events_of(what)};
    loop->count = i == loop->count ? i + 1 : loop->count;
    return 0;
}

static int set_timer(CURLM *multi, long timeout_ms, void *user) {
    (void)multi;
    ar_http_loop *loop = user;
    loop->due_ns = timeout_ms < 0 ? INT64_MAX : ar_clock_now_ns() + timeout_ms * AR_MILLISECOND_NS;
    return 0;
}

bool ar_http_loop_open(ar_http_loop *loop) {
    *loop = (ar_http_loop){.multi = curl_multi_init(), .due_ns = INT64_MAX};
    if (loop->multi == NULL) {
        return false;
    }
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, set_timer);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, MAX_CONNECTIONS);
    return true;
}

void ar_http_loop_close(ar_http_loop *loop) {
    curl_multi_cleanup(loop->multi);
    loop->multi = NULL;
}

/* ---- one step ---- */

static int bits_of(const struct pollfd *ready) {
    int bits = 0;
    if (ready->events & POLLIN) {
        bits |= ready->revents & (POLLIN | POLLERR | POLLHUP) ? CURL_CSELECT_IN : 0;
    } else {
        bits |= ready->revents & (POLLERR | POLLHUP) ? CURL_CSELECT_ERR : 0;
    }
    bits |= ready->revents & POLLOUT ? CURL_CSELECT_OUT : 0;
    return bits | (ready->revents & POLLNVAL ? CURL_CSELECT_ERR : 0);
}

static int wait_ms(const ar_http_loop *loop) {
    int64_t now = ar_clock_now_ns();
    int64_t wait = loop->due_ns <= now ? 0 : loop->due_ns - now;
    wait = wait < LONGEST_WAIT_NS ? wait : LONGEST_WAIT_NS;
    return (int)((wait + AR_MILLISECOND_NS - 1) / AR_MILLISECOND_NS);
}

/* Whatever of SOCKETS is ready, and the timer. */
static CURLMcode serve(ar_http_loop *loop, const struct pollfd *sockets, unsigned count,
                       int *running) {
    CURLMcode result = CURLM_OK;
    for (unsigned i = 0; result == CURLM_OK && i < count; i++) {
        if (sockets[i].revents != 0 && *running > 0) {
            result =
                curl_multi_socket_action(loop->multi, sockets[i].fd, bits_of(&sockets[i]), running);
        }
    }
    if (result == CURLM_OK && *running > 0 && ar_clock_now_ns() >= loop->due_ns) {
        loop->due_ns = INT64_MAX; /* curl sets the next one, unless there is none */
        result = curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, running);
    }
    return result;
}

/* As though there were something to read. */
static CURLMcode read_on(ar_http_loop *loop, int *running) {
    struct pollfd sockets[AR_HTTP_LOOP_SOCKETS];
    unsigned count = loop->count;
    for (unsigned i = 0; i < count; i++) {
        sockets[i] = (struct pollfd){loop->sockets[i].fd, POLLIN, POLLIN};
    }
    return serve(loop, sockets, count, running);
}

static CURLMcode wait_and_serve(ar_http_loop *loop, int *running) {
    struct pollfd sockets[AR_HTTP_LOOP_SOCKETS]; /* curl changes the others as they are served */
    unsigned count = loop->count;
    for (unsigned i = 0; i < count; i++) {
        sockets[i] = loop->sockets[i];
    }
    int ready = poll(sockets, count, wait_ms(loop));
    return serve(loop, sockets, ready > 0 ? count : 0, running);
}

void ar_http_loop_listen(const ar_http_loop *loop, int ms) {
    struct pollfd sockets[AR_HTTP_LOOP_SOCKETS];
    for (unsigned i = 0; i < loop->count; i++) {
        sockets[i] = (struct pollfd){.fd = loop->sockets[i].fd, .events = POLLIN};
    }
    poll(sockets, loop->count, ms);
}

/* ---- running ---- */

static CURLcode run_to_end(ar_http_loop *loop, CURL *curl, const artrepo_operation *operation) {
    int running = 1;
    bool has_waited = true;
    CURLMcode result = curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    while (result == CURLM_OK && running > 0 && !loop->too_many_sockets) {
        if (artrepo_operation_check(operation, NULL) != ARTREPO_OK) {
            return CURLE_ABORTED_BY_CALLBACK;
        }
        ar_http_reading reading = ar_http_trust_reading(curl);
        bool reads_on = loop->count > 0 && (reading == AR_HTTP_READ_SOME ||
                                            (reading == AR_HTTP_READ_UNKNOWN && has_waited));
        result = reads_on ? read_on(loop, &running) : wait_and_serve(loop, &running);
        has_waited = !reads_on;
    }
    if (result != CURLM_OK || loop->too_many_sockets) {
        /* Without memory libcurl 7.88 leaves a socket's table of transfers with a size of 0, and
         * divides by it the next time. */
        loop->broken = true;
        return result == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_FAILED_INIT;
    }
    int left = 0;
    const CURLMsg *message = curl_multi_info_read(loop->multi, &left);
    return message != NULL && message->msg == CURLMSG_DONE ? message->data.result
                                                           : CURLE_FAILED_INIT;
}

CURLcode ar_http_loop_run(ar_http_loop *loop, CURL *curl, const artrepo_operation *operation) {
    loop->too_many_sockets = false;
    CURLMcode added = curl_multi_add_handle(loop->multi, curl);
    if (added != CURLM_OK) {
        loop->broken = true;
        return added == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_FAILED_INIT;
    }
    CURLcode result = run_to_end(loop, curl, operation);
    curl_multi_remove_handle(loop->multi, curl);
    return result;
}
