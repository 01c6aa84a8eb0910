/* Encryption by the store: what each request says about it. */
#ifndef AR_S3_ENCRYPTION_H
#define AR_S3_ENCRYPTION_H

#include "s3/request.h"

/* Of one object, when the customer gives the key; derived once for all of its requests, which takes
 * a while and 64 MiB; other threads that want one wait. Empty otherwise. Wipe it. */
typedef struct ar_s3_customer_key {
    char key[48]; /* base64 */
    char md5[28]; /* base64 */
} ar_s3_customer_key;

artrepo_code ar_s3_customer_key_derive(const ar_s3 *s3, const char *key, ar_s3_customer_key *out,
                                       artrepo_error *error);
void ar_s3_customer_key_wipe(ar_s3_customer_key *customer);

/* For requests that make an object. */
void ar_s3_add_encryption(const ar_s3 *s3, const ar_s3_customer_key *customer,
                          ar_s3_request *request);
/* For those that read or continue one. */
void ar_s3_add_customer_key(const ar_s3_customer_key *customer, ar_s3_request *request);

#endif
