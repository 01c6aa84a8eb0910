/* What a stream is, by its first bytes. */
#ifndef AR_ARCHIVE_DETECT_H
#define AR_ARCHIVE_DETECT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum ar_stream_format {
    AR_STREAM_UNKNOWN,
    AR_STREAM_GZIP,
    AR_STREAM_ZSTD,
    AR_STREAM_ZIP,
    AR_STREAM_TAR /* not compressed */
} ar_stream_format;

ar_stream_format ar_detect_format(const unsigned char *data, size_t size);

/* Whether the first block that DATA (gzip or zstd) decompresses to is the header of a tar entry:
 * the executor's test of what to untar. As little of DATA is decompressed as that takes. True also
 * when there is no memory to look: an archive must not be taken for a file, and extraction, which
 * needs more memory, ends in an error. */
bool ar_detect_compressed_tar(ar_stream_format format, const unsigned char *data, size_t size);

#endif
