/* What the text of a plain scalar means, by the rules of Argo's YAML reader (YAML 1.1's words). */
#ifndef AR_REPOSITORY_SCALAR_H
#define AR_REPOSITORY_SCALAR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/value.h"

/* The kind of an unquoted scalar. *CANONICAL is "true" or "false" for booleans, else TEXT. */
ar_value_kind ar_scalar_kind(const char *text, const char **canonical);

/* Integers with an optional sign, in base 10, 2 (0b), 8 (0 or 0o) or 16 (0x); underscores between
 * digits. False when TEXT is none or does not fit. */
bool ar_scalar_integer(const char *text, int64_t *value);
/* Any number; false when TEXT is none or is not finite. */
bool ar_scalar_real(const char *text, double *value);

#endif
