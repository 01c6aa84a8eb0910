/* The names that entries of an archive and keys of a store ask for: what they become below a
 * directory, and which of them are refused. Nothing here touches the file system. */
#ifndef AR_ARCHIVE_TREE_NAME_H
#define AR_ARCHIVE_TREE_NAME_H

#include <artrepo/error.h>

/*
 * NAME as the executor reads it: cleaned, an absolute one put below. *CLEAN is for the caller to
 * free; it is "" when NAME is the directory itself. ARTREPO_REFUSED_UNSAFE: it leads out, or it or
 * a component of it is longer than a file system takes.
 */
artrepo_code ar_tree_name_clean(const char *name, char **clean, artrepo_error *error);

/* The last component of a clean name, inside it. */
const char *ar_tree_name_base(const char *clean);

typedef enum ar_tree_link_target {
    AR_TREE_LINK_INSIDE,
    /* Inside by its letters, but what it resolves to depends on other links: it has a ".." behind
     * a component that may be one. */
    AR_TREE_LINK_DOUBTFUL,
    AR_TREE_LINK_OUTSIDE /* also the directory itself, as the executor says */
} ar_tree_link_target;

/* Where a symbolic link at CLEAN leads, seen from the directory that it lies in. */
ar_tree_link_target ar_tree_name_judge_link(const char *clean, const char *target);

#endif
