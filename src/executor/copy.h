/* Bytes from a source to a sink. */
#ifndef AR_EXECUTOR_COPY_H
#define AR_EXECUTOR_COPY_H

#include <artrepo/operation.h>
#include <artrepo/stream.h>

/* All of SOURCE; the sink is not committed. */
artrepo_code ar_copy_stream(artrepo_source *source, artrepo_sink *sink,
                            artrepo_operation *operation, artrepo_error *error);

#endif
