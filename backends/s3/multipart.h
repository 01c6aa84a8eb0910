/* The protocol of multipart uploads. */
#ifndef AR_S3_MULTIPART_H
#define AR_S3_MULTIPART_H

#include <pthread.h>
#include <stdatomic.h>

#include "remote/checksum.h"
#include "s3/parts.h"
#include "s3/strays.h"

typedef struct ar_s3_upload_part {
    char *etag; /* as the store gave it; NULL: not sent yet */
    int64_t bytes;
    uint64_t crc;
    char crc32c[AR_CHECKSUM_TEXT];
} ar_s3_upload_part;

typedef struct ar_s3_upload {
    ar_s3_put_job *job;
    char *id;
    int64_t begun_ms; /* when the store was asked last to begin it */
    ar_s3_strays strays;
    bool checksums;        /* parts carry them, and completing repeats them */
    atomic_bool cut_parts; /* of which nobody knows whether they have arrived */
    bool whole_checksum;   /* the object gets one of all its bytes, rather than of its parts' */
    pthread_mutex_t mutex;
    ar_s3_upload_part *parts;
    unsigned count, capacity;
    int64_t bytes;
} ar_s3_upload;

/* Nothing is left to free or abort when this fails. */
artrepo_code ar_s3_upload_begin(ar_s3_upload *upload, ar_s3_put_job *job, artrepo_error *error);
/* NUMBER is from 1. Several threads at once. */
artrepo_code ar_s3_upload_send_part(ar_s3_upload *upload, unsigned number, const ar_http_body *body,
                                    artrepo_error *error);
/* All parts were sent. Fills the job's object. */
artrepo_code ar_s3_upload_complete(ar_s3_upload *upload, artrepo_error *error);
/* Nothing of this upload's beginning is left in the store but the upload itself, if that. To be
 * called once it was completed or aborted. */
void ar_s3_upload_settle(ar_s3_upload *upload);
/* Takes the parts away from the store, also when the operation was cancelled. */
void ar_s3_upload_abort(ar_s3_upload *upload);
void ar_s3_upload_free(ar_s3_upload *upload);

/* The ETag without quotation marks that an object of these PARTS has; false when their ETags are
 * not MD5 sums. For tests, and to recognise an object that was completed unheard. */
bool ar_s3_upload_etag(const ar_s3_upload *upload, char etag[64]);

#endif
