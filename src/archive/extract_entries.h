/* The entries that libarchive finds, whatever the format, become files. */
#ifndef AR_ARCHIVE_EXTRACT_ENTRIES_H
#define AR_ARCHIVE_EXTRACT_ENTRIES_H

#include <artrepo/archive.h>

#include "archive/extract_input.h"
#include "archive/extract_limits.h"
#include "archive/rehearsal.h"
#include "archive/zip_read_directory.h"

typedef struct ar_extract_job {
    struct archive *archive; /* with its formats set, not open yet */
    const char *format;      /* "tar"; stands in messages */
    const char *character_set;
    ar_extract_input input;
    ar_extract_limits limits;
    const ar_zip_directory *zip_directory; /* NULL: libarchive is right about all entries */
    int directory;
    artrepo_operation *operation;
    ar_rehearsal *rehearsal; /* NULL: in earnest */
} ar_extract_job;

/* For JOB's archive; FORMAT is one of archive_read_support_format_*. NULL when there is no memory.
 */
struct archive *ar_extract_new_archive(int (*format)(struct archive *));

/* Opens the archive, makes all its entries, and reads a stream of blocks to its end. Frees
 * JOB's archive in any case. */
artrepo_code ar_extract_entries(ar_extract_job *job, artrepo_error *error);

/* LIMITS may be NULL. */
void ar_extract_job_set_limits(ar_extract_job *job, const artrepo_archive_limits *limits,
                               const _Atomic uint64_t *archive_bytes);

#endif
