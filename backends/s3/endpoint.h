/* Endpoints that are known: what their host names say, and how Amazon's are written for a region.
 */
#ifndef AR_S3_ENDPOINT_H
#define AR_S3_ENDPOINT_H

#include <stdbool.h>

#include "base/buffer.h"

enum { AR_S3_REGION_BYTES = 64 };

typedef enum ar_s3_endpoint_kind {
    AR_S3_ENDPOINT_OTHER,
    AR_S3_ENDPOINT_AWS, /* named by region, so that a region answer changes the host as well */
    AR_S3_ENDPOINT_ACCELERATE /* one for all regions, which finds buckets by the host's name alone
                               */
} ar_s3_endpoint_kind;

typedef struct ar_s3_endpoint {
    ar_s3_endpoint_kind kind;
    bool fips, dual_stack;
    char region[AR_S3_REGION_BYTES]; /* "" when the host names none */
    bool without_checksums;          /* the store is known to refuse x-amz-checksum-* */
} ar_s3_endpoint;

/* HOST without a port. What is none of Amazon's counts as AR_S3_ENDPOINT_OTHER, and so does what
 * they have for other things than buckets (websites, access points). */
ar_s3_endpoint ar_s3_endpoint_of(const char *host);
/* "s3.eu-west-1.amazonaws.com"; not for AR_S3_ENDPOINT_OTHER, whose host stays as it was given. */
bool ar_s3_endpoint_host(const ar_s3_endpoint *endpoint, const char *region, ar_buffer *host);

/* Whether REGION is made of what names of regions are made of: it becomes part of host names. */
bool ar_s3_is_region(const char *region);

#endif
