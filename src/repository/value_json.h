/* Trees of values as JSON. */
#ifndef AR_REPOSITORY_VALUE_JSON_H
#define AR_REPOSITORY_VALUE_JSON_H

#include <jansson.h>

#include "base/value.h"

/* Members that are null are left out. NULL when there is no memory, or a text is not UTF-8. */
json_t *ar_value_to_json(const ar_value *value);

#endif
