/* Files of the local system: whole reads and writes, temporary siblings, trees. */
#ifndef AR_BASE_FILE_H
#define AR_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <artrepo/error.h>

/* NAME stands in messages. */
artrepo_code ar_file_write_all(int descriptor, const void *data, size_t size, const char *name,
                               artrepo_error *error);
artrepo_code ar_file_pwrite_all(int descriptor, const void *data, size_t size, int64_t offset,
                                const char *name, artrepo_error *error);
/* Reads until CAPACITY bytes are there or the file ends. */
artrepo_code ar_file_read_full(int descriptor, void *buffer, size_t capacity, size_t *got,
                               const char *name, artrepo_error *error);
artrepo_code ar_file_pread_full(int descriptor, void *buffer, size_t capacity, int64_t offset,
                                size_t *got, const char *name, artrepo_error *error);

/* A whole file of at most LIMIT bytes, zero-terminated, for the caller to free. */
artrepo_code ar_file_read_whole(const char *path, size_t limit, char **data, size_t *size,
                                artrepo_error *error);

/* A name beside PATH that nobody uses: "DIR/.artrepo-RANDOM". free() it; NULL without memory. */
char *ar_file_temporary_sibling(const char *path);

/* CODE, and ERROR's, of what could not be made: ARTREPO_NOT_FOUND becomes ARTREPO_IO, since that an
 * artifact is missing is another thing than that there is no place for it. */
artrepo_code ar_file_not_made(artrepo_code code, artrepo_error *error);

/* mkdir -p, with mode 0777 less the umask. Fine when it is there already. */
artrepo_code ar_file_make_directories(const char *path, artrepo_error *error);
/* The directory that PATH is in, as mkdir -p. */
artrepo_code ar_file_make_parent(const char *path, artrepo_error *error);

/* A descriptor to read the directory NAME in DIRECTORY by, -1 and errno when there is none to be
 * had. No link is followed. One of few permissions gets 0700: for directories that are about to be
 * removed, or to get other permissions. */
int ar_file_open_own_directory(int directory, const char *name);

/* Removes NAME in DIRECTORY (a descriptor, or AT_FDCWD) and all below it, never following a
 * symbolic link. What is not there is fine. */
artrepo_code ar_file_remove_tree(int directory, const char *name, artrepo_error *error);

#endif
