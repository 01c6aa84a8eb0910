/* Addresses of buckets and objects. */
#ifndef AR_S3_URL_H
#define AR_S3_URL_H

#include <stdbool.h>

#include "base/buffer.h"
#include "s3/config.h"

/* In place, as encoding-type=url has it: "+" is a space. */
void ar_s3_url_decode(char *text);

/* Whether BUCKET can be part of a host name below a certificate's wildcard. */
bool ar_s3_bucket_is_dns_name(const char *bucket);
/* Whether the bucket goes into the host name. */
bool ar_s3_uses_virtual_host(const ar_s3_config *config);

/* "BUCKET.s3.eu-west-1.amazonaws.com", "127.0.0.1:9000", ...: what the Host header says, and what
 * stands between the scheme and the path. */
bool ar_s3_url_host(const ar_s3_config *config, const char *region, ar_buffer *host);
/* The encoded path of KEY; of the bucket itself when KEY is NULL. */
bool ar_s3_url_path(const ar_s3_config *config, const char *key, ar_buffer *path);

#endif
