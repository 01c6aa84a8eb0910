/*
 * What comes out of an archive goes to files: small ones are gathered in batches and made by the
 * operation's threads, large ones are written as they come. Memory is bounded by the number of
 * batches. Entries take effect in their order: the later of two of the same name wins, and links
 * see what came before them.
 */
#ifndef AR_ARCHIVE_EXTRACT_WRITER_H
#define AR_ARCHIVE_EXTRACT_WRITER_H

#include <artrepo/operation.h>

#include "archive/tree.h"

typedef struct ar_extract_writer ar_extract_writer;

artrepo_code ar_extract_writer_open(ar_tree *tree, artrepo_operation *operation,
                                    ar_extract_writer **writer, artrepo_error *error);
/* Waits for all that is under way. With FAILURE not NULL, what is not begun is dropped, and
 * FAILURE's code is returned. NULL for WRITER is allowed. */
artrepo_code ar_extract_writer_close(ar_extract_writer *writer, const artrepo_error *failure,
                                     artrepo_error *error);

/* All names are clean ones. */

/* SIZE -1: not known. Then data, in ascending order of offsets, then the end. */
artrepo_code ar_extract_writer_begin_file(ar_extract_writer *writer, const char *name, int64_t size,
                                          const ar_tree_attributes *attributes,
                                          artrepo_error *error);
/* What is left out reads as zeroes. */
artrepo_code ar_extract_writer_data(ar_extract_writer *writer, const void *data, size_t size,
                                    int64_t offset, artrepo_error *error);
artrepo_code ar_extract_writer_end_file(ar_extract_writer *writer, artrepo_error *error);

artrepo_code ar_extract_writer_directory(ar_extract_writer *writer, const char *name,
                                         artrepo_error *error);
artrepo_code ar_extract_writer_symbolic_link(ar_extract_writer *writer, const char *name,
                                             const char *target, artrepo_error *error);
artrepo_code ar_extract_writer_hard_link(ar_extract_writer *writer, const char *name,
                                         const char *target, artrepo_error *error);

/* How long the calls above waited for the threads. */
int64_t ar_extract_writer_wait_ns(const ar_extract_writer *writer);

#endif
