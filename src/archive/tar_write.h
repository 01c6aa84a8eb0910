/* A path becomes a tar stream in the blocks of a pipeline. */
#ifndef AR_ARCHIVE_TAR_WRITE_H
#define AR_ARCHIVE_TAR_WRITE_H

#include "archive/block_writer.h"

/* TOP is the name of the top entry. */
artrepo_code ar_tar_write(const char *path, const char *top, ar_block_writer *writer,
                          artrepo_operation *operation, artrepo_error *error);

#endif
