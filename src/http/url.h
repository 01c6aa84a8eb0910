/* The path of a URL, as Go's net/url reads and writes it. */
#ifndef AR_HTTP_URL_H
#define AR_HTTP_URL_H

/* Both results are the caller's to free; NULL when there is no memory. */

/* The decoded path: "/a b" of "http://host/a%20b?q". A "%" that begins no escape stands for
 * itself. */
char *ar_url_path(const char *url);
/* URL with PATH (not encoded) in the place of its own; the query stays. */
char *ar_url_with_path(const char *url, const char *path);

#endif
