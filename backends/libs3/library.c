/* libs3's global state, which the first opened store sets up and the last one takes down. */
#include <libs3.h>
#include <pthread.h>

#include <artrepo/version.h>

#include "libs3/store.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned users;

artrepo_code ar_libs3_library_open(artrepo_error *error) {
    pthread_mutex_lock(&mutex);
    S3Status status =
        users > 0 ? S3StatusOK : S3_initialize("artrepo/" ARTREPO_VERSION, AR_LIBS3_FLAGS, NULL);
    if (status == S3StatusOK) {
        users++;
    }
    pthread_mutex_unlock(&mutex);
    return status == S3StatusOK
               ? ARTREPO_OK
               : artrepo_error_set(error, ARTREPO_INTERNAL, "libs3 could not be initialised: %s",
                                   S3_get_status_name(status));
}

void ar_libs3_library_close(void) {
    pthread_mutex_lock(&mutex);
    if (--users == 0) {
        S3_deinitialize();
    }
    pthread_mutex_unlock(&mutex);
}
