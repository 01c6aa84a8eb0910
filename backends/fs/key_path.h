/* How keys become paths below the root, and names found there become parts of keys. README.md has
 * the table of forms. */
#ifndef AR_FS_KEY_PATH_H
#define AR_FS_KEY_PATH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"

/* Appends the relative path of the first LENGTH bytes of KEY, as an object or directory; ASIDE as
 * the object that had to make way for a directory. False without memory. */
bool ar_fs_key_path(const char *key, size_t length, bool aside, ar_buffer *path);

/* How many bytes at the start of KEY the first PATH_LENGTH bytes of its path stand for; both end
 * with a whole component. */
size_t ar_fs_key_length(const char *key, const char *path, size_t path_length);

typedef enum ar_fs_name_kind {
    AR_FS_NAME_WHOLE,     /* a component of a key */
    AR_FS_NAME_ASIDE,     /* likewise, of an object kept aside */
    AR_FS_NAME_CONTINUED, /* the beginning of a component: a directory with the rest in it */
    AR_FS_NAME_FOREIGN    /* stands for no key: temporaries and names that no key gets */
} ar_fs_name_kind;

/* *DECODED is what NAME stands for, inside NAME. */
ar_fs_name_kind ar_fs_name_decode(const char *name, const char **decoded);

/* Whether NAME is that of a temporary file of this library. */
bool ar_fs_name_is_temporary(const char *name);

#endif
