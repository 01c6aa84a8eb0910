/* Goes over a tree in the order of Go's filepath.Walk: each directory before what is in it, entries
 * sorted by the bytes of their names. */
#ifndef AR_ARCHIVE_WALK_H
#define AR_ARCHIVE_WALK_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <artrepo/error.h>
#include <artrepo/operation.h>

#define AR_WALK_LINK_SIZE PATH_MAX

typedef struct ar_walk_entry {
    const char *name;      /* TOP/relative */
    const char *path;      /* on disk, for messages */
    int directory;         /* descriptor of the directory it is in, ... */
    const char *base_name; /* ... and its name there */
    int file;              /* open for reading when it is a regular file; -1 otherwise */
    struct stat status;
} ar_walk_entry;

/* Says how many entries were archived, in the executor's words. */
void ar_walk_log_count(const artrepo_operation *operation, uint64_t count, const char *path);

/* Up to WANTED bytes of the entry's file, which must still have some: *GOT is never 0. LEFT, the
 * bytes of its size that were not read yet, stands in the message when the file has become shorter.
 */
artrepo_code ar_walk_read(const ar_walk_entry *entry, void *buffer, size_t wanted, int64_t left,
                          size_t *got, artrepo_error *error);
/* The target of a symbolic link, zero-terminated. */
artrepo_code ar_walk_read_link(const ar_walk_entry *entry, char target[AR_WALK_LINK_SIZE],
                               artrepo_error *error);

typedef artrepo_code ar_walk_callback(void *data, const ar_walk_entry *entry, artrepo_error *error);

/* Calls back for PATH itself, which is followed when it is a symbolic link, under the name TOP, and
 * for all below it. ARTREPO_NOT_FOUND when there is no PATH. */
artrepo_code ar_walk(const char *path, const char *top, ar_walk_callback *callback, void *data,
                     artrepo_error *error);

#endif
