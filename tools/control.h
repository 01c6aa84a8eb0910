/* Characters that a terminal would obey. */
#ifndef ARTCTL_CONTROL_H
#define ARTCTL_CONTROL_H

#include <stddef.h>

/* How many bytes the control character has that TEXT begins with, one of ASCII or of Unicode; 0
 * when it begins with none. Its code point, below U+00A0, is its last byte. */
size_t control_length(const char *text);

#endif
