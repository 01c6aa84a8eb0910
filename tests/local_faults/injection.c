#include "injection.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>

static atomic_int armed = -1; /* the kind; -1: none */
static atomic_long seen, first;
static atomic_bool lasts, hit;
static int error_number;

void injection_begin(injection_kind kind, long at, bool lasting, int errnum) {
    seen = 0;
    first = at;
    lasts = lasting;
    hit = false;
    error_number = errnum;
    armed = (int)kind;
}

long injection_end(bool *failed) {
    armed = -1;
    *failed = hit;
    return seen;
}

/* For breakpoints. */
__attribute__((noinline)) static bool injection_fails(void) {
    hit = true;
    errno = error_number;
    return true;
}

bool injection_hits(injection_kind kind) {
    if (atomic_load_explicit(&armed, memory_order_acquire) != (int)kind) {
        return false;
    }
    long number = atomic_fetch_add(&seen, 1) + 1;
    if (number != first && !(lasts && number > first)) {
        return false;
    }
    return injection_fails();
}
