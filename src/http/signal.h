/* Writing to a connection that the peer closed must not end the application by SIGPIPE, and the
 * disposition of signals is the application's: the signal is held back in the calling thread. */
#ifndef AR_HTTP_SIGNAL_H
#define AR_HTTP_SIGNAL_H

#include <signal.h>
#include <stdbool.h>

typedef struct ar_http_signal {
    sigset_t before;
    bool pending;
} ar_http_signal;

void ar_http_signal_hold(ar_http_signal *held);
void ar_http_signal_release(const ar_http_signal *held);

#endif
