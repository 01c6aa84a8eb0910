/* The argument of an option: from text to the member of struct options. */
#ifndef ARTCTL_OPTION_VALUE_H
#define ARTCTL_OPTION_VALUE_H

#include "options.h"

/* TEXT is NULL for an option that takes no argument. ARTREPO_INVALID says what it must be. */
artrepo_code option_store(struct options *options, const option_spec *spec, const char *text,
                          artrepo_error *error);

#endif
