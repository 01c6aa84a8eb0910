#include <archive.h>
#include <stdatomic.h>

#include "archive/extract.h"
#include "archive/extract_entries.h"
#include "archive/zip_read_directory.h"

/* Names that a zip declares to be UTF-8 get lost in other character sets. */
static const char character_set[] = "C.UTF-8";

artrepo_code ar_extract_zip(const artrepo_random_access *zip, int directory,
                            const artrepo_archive_limits *limits, artrepo_operation *operation,
                            artrepo_error *error) {
    ar_zip_directory *own = NULL;
    bool empty = false;
    artrepo_code code = ar_zip_directory_read(zip, &own, &empty, error);
    if (code != ARTREPO_OK || empty) { /* which libarchive does not take for a zip */
        return code;
    }
    _Atomic uint64_t archive_bytes = (uint64_t)zip->size;
    ar_extract_job job = {
        .archive = archive_read_new(),
        .format = "zip",
        .character_set = character_set,
        .input = {.operation = operation, .random = zip},
        .zip_directory = own,
        .directory = directory,
        .operation = operation,
    };
    ar_extract_job_set_limits(&job, limits, &archive_bytes);
    if (job.archive != NULL) {
        archive_read_support_format_zip_seekable(job.archive);
    }
    code = ar_extract_entries(&job, error);
    ar_zip_directory_free(own);
    return code;
}

artrepo_code ar_extract_zip_stream(ar_block_reader *zip, int directory,
                                   const artrepo_archive_limits *limits,
                                   const _Atomic uint64_t *archive_bytes,
                                   artrepo_operation *operation, artrepo_error *error) {
    ar_extract_job job = {
        .archive = archive_read_new(),
        .format = "zip",
        .character_set = character_set,
        .input = {.operation = operation, .blocks = zip},
        .directory = directory,
        .operation = operation,
    };
    ar_extract_job_set_limits(&job, limits, archive_bytes);
    if (job.archive != NULL) {
        archive_read_support_format_zip_streamable(job.archive);
    }
    return ar_extract_entries(&job, error);
}
