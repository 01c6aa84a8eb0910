/* What an answer's headers say of an object. */
#ifndef AR_WEB_OBJECT_H
#define AR_WEB_OBJECT_H

#include <artrepo/driver.h>

#include "http/response.h"

/* All but the size. The version is the ETag as it came, or else the time of the last change as it
 * came. */
void ar_web_object_of_headers(const char *key, const ar_http_response *response,
                              artrepo_object *object);

/* "bytes FIRST-LAST/TOTAL" or "bytes * /TOTAL" of Content-Range; FIRST and TOTAL are -1 where it
 * does not say. False when there is no such header. */
bool ar_web_content_range(const ar_http_response *response, int64_t *first, int64_t *total);

/* The header line by which only the object of VERSION is answered with, in LINE; false where HTTP
 * has none for it (a weak ETag). */
bool ar_web_condition(const char *version, char *line, size_t size);

#endif
