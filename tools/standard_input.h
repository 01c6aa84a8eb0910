/* Standard input as a source that a cancelled operation does not wait for. */
#ifndef ARTCTL_STANDARD_INPUT_H
#define ARTCTL_STANDARD_INPUT_H

#include <artrepo/operation.h>
#include <artrepo/stream.h>

/* Close it with artrepo_source_close(). */
artrepo_code standard_input_open(artrepo_operation *operation, artrepo_source **source,
                                 artrepo_error *error);

#endif
