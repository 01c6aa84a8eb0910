/*
 * Headers of tar entries as the reference writes them: ustar, with a pax header before it for what
 * ustar has no room for. libarchive reads our archives but does not write them: it ends names of
 * directories with a slash, which the reference does not, and it wants the data of files to pass
 * through it, where ours are read straight into the block that is compressed.
 */
#ifndef AR_ARCHIVE_TAR_HEADER_H
#define AR_ARCHIVE_TAR_HEADER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buffer.h"

#define AR_TAR_BLOCK 512
/* Zero bytes between SIZE bytes of data and the next header. */
#define AR_TAR_PADDING(size) ((AR_TAR_BLOCK - (size) % AR_TAR_BLOCK) % AR_TAR_BLOCK)
/* Zero bytes that end an archive. */
#define AR_TAR_END_SIZE 1024

typedef struct ar_tar_entry {
    const char *name;
    const char *link; /* of symbolic links; otherwise NULL */
    char type;        /* '0' file, '2' symbolic link, '5' directory */
    unsigned mode;
    unsigned uid, gid;
    int64_t size;
    int64_t modified; /* seconds since 1970 */
} ar_tar_entry;

/* Appends the header block or blocks; false when there is no memory. */
bool ar_tar_header_append(ar_buffer *out, const ar_tar_entry *entry);

/* Whether BLOCK (AR_TAR_BLOCK bytes) is the header of an entry: its checksum fits. */
bool ar_tar_is_header(const unsigned char *block);

#endif
