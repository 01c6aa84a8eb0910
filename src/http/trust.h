/* The certificates that a client trusts, read once for all of its connections: by itself, curl
 * reads the whole bundle again for each, which takes 20 ms and 1.3 MiB every time. */
#ifndef AR_HTTP_TRUST_H
#define AR_HTTP_TRUST_H

#include <stddef.h>

#include <curl/curl.h>

typedef struct ar_http_trust ar_http_trust;

/* The certificates of PEM; the system's when that is NULL. NULL where curl's TLS is not ours, or
 * there is something wrong with the certificates: curl then reads them, and says what is wrong. */
ar_http_trust *ar_http_trust_open(const char *pem, size_t size);
/* NULL is allowed. */
void ar_http_trust_close(ar_http_trust *trust);
void ar_http_trust_use(ar_http_trust *trust, CURL *curl);

/* Connections of handles that use a trust read ahead of the record that curl asks for, so that the
 * socket may have nothing to read while OpenSSL has. */
typedef enum ar_http_reading {
    AR_HTTP_READ_ALL,    /* what comes next, the socket tells; also without TLS */
    AR_HTTP_READ_SOME,   /* there may be another record */
    AR_HTTP_READ_UNKNOWN /* the last thing that it did was writing, or trying to */
} ar_http_reading;

/* How far CURL, which has a request under way, has read. */
ar_http_reading ar_http_trust_reading(CURL *curl);

#endif
