#ifndef AR_REPOSITORY_CONTENT_TYPE_H
#define AR_REPOSITORY_CONTENT_TYPE_H

/* By the extension of KEY, whatever its case. "application/octet-stream" when it is not known.
 * Static storage. */
const char *ar_content_type_of(const char *key);

#endif
