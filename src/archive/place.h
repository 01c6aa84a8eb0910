/*
 * A place where a path is prepared aside and then put where it belongs in one step: a temporary
 * directory beside the final path.
 */
#ifndef AR_ARCHIVE_PLACE_H
#define AR_ARCHIVE_PLACE_H

#include <artrepo/error.h>

typedef struct ar_place {
    char *path;      /* where the content goes in the end */
    char *temporary; /* an empty directory beside it, mode 0700 until it is put in place */
    int directory;   /* the open descriptor of the temporary one */
} ar_place;

/* Makes the parent directories of PATH when they are missing. */
artrepo_code ar_place_open(ar_place *place, const char *path, artrepo_error *error);

/* The executor's rule: exactly one entry in the directory becomes PATH itself; otherwise the
 * directory becomes PATH (with mode 0755). A file or symbolic link at PATH is replaced; so is a
 * directory by a directory when it is empty. A directory that is not empty is refused
 * (ARTREPO_INVALID) with a message that says to remove it or name another path. */
artrepo_code ar_place_commit_archive(ar_place *place, artrepo_error *error);

/* How many entries the place has, 2 standing for more than one, and the name of one of them. */
artrepo_code ar_place_count(const ar_place *place, int *count, char name[256],
                            artrepo_error *error);

/* The whole directory becomes PATH, however many entries it has. */
artrepo_code ar_place_commit_directory(ar_place *place, artrepo_error *error);

/* Removes what was not committed, and releases the place. Fine on a place that never opened. */
void ar_place_close(ar_place *place);
/* Both, for a place that only served as a scratch directory. Fails when something stays there. */
artrepo_code ar_place_discard(ar_place *place, artrepo_error *error);

#endif
