/* What was learnt of an endpoint, for all that is opened on it in this process. */
#ifndef AR_S3_ENDPOINT_MEMORY_H
#define AR_S3_ENDPOINT_MEMORY_H

#include <stdatomic.h>
#include <stdbool.h>

typedef struct ar_s3_endpoint_memory {
    atomic_bool refuses_checksums;     /* it does not know x-amz-checksum-* */
    atomic_bool refuses_checksum_mode; /* nor x-amz-checksum-mode */
    atomic_uint kept_kinds;            /* of odd keys: those that it keeps as they are */
    atomic_uint resolved_kinds;        /* and those that it takes for other keys */

    /* endpoint_memory.c's own */
    char endpoint[264];
    unsigned users;
    unsigned long last_use;
    bool is_shared;
} ar_s3_endpoint_memory;

enum { AR_S3_REMEMBERED_ENDPOINTS = 64 };

/* That of ENDPOINT ("https://HOST/path"): the same for all that have it open, and afterwards, until
 * that many others were opened. NULL when there is no memory. */
ar_s3_endpoint_memory *ar_s3_endpoint_memory_open(const char *endpoint);
void ar_s3_endpoint_memory_close(ar_s3_endpoint_memory *memory);

#endif
