/* What the files of the tree share among themselves. */
#ifndef AR_ARCHIVE_TREE_INTERNAL_H
#define AR_ARCHIVE_TREE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "archive/tree.h"
#include "base/buffer.h"

enum { AR_TREE_CACHE_SIZE = 16 };

struct ar_tree_directory {
    _Atomic unsigned references;
    int descriptor;
    dev_t device;
    ino_t inode;
    bool through_link;
    size_t length;
    char path[]; /* clean, "" is the root */
};

struct ar_tree {
    ar_tree_directory *root;
    bool has_openat2;

    pthread_mutex_t mutex;
    /* The directories used last, newest first. A real directory is never removed from the tree, so
     * they never go stale; those behind links are not kept, since a link may be replaced. */
    ar_tree_directory *cache[AR_TREE_CACHE_SIZE];
    ar_buffer doubtful_links; /* their names, each with its zero */
};

/* Follows links inside the tree. -1 and errno on failure: EXDEV when it leaves. */
int ar_tree_resolve(const ar_tree *tree, const char *name, int flags);

/* The directory of that name. With MAKE false, missing ones are ARTREPO_NOT_FOUND. */
artrepo_code ar_tree_open_directory(ar_tree *tree, const char *name, size_t length, bool make,
                                    ar_tree_directory **directory, artrepo_error *error);

#endif
