/* Cuts a source into parts, and sends several of them at once. */
#ifndef AR_S3_PARTS_H
#define AR_S3_PARTS_H

#include "base/operation.h"
#include "s3/encryption.h"

typedef struct ar_s3_put_job {
    ar_s3 *s3;
    const char *key;
    artrepo_source *source;
    const char *content_type;
    artrepo_object *object;
    artrepo_operation *operation;
    ar_stage *stage;
    ar_s3_customer_key customer;
} ar_s3_put_job;

enum { AR_S3_MAX_PARTS = 10000 };

/* Bytes of part NUMBER (from 1). TOTAL -1: unknown; parts then stay at BASE for as long as 10,000
 * of them, growing from there, still reach 5 TiB. */
int64_t ar_s3_part_bytes(int64_t base, int64_t total, unsigned number);

/* A source that is larger than one part, or of unknown length (which may turn out to be small). */
artrepo_code ar_s3_put_parts(ar_s3_put_job *job, artrepo_error *error);

/* ---- write.c ---- */

artrepo_code ar_s3_put_single(ar_s3_put_job *job, const ar_http_body *body, artrepo_error *error);
artrepo_code ar_s3_size_changed(const ar_s3_put_job *job, artrepo_error *error);

#endif
