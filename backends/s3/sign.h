/* Signature Version 4. */
#ifndef AR_S3_SIGN_H
#define AR_S3_SIGN_H

#include <openssl/evp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "base/buffer.h"

enum { AR_S3_SHA256_BYTES = 32, AR_S3_SHA256_HEX = 65, AR_S3_TIME_TEXT = 17 };

typedef struct ar_s3_header {
    const char *name; /* in lower case */
    const char *value;
} ar_s3_header;

/* Derives the signing key once a day and keeps it. Any thread. */
typedef struct ar_s3_signer {
    pthread_mutex_t mutex;
    char day[9];
    char region[64];
    unsigned char secret_digest[AR_S3_SHA256_BYTES]; /* of the secret that the key was made of */
    EVP_MAC_CTX *keyed;                              /* to be copied; NULL: no key so far */
} ar_s3_signer;

void ar_s3_signer_open(ar_s3_signer *signer);
void ar_s3_signer_close(ar_s3_signer *signer);

typedef struct ar_s3_signed_request {
    const char *method;
    const char *path;            /* encoded, as it is sent */
    const char *query;           /* encoded and sorted; "" for none */
    const ar_s3_header *headers; /* all that are signed, "host" too, in any order */
    size_t header_count;
    const char *payload; /* hex digest, or UNSIGNED-PAYLOAD */
    const char *time;    /* 20250610T145809Z */
    const char *region;
    const char *service; /* "s3" */
    const char *access_key;
    const char *secret_key;
} ar_s3_signed_request;

/* Appends the value of the Authorization header. False when there is no memory. */
bool ar_s3_sign(ar_s3_signer *signer, const ar_s3_signed_request *request, ar_buffer *value);

/* The canonical request alone, for tests and for explaining a refused signature. */
bool ar_s3_canonical_request(const ar_s3_signed_request *request, ar_buffer *canonical);

void ar_s3_time_text(time_t seconds, char text[AR_S3_TIME_TEXT]);
void ar_s3_hex(const unsigned char *bytes, size_t size, char *text);
/* For EVP_DigestInit_ex: EVP_sha256() would be looked up again by each. */
const EVP_MD *ar_s3_sha256(void);
/* False when the hash cannot be had. */
bool ar_s3_sha256_hex(const void *data, size_t size, char text[AR_S3_SHA256_HEX]);

#endif
