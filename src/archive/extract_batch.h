/* Small files that are made together by one thread. */
#ifndef AR_ARCHIVE_EXTRACT_BATCH_H
#define AR_ARCHIVE_EXTRACT_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "archive/tree.h"

enum {
    AR_EXTRACT_BATCH_BYTES = 512 << 10,
    AR_EXTRACT_BATCH_FILES = 64,
    /* Each keeps a descriptor open. */
    AR_EXTRACT_BATCH_DIRECTORIES = 8
};

typedef struct ar_extract_file {
    ar_tree_directory *directory;
    const char *name;    /* clean; in the batch's bytes */
    unsigned char *data; /* there too */
    size_t size;
    ar_tree_attributes attributes;
    uint32_t slot; /* the writer's mark that the name is under way */
} ar_extract_file;

typedef struct ar_extract_batch {
    struct ar_extract_batch *next;
    size_t count;
    size_t directories; /* changes of directory from file to file */
    size_t used;
    ar_extract_file files[AR_EXTRACT_BATCH_FILES];
    unsigned char bytes[AR_EXTRACT_BATCH_BYTES];
} ar_extract_batch;

bool ar_extract_batch_has_room(const ar_extract_batch *batch, const ar_tree_directory *directory,
                               const char *name, size_t size);
/* Adds a file of SIZE bytes, whose data are for the caller to fill in. Takes DIRECTORY over. */
ar_extract_file *ar_extract_batch_add(ar_extract_batch *batch, ar_tree_directory *directory,
                                      const char *name, size_t size);
/* *WRITTEN counts the bytes. */
artrepo_code ar_extract_batch_make_files(const ar_extract_batch *batch, int64_t *written,
                                         artrepo_error *error);
/* Empties the batch. */
void ar_extract_batch_clear(ar_extract_batch *batch);

#endif
