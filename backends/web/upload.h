/* The source of an upload as it is sent: what was read ahead of it, its size watched, its SHA-256
 * made on the way. */
#ifndef AR_WEB_UPLOAD_H
#define AR_WEB_UPLOAD_H

#include <openssl/evp.h>

#include <artrepo/operation.h>
#include <artrepo/stream.h>

enum { AR_WEB_AHEAD_BYTES = 1 << 20 };

typedef struct ar_web_upload {
    artrepo_source base; /* what is sent */
    artrepo_source *inner;
    artrepo_operation *operation; /* its progress counts what is read for the first time */
    char *ahead;                  /* the beginning of INNER */
    size_t ahead_size;
    bool ended;        /* INNER has no more than AHEAD */
    bool passed_ahead; /* bytes behind AHEAD were read: going back means rewinding INNER */
    int64_t position, furthest;
    EVP_MD_CTX *sha256; /* NULL: not wanted */
} ar_web_upload;

/* Reads the beginning of INNER, which stays the caller's. Close UPLOAD in every case. */
artrepo_code ar_web_upload_open(ar_web_upload *upload, artrepo_source *inner, bool with_sha256,
                                artrepo_operation *operation, artrepo_error *error);
void ar_web_upload_close(ar_web_upload *upload);

/* Whether it can be sent again as often as needed. */
bool ar_web_upload_is_rewindable(const ar_web_upload *upload);

#endif
