/* How many objects of a directory are moved at once: more where the store is far away. */
#ifndef AR_EXECUTOR_PACE_H
#define AR_EXECUTOR_PACE_H

#include <pthread.h>

#include <artrepo/repository.h>

#include "base/group.h"

/*
 * A store next door is kept busy by a few requests at once; more of them only wait for each other.
 * One that takes 20 ms to answer anything needs many in flight. Which it is shows in the quickest
 * of the first small objects.
 */
typedef struct ar_pace {
    unsigned least, most;
    pthread_mutex_t mutex;
    unsigned seen;
    unsigned now;
    int64_t quickest_ns;
} ar_pace;

void ar_pace_init(ar_pace *pace, const artrepo_repository *repository,
                  const artrepo_operation *operation);
/* One object of SIZE bytes took ELAPSED_NS. Any thread. */
void ar_pace_note(ar_pace *pace, ar_group *group, int64_t size, int64_t elapsed_ns);

#endif
