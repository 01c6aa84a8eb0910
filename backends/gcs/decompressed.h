/* Objects that are kept with Content-Encoding: gzip. What they stand for is what they decompress
 * to, and that is what others read of them; the store decompresses them on the way. */
#ifndef AR_GCS_DECOMPRESSED_H
#define AR_GCS_DECOMPRESSED_H

#include "gcs/store.h"

/* Whether the answer has an object as it is kept, compressed. */
bool ar_gcs_is_compressed(const ar_http_response *response);

/* driver.h's get of such an object: by one request, from its beginning, since the store offers no
 * ranges of them. Its size is not known, and there is no checksum. */
artrepo_code ar_gcs_get_decompressed(ar_gcs *gcs, const char *key, const artrepo_range *range,
                                     artrepo_sink *sink, artrepo_object *object,
                                     artrepo_operation *operation, artrepo_error *error);

#endif
