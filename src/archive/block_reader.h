/* A stream of blocks that is pulled without copying: what flows between the stages of an unpack. */
#ifndef AR_ARCHIVE_BLOCK_READER_H
#define AR_ARCHIVE_BLOCK_READER_H

#include <stddef.h>

#include <artrepo/error.h>

typedef struct ar_block_reader ar_block_reader;

struct ar_block_reader {
    /* *SIZE is 0 at the end of the data and then only; *BLOCK is valid until the next call. */
    artrepo_code (*next)(ar_block_reader *reader, const void **block, size_t *size,
                         artrepo_error *error);
};

#endif
