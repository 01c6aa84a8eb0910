/* Time: monotonic for waiting and measuring. */
#ifndef AR_BASE_CLOCK_H
#define AR_BASE_CLOCK_H

#include <pthread.h>
#include <stdint.h>

#define AR_SECOND_NS INT64_C(1000000000)
#define AR_MILLISECOND_NS INT64_C(1000000)

int64_t ar_clock_now_ns(void);      /* CLOCK_MONOTONIC */
int64_t ar_clock_wall_ms(void);     /* since 1970, UTC */
void ar_clock_sleep_ns(int64_t ns); /* cut short by signals */

#endif
