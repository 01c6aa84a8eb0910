/* What the rooms of uploading share. */
#ifndef AR_GCS_PUT_H
#define AR_GCS_PUT_H

#include "base/operation.h"
#include "gcs/object.h"
#include "gcs/store.h"

typedef struct ar_gcs_put_job {
    ar_gcs *gcs;
    const char *key;
    artrepo_source *source;
    const char *content_type;
    artrepo_object *object;
    artrepo_operation *operation;
    ar_stage *stage;
} ar_gcs_put_job;

/* All chunks of an upload but the last one must be multiples of this. */
#define AR_GCS_CHUNK_UNIT ((size_t)256 << 10)

/* Fills the job's object from the answer that ends an upload, and compares it with what was sent:
 * SIZE bytes with the checksum CRC32C. What is damaged does not stay. */
artrepo_code ar_gcs_put_finish(ar_gcs_put_job *job, const ar_http_response *response, int64_t size,
                               const char *crc32c, artrepo_error *error);
artrepo_code ar_gcs_size_changed(const ar_gcs_put_job *job, artrepo_error *error);
/* Puts "put 'KEY' ..." before ERROR's message. */
artrepo_code ar_gcs_put_failed(const ar_gcs_put_job *job, artrepo_error *error);

/* resumable.c: an upload of several chunks. DATA has the first one already, of SIZE bytes (a
 * multiple of the unit), and serves for the others; there is room for one byte more. *AGAIN: it
 * failed, but all of it once more from the source's start may succeed. */
artrepo_code ar_gcs_put_resumable(ar_gcs_put_job *job, char *data, size_t size, bool *again,
                                  artrepo_error *error);

#endif
