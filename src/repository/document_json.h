/* JSON's escapes that YAML does not have. */
#ifndef AR_REPOSITORY_DOCUMENT_JSON_H
#define AR_REPOSITORY_DOCUMENT_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* When TEXT is JSON that holds surrogate pairs ("\ud83d\ude00"), which YAML refuses, *FOUND, and
 * the same text with their characters in their place, on the same lines, is in PLAIN. False when
 * there is no memory. */
bool ar_json_without_surrogates(const char *text, size_t size, ar_buffer *plain, bool *found);

#endif
