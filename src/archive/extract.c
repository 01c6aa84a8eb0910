#include "archive/extract.h"

#include <archive.h>

#include "archive/extract_entries.h"

artrepo_code ar_extract_tar(ar_block_reader *tar, int directory,
                            const artrepo_archive_limits *limits,
                            const _Atomic uint64_t *archive_bytes, artrepo_operation *operation,
                            artrepo_error *error) {
    ar_extract_job job = {
        .archive = archive_read_new(),
        .format = "tar",
        /* What cannot be converted from a pax header's UTF-8 to it is kept byte for byte, while a
         * locale of UTF-8 would change names that are decomposed. */
        .character_set = "C",
        .input = {.operation = operation, .blocks = tar},
        .directory = directory,
        .operation = operation,
    };
    ar_extract_job_set_limits(&job, limits, archive_bytes);
    if (job.archive != NULL) {
        archive_read_support_format_tar(job.archive);
    }
    return ar_extract_entries(&job, error);
}
