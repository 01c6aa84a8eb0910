/* An object in a file without a name, to be read in any order: for stores that give no parts. */
#ifndef AR_EXECUTOR_DOWNLOADED_OBJECT_H
#define AR_EXECUTOR_DOWNLOADED_OBJECT_H

#include <artrepo/executor.h>

typedef struct ar_downloaded_object {
    int descriptor;
    int64_t size;
} ar_downloaded_object;

/* Brings KEY to a file beside PATH, on the same file system. Close OBJECT in every case. */
artrepo_code ar_downloaded_object_open(ar_downloaded_object *object, artrepo_repository *repository,
                                       const char *key, const char *path,
                                       artrepo_operation *operation, artrepo_error *error);
void ar_downloaded_object_close(ar_downloaded_object *object);

/* The read of an artrepo_random_access. */
artrepo_code ar_downloaded_object_read(void *data, int64_t offset, void *buffer, size_t capacity,
                                       size_t *got, artrepo_error *error);

#endif
