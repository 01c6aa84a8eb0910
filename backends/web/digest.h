/* Checksums that servers give with the data. */
#ifndef AR_WEB_DIGEST_H
#define AR_WEB_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/evp.h>

#include "http/response.h"

enum { AR_WEB_SHA256_TEXT = 65 };

typedef struct ar_web_digest {
    EVP_MD_CTX *context; /* NULL: there is nothing to verify */
    const char *name;    /* "SHA-256", for messages */
    unsigned char expected[EVP_MAX_MD_SIZE];
    size_t size;
} ar_web_digest;

/*
 * The strongest one that the headers of a whole object give: X-Checksum-Sha256, -Sha1, -Md5
 * (Artifactory), Repr-Digest (RFC 9530), Digest (RFC 3230), Content-MD5. Free DIGEST (zeroed
 * before) in every case.
 */
void ar_web_digest_open(const ar_http_response *response, ar_web_digest *digest);
void ar_web_digest_update(const ar_web_digest *digest, const void *data, size_t size);
/* Whether it is that of the data; true when there is nothing to verify. */
bool ar_web_digest_fits(const ar_web_digest *digest);
void ar_web_digest_free(ar_web_digest *digest);

/* The hexadecimal text of SHA-256, ended by zero. False when there is no memory. */
bool ar_web_sha256_text(EVP_MD_CTX *context, char text[AR_WEB_SHA256_TEXT]);

#endif
