#include <archive.h>
#include <stdatomic.h>

#include "archive/extract.h"
#include "archive/extract_entries.h"
#include "archive/rehearsal.h"
#include "archive/zip_read_directory.h"

/* JOB has its input, directory and operation. */
static artrepo_code extract(ar_extract_job *job, const artrepo_archive_limits *limits,
                            const _Atomic uint64_t *archive_bytes, artrepo_error *error) {
    job->archive = ar_extract_new_archive(job->input.random != NULL
                                              ? archive_read_support_format_zip_seekable
                                              : archive_read_support_format_zip_streamable);
    job->format = "zip";
    /* Names that a zip declares to be UTF-8 get lost in other character sets. */
    job->character_set = "C.UTF-8";
    job->input.operation = job->operation;
    ar_extract_job_set_limits(job, limits, archive_bytes);
    return ar_extract_entries(job, error);
}

/* By the directory at the end. */
static artrepo_code extract_random(ar_extract_job *job, const artrepo_archive_limits *limits,
                                   artrepo_error *error) {
    const artrepo_random_access *zip = job->input.random;
    ar_zip_directory *own = NULL;
    bool empty = false;
    artrepo_code code = ar_zip_directory_read(zip, &own, &empty, error);
    if (code != ARTREPO_OK || empty) { /* which libarchive does not take for a zip */
        return code;
    }
    _Atomic uint64_t archive_bytes = (uint64_t)zip->size;
    job->zip_directory = own;
    code = extract(job, limits, &archive_bytes, error);
    ar_zip_directory_free(own);
    return code;
}

artrepo_code ar_extract_zip(const artrepo_random_access *zip, int directory,
                            const artrepo_archive_limits *limits, artrepo_operation *operation,
                            artrepo_error *error) {
    ar_extract_job job = {.input = {.random = zip}, .directory = directory, .operation = operation};
    return extract_random(&job, limits, error);
}

artrepo_code ar_extract_zip_stream(ar_block_reader *zip, int directory,
                                   const artrepo_archive_limits *limits,
                                   const _Atomic uint64_t *archive_bytes,
                                   artrepo_operation *operation, artrepo_error *error) {
    ar_extract_job job = {.input = {.blocks = zip}, .directory = directory, .operation = operation};
    return extract(&job, limits, archive_bytes, error);
}

artrepo_code ar_rehearse_zip(ar_rehearsal *rehearsal, ar_block_reader *blocks,
                             const artrepo_random_access *random, int directory,
                             const artrepo_archive_limits *limits, artrepo_operation *operation,
                             artrepo_error *error) {
    ar_extract_job job = {
        .input = {.blocks = blocks, .random = random, .block_size = AR_REHEARSAL_BLOCK},
        .directory = directory,
        .operation = operation,
        .rehearsal = rehearsal};
    return random != NULL ? extract_random(&job, limits, error)
                          : extract(&job, limits, NULL, error);
}
