/* What the rooms of the fs driver share: the opened store, and ways to its files. */
#ifndef AR_FS_STORE_H
#define AR_FS_STORE_H

#include <stdbool.h>
#include <sys/stat.h>

#include <artrepo/driver.h>

#include "base/buffer.h"

/* Enough for every store's keys; what is deeper on disk stands for no key. */
#define AR_FS_KEY_LIMIT ((size_t)4096)

typedef struct ar_fs_store {
    char *root;
    bool is_file_system; /* the root is "/": paths mean what they say, links are followed */
} ar_fs_store;

/* ---- config.c ---- */

artrepo_code ar_fs_open(const artrepo_driver_settings *settings, artrepo_operation *operation,
                        void **state, artrepo_error *error);
void ar_fs_close(void *state);

/* ---- place.c ---- */

/* The path of KEY below the root, for the caller to free. */
artrepo_code ar_fs_path(const ar_fs_store *store, const char *key, bool aside, ar_buffer *path,
                        artrepo_error *error);
/* The same for all but the last component of a prefix; "" is the root. */
artrepo_code ar_fs_directory_path(const ar_fs_store *store, const char *prefix, size_t length,
                                  ar_buffer *path, artrepo_error *error);

/* Open descriptors, or -1 with errno: ENOENT or ENOTDIR where nothing can be below, ELOOP where a
 * symbolic link is in the way. */
int ar_fs_open_directory(const ar_fs_store *store, const char *path, size_t length);
/* The directory that PATH's last component is in; *NAME is that component. */
int ar_fs_open_parent(const ar_fs_store *store, const char *path, const char **name);
/* As above, making what is missing. On ENOTDIR *BLOCKED is the length of the path up to the
 * component that is no directory. */
int ar_fs_make_parent(const ar_fs_store *store, const char *path, const char **name,
                      size_t *blocked);
/* Removes the directories above PATH that are empty. */
void ar_fs_prune(const ar_fs_store *store, const char *path);

/* An empty file of mode 0 that keeps a name aside for a rename, and is no object. */
bool ar_fs_is_placeholder(const struct stat *status);

/* "cannot VERB object KEY in ROOT: ..." */
artrepo_code ar_fs_error(const ar_fs_store *store, const char *verb, const char *key, int errnum,
                         artrepo_error *error);

void ar_fs_describe(const char *key, const struct stat *status, artrepo_object *object);

/* ---- copy.c ---- */

typedef struct ar_fs_copy {
    const char *stage; /* "upload" or "download" */
    const char *from;  /* the names stand in messages */
    const char *to;
    artrepo_operation *operation;
} ar_fs_copy;

/* LENGTH bytes (-1: all there are) of INPUT from OFFSET, to where OUTPUT stands. The file system
 * shares or copies the blocks by itself where it can. */
artrepo_code ar_fs_copy_descriptor(const ar_fs_copy *copy, int input, int64_t offset,
                                   int64_t length, int output, int64_t *copied,
                                   artrepo_error *error);
artrepo_code ar_fs_copy_to_sink(const ar_fs_copy *copy, int input, int64_t offset, int64_t length,
                                artrepo_sink *sink, int64_t *copied, artrepo_error *error);
artrepo_code ar_fs_copy_from_source(const ar_fs_copy *copy, artrepo_source *source, int64_t length,
                                    int output, int64_t *copied, artrepo_error *error);

/* ---- read.c, write.c, list.c, remove.c: the driver's functions ---- */

artrepo_code ar_fs_stat(void *state, const char *key, artrepo_object *object,
                        artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_fs_get(void *state, const char *key, const artrepo_range *range, artrepo_sink *sink,
                       artrepo_object *object, artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_fs_put(void *state, const char *key, artrepo_source *source,
                       const artrepo_put_options *options, artrepo_object *object,
                       artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_fs_list(void *state, const char *prefix, artrepo_list_callback *callback,
                        void *data, artrepo_operation *operation, artrepo_error *error);
artrepo_code ar_fs_remove(void *state, const char *key, artrepo_operation *operation,
                          artrepo_error *error);

#endif
