/* Goes over a tree in the order of Go's filepath.Walk: each directory before what is in it, entries
 * sorted by the bytes of their names. */
#ifndef AR_ARCHIVE_WALK_H
#define AR_ARCHIVE_WALK_H

#include <sys/stat.h>

#include <artrepo/error.h>

typedef struct ar_walk_entry {
    const char *name;      /* TOP/relative */
    const char *path;      /* on disk, for messages */
    int directory;         /* descriptor of the directory it is in, ... */
    const char *base_name; /* ... and its name there */
    int file;              /* open for reading when it is a regular file; -1 otherwise */
    struct stat status;
} ar_walk_entry;

typedef artrepo_code ar_walk_callback(void *data, const ar_walk_entry *entry, artrepo_error *error);

/* Calls back for PATH itself, which is followed when it is a symbolic link, under the name TOP, and
 * for all below it. ARTREPO_NOT_FOUND when there is no PATH. */
artrepo_code ar_walk(const char *path, const char *top, ar_walk_callback *callback, void *data,
                     artrepo_error *error);

#endif
