#include "executor/pace.h"

#include "base/clock.h"
#include "base/operation.h"

enum { NEAR_PER_TRANSFER = 4, FAR_PER_TRANSFER = 16, PER_MILLISECOND = 3 };
#define SMALL_BYTES (INT64_C(256) << 10) /* of larger ones the bytes take the time */

void ar_pace_init(ar_pace *pace, const artrepo_repository *repository,
                  const artrepo_operation *operation) {
    *pace = (ar_pace){.quickest_ns = INT64_MAX, .mutex = PTHREAD_MUTEX_INITIALIZER};
    if (artrepo_repository_capabilities(repository) & ARTREPO_IS_LOCAL) {
        pace->least = pace->most = artrepo_operation_threads(operation);
    } else {
        pace->least = artrepo_operation_transfers(operation) * NEAR_PER_TRANSFER;
        pace->most = artrepo_operation_transfers(operation) * FAR_PER_TRANSFER;
    }
    pace->now = pace->least;
}

void ar_pace_note(ar_pace *pace, ar_group *group, int64_t size, int64_t elapsed_ns) {
    if (pace->least == pace->most || size > SMALL_BYTES) {
        return;
    }
    unsigned wanted = 0;
    pthread_mutex_lock(&pace->mutex);
    pace->seen++;
    pace->quickest_ns = elapsed_ns < pace->quickest_ns ? elapsed_ns : pace->quickest_ns;
    /* The first ones had to connect, too. */
    if (pace->seen >= pace->least && pace->now < pace->most) {
        int64_t threads = pace->quickest_ns * PER_MILLISECOND / AR_MILLISECOND_NS;
        wanted = threads > pace->most ? pace->most : (unsigned)threads;
        wanted = wanted > pace->now ? wanted : 0;
        pace->now = wanted > 0 ? wanted : pace->now;
    }
    pthread_mutex_unlock(&pace->mutex);
    if (wanted > 0) {
        ar_group_widen(group, wanted);
    }
}
