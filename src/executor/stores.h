/* Opened repositories, one for each distinct location, shared by all artifacts that lie there. */
#ifndef AR_EXECUTOR_STORES_H
#define AR_EXECUTOR_STORES_H

#include <pthread.h>

#include <artrepo/repository.h>

typedef struct ar_store ar_store;

typedef struct ar_stores {
    artrepo_repository_options options;
    pthread_mutex_t mutex;
    ar_store *items;
    size_t count;
} ar_stores;

void ar_stores_init(ar_stores *stores, const artrepo_repository_options *options);
void ar_stores_close(ar_stores *stores);

/* The repository at LOCATION, whatever its key, opened at the first call. It is STORES'. Any
 * thread. */
artrepo_code ar_stores_get(ar_stores *stores, const artrepo_location *location,
                           artrepo_operation *operation, artrepo_repository **repository,
                           artrepo_error *error);

#endif
