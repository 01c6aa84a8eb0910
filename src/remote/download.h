/*
 * Reads an object of a store that answers to HTTP's ranges: pieces ahead and in parallel, in order
 * into a stream or in any order into a file, pinned to one version of the object, resumed at the
 * byte where they broke, and compared with the store's checksum.
 */
#ifndef AR_REMOTE_DOWNLOAD_H
#define AR_REMOTE_DOWNLOAD_H

#include <artrepo/driver.h>

#include "http/client.h"
#include "remote/checksum.h"

typedef struct ar_download_request {
    const char *range;   /* "bytes=0-1023"; NULL: all of the object */
    const char *version; /* the object must still be this one, else an error; NULL: any */
    bool wants_checksum; /* of the whole object */
    ar_http_receive *receive;
    void *receive_data;
} ar_download_request;

/* What a driver tells of its store. All are called by several threads at once, with the context
 * that ar_download_get was given. */
typedef struct ar_download_store {
    /* One attempt. ARTREPO_OK for a 2xx answer alone. */
    artrepo_code (*send)(void *context, const ar_download_request *request,
                         ar_http_response *response, artrepo_error *error);
    /* All of OBJECT but the size. */
    void (*read_object)(void *context, const ar_http_response *response, artrepo_object *object);
    /* The checksum of the whole object; NONE when the answer does not say. */
    ar_checksum_kind (*read_checksum)(void *context, const ar_http_response *response,
                                      char text[AR_CHECKSUM_TEXT]);
    artrepo_code (*stat)(void *context, artrepo_object *object, artrepo_error *error);
    /* "get 'key' in bucket 'b' at https://host" */
    void (*describe)(void *context, char *text, size_t size);
    const char *version; /* what versions are called: "ETag" */
} ar_download_store;

/* driver.h's get. KEY, SINK and so on are as there. */
artrepo_code ar_download_get(const ar_download_store *store, void *context, const char *key,
                             const artrepo_range *range, artrepo_sink *sink, artrepo_object *object,
                             artrepo_operation *operation, artrepo_error *error);

/* The object is another one than it was; for what drivers see of that themselves. */
artrepo_code ar_download_replaced(artrepo_error *error);

#endif
