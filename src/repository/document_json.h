/* What JSON has and YAML reads otherwise, or not at all. */
#ifndef AR_REPOSITORY_DOCUMENT_JSON_H
#define AR_REPOSITORY_DOCUMENT_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/*
 * When TEXT is JSON with such things, *FOUND, and PLAIN is what YAML reads as the same, on the same
 * lines: characters for surrogate pairs ("\ud83d\ude00"), which YAML refuses, escapes for control
 * characters, which it refuses too, and for U+0085, U+2028 and U+2029, which end its lines, "? "
 * before names that are long or apart from their colon, and blanks for tabs. False when there is no
 * memory.
 */
bool ar_json_for_yaml(const char *text, size_t size, ar_buffer *plain, bool *found);

#endif
