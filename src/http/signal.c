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
    held->pending = is_pending();
    pthread_sigmask(SIG_BLOCK, &pipe_alone, &held->before);
}

void ar_http_signal_release(const ar_http_signal *held) {
    if (!held->pending && is_pending()) {
        sigset_t pipe_alone;
        sigemptyset(&pipe_alone);
        sigaddset(&pipe_alone, SIGPIPE);
        sigtimedwait(&pipe_alone, NULL, &(struct timespec){0, 0});
    }
    pthread_sigmask(SIG_SETMASK, &held->before, NULL);
}
