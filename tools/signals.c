#include "signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

static _Atomic(artrepo_operation *) watched;
static volatile sig_atomic_t caught;

static void handle(int number) {
    artrepo_operation *operation = atomic_load(&watched);
    if (operation == NULL || caught != 0) {
        _exit(128 + number);
    }
    caught = number;
    artrepo_operation_cancel(operation);
}

static void set_handler(int number, void (*handler)(int)) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/* A signal that the caller of the program chose to ignore (nohup) stays ignored. */
static void watch(int number) {
    struct sigaction before;
    if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN) {
        set_handler(number, handle);
    }
}

void signals_watch(artrepo_operation *operation) {
    atomic_store(&watched, operation);
    watch(SIGINT);
    watch(SIGTERM);
    watch(SIGHUP);
    set_handler(SIGPIPE, SIG_IGN);
    set_handler(SIGXFSZ, SIG_IGN); /* writing says so, too, and can be cleaned up after */
}

void signals_unwatch(void) {
    atomic_store(&watched, NULL);
}

int signals_caught(void) {
    return caught;
}
