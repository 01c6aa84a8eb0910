#include "http/signal.h"

#include <pthread.h>
#include <stddef.h>
#include <time.h>

static bool is_pending(void) {
    sigset_t pending;
    return sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

void ar_http_signal_hold(ar_http_signal *held) {
    sigset_t pipe_alone;
    sigemptyset(&pipe_alone);
    sigaddset(&pipe_alone, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_alone, &held->before);
    /* What is not blocked cannot have been pending: it would have been delivered. */
    held->pending = sigismember(&held->before, SIGPIPE) == 1 && is_pending();
}

void ar_http_signal_release(const ar_http_signal *held) {
    if (!held->pending) {
        sigset_t pipe_alone;
        sigemptyset(&pipe_alone);
        sigaddset(&pipe_alone, SIGPIPE);
        sigtimedwait(&pipe_alone, NULL, &(struct timespec){0, 0}); /* returns at once */
    }
    pthread_sigmask(SIG_SETMASK, &held->before, NULL);
}
