/* Where libarchive reads an archive from: a stream of blocks, or bytes that can be read anywhere.
 */
#ifndef AR_ARCHIVE_EXTRACT_INPUT_H
#define AR_ARCHIVE_EXTRACT_INPUT_H

#include <stdbool.h>
#include <stdint.h>

#include <archive.h>
#include <artrepo/archive.h>

#include "archive/block_reader.h"

typedef struct ar_extract_input {
    artrepo_operation *operation;
    ar_block_reader *blocks; /* one of the two is set */
    const artrepo_random_access *random;
    size_t block_size; /* that is asked of RANDOM at once; 0: as much as is good for speed */

    unsigned char *buffer; /* of random access */
    int64_t offset;
    uint64_t bytes_read;
    int64_t wait_ns;     /* spent in reading */
    bool at_end;         /* reading came to the end of the data */
    artrepo_error error; /* what reading failed with, if it did */
} ar_extract_input;

/* ARCHIVE has its FORMAT ("tar") set, and is open afterwards. INPUT has operation and blocks or
 * random set, all else zero. */
artrepo_code ar_extract_input_open(ar_extract_input *input, struct archive *archive,
                                   const char *format, artrepo_error *error);
void ar_extract_input_close(ar_extract_input *input);

/* Reads blocks to their end, so that what is wrong behind the archive's end comes to light. */
artrepo_code ar_extract_input_drain(ar_extract_input *input, artrepo_error *error);

/* What a failed call on ARCHIVE means. */
artrepo_code ar_extract_input_failure(const ar_extract_input *input, struct archive *archive,
                                      const char *format, artrepo_error *error);

#endif
