#include "base/clock.h"

#include <time.h>

int64_t ar_clock_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * AR_SECOND_NS + now.tv_nsec;
}

int64_t ar_clock_wall_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / AR_MILLISECOND_NS;
}

void ar_clock_sleep_ns(int64_t ns) {
    struct timespec wait = {.tv_sec = ns / AR_SECOND_NS, .tv_nsec = ns % AR_SECOND_NS};
    nanosleep(&wait, NULL);
}
