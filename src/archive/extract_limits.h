/* What an archive has cost so far, against what it may cost. One thread at a time. */
#ifndef AR_ARCHIVE_EXTRACT_LIMITS_H
#define AR_ARCHIVE_EXTRACT_LIMITS_H

#include <stdint.h>

#include <artrepo/archive.h>

typedef struct ar_extract_limits {
    artrepo_archive_limits limits; /* zeroes: none */
    /* What the archive itself took; NULL: the ratio is not watched. */
    const _Atomic uint64_t *archive_bytes;

    uint64_t entries;
    uint64_t bytes;   /* that the files say they have, holes included */
    uint64_t written; /* data that came out of the archive */
} ar_extract_limits;

/* Each returns ARTREPO_REFUSED_UNSAFE past its limit. */
artrepo_code ar_extract_limits_add_entry(ar_extract_limits *limits, artrepo_error *error);
/* Before anything of a file of that size is written. */
artrepo_code ar_extract_limits_add_file(ar_extract_limits *limits, uint64_t size,
                                        artrepo_error *error);
/* SIZE bytes of data came. With COUNT_AS_FILE their file did not say its size before. */
artrepo_code ar_extract_limits_add_data(ar_extract_limits *limits, uint64_t size,
                                        bool count_as_file, artrepo_error *error);

#endif
