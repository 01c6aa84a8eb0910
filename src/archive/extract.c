#include "archive/extract.h"

#include <archive.h>

#include "archive/extract_entries.h"
#include "archive/rehearsal.h"

static artrepo_code extract(ar_extract_job *job, const artrepo_archive_limits *limits,
                            const _Atomic uint64_t *archive_bytes, artrepo_error *error) {
    job->archive = ar_extract_new_archive(archive_read_support_format_tar);
    job->format = "tar";
    /* What cannot be converted from a pax header's UTF-8 to it is kept byte for byte, while a
     * locale of UTF-8 would change names that are decomposed. */
    job->character_set = "C";
    job->input.operation = job->operation;
    ar_extract_job_set_limits(job, limits, archive_bytes);
    return ar_extract_entries(job, error);
}

artrepo_code ar_extract_tar(ar_block_reader *tar, int directory,
                            const artrepo_archive_limits *limits,
                            const _Atomic uint64_t *archive_bytes, artrepo_operation *operation,
                            artrepo_error *error) {
    ar_extract_job job = {.input = {.blocks = tar}, .directory = directory, .operation = operation};
    return extract(&job, limits, archive_bytes, error);
}

artrepo_code ar_rehearse_tar(ar_rehearsal *rehearsal, ar_block_reader *blocks,
                             const artrepo_random_access *random, int directory,
                             const artrepo_archive_limits *limits, artrepo_operation *operation,
                             artrepo_error *error) {
    ar_extract_job job = {
        .input = {.blocks = blocks, .random = random, .block_size = AR_REHEARSAL_BLOCK},
        .directory = directory,
        .operation = operation,
        .rehearsal = rehearsal};
    return extract(&job, limits, NULL, error);
}
