/* What headers and listings say of an object. */
#ifndef AR_S3_OBJECT_H
#define AR_S3_OBJECT_H

#include <artrepo/driver.h>

#include "http/response.h"
#include "remote/checksum.h"

/* Fills all but the size. KEY is the caller's. */
void ar_s3_object_of_headers(const char *key, const ar_http_response *response,
                             artrepo_object *object);
/* The text of an ETag without its quotation marks. */
void ar_s3_copy_etag(const char *etag, char *version, size_t size);
/* "2025-06-10T14:58:09.000Z"; 0 when it is no such time. */
int64_t ar_s3_time_of_text(const char *text);
/* Of a listing; -1 when TEXT is none. */
int64_t ar_s3_size_of_text(const char *text);

/* What the store says of the whole object, the cheapest to verify when there are several.
 * AR_CHECKSUM_NONE when it says nothing, or only what it made of the checksums of an upload's
 * parts ("composite"): without the parts' sizes nothing can be compared with that. */
ar_checksum_kind ar_s3_checksum_of_headers(const ar_http_response *response,
                                           char text[AR_CHECKSUM_TEXT]);

#endif
