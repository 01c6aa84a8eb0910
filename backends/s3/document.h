/* The JSON document that credentials come in: from containers' agents, the metadata service of
 * machines, and credential processes. */
#ifndef AR_S3_DOCUMENT_H
#define AR_S3_DOCUMENT_H

#include <stddef.h>

#include "s3/credentials.h"

typedef struct ar_s3_document_format {
    const char *token; /* what the session token is called: "Token" or "SessionToken" */
    bool has_version;  /* "Version": 1 */
} ar_s3_document_format;

/* ARTREPO_ACCESS_DENIED with Code and Message when it says why there are none; ARTREPO_IO when it
 * makes no sense. Never quotes the text, as there are secrets in it. */
artrepo_code ar_s3_document_read(const char *text, size_t size, const ar_s3_document_format *format,
                                 ar_s3_credentials *credentials, artrepo_error *error);

/* "code" and "message" of a refusal, for messages; "" when TEXT is no such document. */
void ar_s3_document_refusal(const char *text, size_t size, char *words, size_t words_size);

#endif
