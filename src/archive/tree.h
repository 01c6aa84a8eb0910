/*
 * A tree of files below one directory, made by names that nobody vouches for. The only code that
 * touches the file system by such a name.
 *
 * Components are opened one by one, each below the descriptor of the one before and without
 * following symbolic links; where a link inside the tree has to be followed, the kernel does it and
 * refuses to leave (openat2 with RESOLVE_BENEATH; on kernels without it such names are refused).
 * So neither a name nor a link of the archive leads out, nor does a process that swaps components
 * meanwhile.
 *
 * NAME is always a clean one, from ar_tree_name_clean(). Directories on the way to it are made,
 * with mode 0755 whatever the umask is. What stands at NAME is replaced, unless it is a directory.
 * All functions may be called from several threads at once.
 */
#ifndef AR_ARCHIVE_TREE_H
#define AR_ARCHIVE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include <artrepo/error.h>

typedef struct ar_tree ar_tree;

/* DIRECTORY stays the caller's. */
artrepo_code ar_tree_open(int directory, ar_tree **tree, artrepo_error *error);
/* NULL is allowed. Every directory must have been released. */
void ar_tree_close(ar_tree *tree);

/* ---- directories ---- */

typedef struct ar_tree_directory ar_tree_directory;

/* The directory that NAME is in. */
artrepo_code ar_tree_open_parent(ar_tree *tree, const char *name, ar_tree_directory **directory,
                                 artrepo_error *error);
void ar_tree_retain(ar_tree_directory *directory);
/* NULL is allowed. */
void ar_tree_release(ar_tree_directory *directory);

/* Whether a symbolic link was followed to get there. */
bool ar_tree_went_through_link(const ar_tree_directory *directory);
/* The same for the same directory, by whichever name it was reached. */
uint64_t ar_tree_identity(const ar_tree_directory *directory);

/* Fine when there is one already. */
artrepo_code ar_tree_make_directory(ar_tree *tree, const char *name, artrepo_error *error);

/* ---- files and links ---- */

/* An empty file, mode 0600 until ar_tree_finish_file(). The descriptor is the caller's. */
artrepo_code ar_tree_create_file(ar_tree *tree, const char *name, int *descriptor,
                                 artrepo_error *error);
/* The same in its directory, which was opened before. */
artrepo_code ar_tree_create_file_in(ar_tree_directory *directory, const char *name, int *descriptor,
                                    artrepo_error *error);

typedef struct ar_tree_attributes {
    mode_t mode; /* only the permissions count: set-id and sticky bits are dropped */
    bool has_access_time, has_modification_time;
    struct timespec access_time, modification_time;
} ar_tree_attributes;

/* Sets them whatever the umask is, and closes DESCRIPTOR in any case. */
artrepo_code ar_tree_finish_file(int descriptor, const char *name,
                                 const ar_tree_attributes *attributes, artrepo_error *error);

/* TARGET is judged as the executor judges it; one that leaves the tree is refused. */
artrepo_code ar_tree_make_symbolic_link(ar_tree *tree, const char *name, const char *target,
                                        artrepo_error *error);
/* TARGET, a clean name too, must be a regular file of the tree, not behind a symbolic link. */
artrepo_code ar_tree_make_hard_link(ar_tree *tree, const char *name, const char *target,
                                    artrepo_error *error);

/* To be called when all is there: refuses the tree when a link, which looked right by its letters,
 * leads out through other links. */
artrepo_code ar_tree_check_links(ar_tree *tree, artrepo_error *error);
/* The same, for those who want to know of every such link: *POSITION, 0 at first, stands behind the
 * link in question afterwards. */
artrepo_code ar_tree_check_links_from(ar_tree *tree, size_t *position, artrepo_error *error);

/* What stands at NAME, which is not followed; false when nothing does, or it cannot be told. */
bool ar_tree_look(const ar_tree *tree, const char *name, struct stat *status);

#endif
