/*
 * The entries of an archive become files below one directory, and nowhere else.
 *
 * Every name is resolved component by component below the directory's descriptor without following
 * a symbolic link that leaves it, so that neither a hostile archive nor a process that swaps
 * components meanwhile leads out.
 */
#ifndef AR_ARCHIVE_EXTRACT_H
#define AR_ARCHIVE_EXTRACT_H

#include <artrepo/archive.h>

#include "archive/block_reader.h"

/* DIRECTORY is an empty directory of ours. ARCHIVE_BYTES counts what the archive itself took so far
 * (for the ratio limit; may be NULL). LIMITS may be NULL. */
artrepo_code ar_extract_tar(ar_block_reader *tar, int directory,
                            const artrepo_archive_limits *limits,
                            const _Atomic uint64_t *archive_bytes, artrepo_operation *operation,
                            artrepo_error *error);

/* By its directory at the end: with permissions and symbolic links. */
artrepo_code ar_extract_zip(const artrepo_random_access *zip, int directory,
                            const artrepo_archive_limits *limits, artrepo_operation *operation,
                            artrepo_error *error);

/* As far as a zip goes that can only be read from its beginning. */
artrepo_code ar_extract_zip_stream(ar_block_reader *zip, int directory,
                                   const artrepo_archive_limits *limits,
                                   const _Atomic uint64_t *archive_bytes,
                                   artrepo_operation *operation, artrepo_error *error);

#endif
