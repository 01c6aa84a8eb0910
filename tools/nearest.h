/* What somebody who mistyped a name may have meant. */
#ifndef ARTCTL_NEAREST_H
#define ARTCTL_NEAREST_H

#include <stddef.h>

/* The one of COUNT names that is most like WORD; NULL when none is like it at all. */
const char *nearest_name(const char *word, const char *const *names, size_t count);

#endif
