/* What headers, answers and listings say of an object. */
#ifndef AR_GCS_OBJECT_H
#define AR_GCS_OBJECT_H

#include <artrepo/driver.h>

#include "http/response.h"
#include "remote/checksum.h"
#include "remote/json.h"

/* What is asked of an object's resource, for the `fields` parameter. */
#define AR_GCS_OBJECT_FIELDS "name,size,generation,updated,contentType,crc32c"

/* All but the key, from a resource. */
void ar_gcs_object_of_json(const json_t *resource, artrepo_object *object);
/* All but the key and the size, from the headers of a download. */
void ar_gcs_object_of_headers(const ar_http_response *response, artrepo_object *object);
/* The crc32c of x-goog-hash, "" when there is none. */
void ar_gcs_crc32c_of_headers(const ar_http_response *response, char text[AR_CHECKSUM_TEXT]);

/* The resource in the body of an answer, to be given to json_decref(). NULL when it is none. */
json_t *ar_gcs_resource_of(const ar_http_response *response);

/* Whether VERSION can be a generation: digits. */
bool ar_gcs_is_generation(const char *version);

#endif
