/*
 * What a zip's directory says and libarchive does not hand on: the very bytes of names (it turns
 * backslashes into slashes and composes decomposed letters) and that an entry has no permissions.
 * Where the directory is odd in any way, there is simply nothing to amend.
 */
#ifndef AR_ARCHIVE_ZIP_READ_DIRECTORY_H
#define AR_ARCHIVE_ZIP_READ_DIRECTORY_H

#include <stdbool.h>

#include <archive_entry.h>
#include <artrepo/archive.h>

typedef struct ar_zip_directory ar_zip_directory;

/* *DIRECTORY is NULL when nothing has to be amended; *EMPTY whether the zip has no entries. */
artrepo_code ar_zip_directory_read(const artrepo_random_access *zip, ar_zip_directory **directory,
                                   bool *empty, artrepo_error *error);
/* NULL is allowed. */
void ar_zip_directory_free(ar_zip_directory *directory);

/* Puts the permissions of ENTRY right, the one of that INDEX from libarchive, and returns its very
 * name; NULL when libarchive's is right. */
const char *ar_zip_directory_amend(const ar_zip_directory *directory, uint64_t index,
                                   struct archive_entry *entry);

#endif
