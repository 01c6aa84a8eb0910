#include "s3/endpoint_memory.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static ar_s3_endpoint_memory table[AR_S3_REMEMBERED_ENDPOINTS];
static unsigned long uses;

/* That of ENDPOINT, or the one that nobody has used for longest; NULL when all are in use. */
static ar_s3_endpoint_memory *find(const char *endpoint) {
    ar_s3_endpoint_memory *oldest = NULL;
    for (size_t i = 0; i < AR_S3_REMEMBERED_ENDPOINTS; i++) {
        ar_s3_endpoint_memory *memory = &table[i];
        if (strcmp(memory->endpoint, endpoint) == 0) {
            return memory;
        }
        if (memory->users == 0 && (oldest == NULL || memory->last_use < oldest->last_use)) {
            oldest = memory;
        }
    }
    if (oldest != NULL) {
        snprintf(oldest->endpoint, sizeof oldest->endpoint, "%s", endpoint);
        atomic_store(&oldest->refuses_checksums, false);
        atomic_store(&oldest->refuses_checksum_mode, false);
        atomic_store(&oldest->kept_kinds, 0);
        atomic_store(&oldest->resolved_kinds, 0);
        oldest->is_shared = true;
    }
    return oldest;
}

ar_s3_endpoint_memory *ar_s3_endpoint_memory_open(const char *endpoint) {
    ar_s3_endpoint_memory *memory = NULL;
    if (strlen(endpoint) < sizeof memory->endpoint) {
        pthread_mutex_lock(&mutex);
        memory = find(endpoint);
        if (memory != NULL) {
            memory->users++;
            memory->last_use = ++uses;
        }
        pthread_mutex_unlock(&mutex);
    }
    return memory != NULL ? memory : calloc(1, sizeof *memory);
}

void ar_s3_endpoint_memory_close(ar_s3_endpoint_memory *memory) {
    if (memory == NULL) {
        return;
    }
    if (!memory->is_shared) {
        free(memory);
        return;
    }
    pthread_mutex_lock(&mutex);
    memory->users--;
    pthread_mutex_unlock(&mutex);
}
