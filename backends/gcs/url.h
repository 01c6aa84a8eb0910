/* Addresses of the JSON API. */
#ifndef AR_GCS_URL_H
#define AR_GCS_URL_H

#include <stdbool.h>

#include "gcs/store.h"

/* All append to URL, and return false when there is no memory. */

/* ".../storage/v1/b/BUCKET/o/KEY"; of the bucket's list when KEY is NULL. */
bool ar_gcs_url_object(const ar_gcs *gcs, const char *key, ar_buffer *url);
/* ".../upload/storage/v1/b/BUCKET/o?uploadType=TYPE&name=KEY" */
bool ar_gcs_url_upload(const ar_gcs *gcs, const char *key, const char *type, ar_buffer *url);
/* "?NAME=VALUE", or with "&" when there are others before; a NULL VALUE appends nothing. */
bool ar_gcs_url_parameter(ar_buffer *url, const char *name, const char *value);

/* Whether URL leads to the same server as the endpoint does. */
bool ar_gcs_url_is_ours(const ar_gcs *gcs, const char *url);

#endif
