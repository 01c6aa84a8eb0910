/* An object of a store that is read in any order, by windows. */
#ifndef AR_EXECUTOR_RANDOM_OBJECT_H
#define AR_EXECUTOR_RANDOM_OBJECT_H

#include <artrepo/archive.h>
#include <artrepo/repository.h>

typedef struct ar_random_object {
    artrepo_repository *repository;
    const char *key;
    artrepo_operation *operation;
    char version[128]; /* the object must stay this one */
    /* Set after opening by who wants to read little: a window begins with that size, and is twice
     * the last one where reading goes on behind that. Less than what is asked for at once is never
     * read. */
    size_t least_window;
    artrepo_sink *window;  /* the bytes that were read last, ... */
    int64_t window_offset; /* ... and where they are from */
    size_t window_size;
    int64_t bytes_read, requests; /* of the store, so far */
} ar_random_object;

/* OBJECT is what stat said of KEY; both must outlive it. */
void ar_random_object_open(ar_random_object *random, artrepo_repository *repository,
                           const char *key, const artrepo_object *object,
                           artrepo_operation *operation);
void ar_random_object_close(ar_random_object *random);

/* The function of an artrepo_random_access whose data is an ar_random_object. */
artrepo_code ar_random_object_read(void *data, int64_t offset, void *buffer, size_t capacity,
                                   size_t *got, artrepo_error *error);

#endif
