/*
 * A rehearsal of an extraction: the entries are made by the very code that makes them in earnest,
 * but without their data, in a directory that is thrown away. So what it says of an archive is what
 * becomes of it. It goes on behind an entry that is refused, to find the others.
 */
#ifndef AR_ARCHIVE_REHEARSAL_H
#define AR_ARCHIVE_REHEARSAL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include <artrepo/archive.h>

#include "archive/block_reader.h"
#include "archive/unpack_rule.h"

typedef enum ar_rehearsed_kind {
    AR_REHEARSED_FILE,
    AR_REHEARSED_DIRECTORY,
    AR_REHEARSED_SYMBOLIC_LINK,
    AR_REHEARSED_HARD_LINK,
    AR_REHEARSED_OTHER /* passed over */
} ar_rehearsed_kind;

typedef struct ar_rehearsed_entry {
    const char *name;   /* as the archive has it; NULL for a link that is judged at the end */
    const char *clean;  /* below the destination, "" being the destination; NULL when refused */
    const char *target; /* of links; otherwise NULL */
    ar_rehearsed_kind kind;
    int64_t size; /* -1: not known */
    mode_t mode;
    bool has_earlier;      /* something was there under its name, ... */
    struct stat earlier;   /* ... namely this */
    bool made_parent;      /* its directory was not there before */
    artrepo_error refusal; /* code ARTREPO_OK: it was made */
} ar_rehearsed_entry;

/* Any answer but ARTREPO_OK, with ERROR filled, ends the rehearsal with it. */
typedef artrepo_code ar_rehearsed_callback(void *data, const ar_rehearsed_entry *entry,
                                           artrepo_error *error);

typedef struct ar_rehearsal {
    uint64_t most_entries; /* where to stop */
    ar_rehearsed_callback *report;
    void *data;

    uint64_t entries;
    bool stopped; /* at most_entries; the archive may have more */
} ar_rehearsal;

/* What is read of a random access at once: a header and what is near it. */
#define AR_REHEARSAL_BLOCK ((size_t)16 << 10)

/* ---- one archive, whose entries are made below DIRECTORY ---- */

/* BLOCKS or RANDOM is NULL. With RANDOM the data of entries are not read. */
artrepo_code ar_rehearse_tar(ar_rehearsal *rehearsal, ar_block_reader *blocks,
                             const artrepo_random_access *random, int directory,
                             const artrepo_archive_limits *limits, artrepo_operation *operation,
                             artrepo_error *error);
artrepo_code ar_rehearse_zip(ar_rehearsal *rehearsal, ar_block_reader *blocks,
                             const artrepo_random_access *random, int directory,
                             const artrepo_archive_limits *limits, artrepo_operation *operation,
                             artrepo_error *error);

/* ---- one stream ---- */

/* Where the bytes are: in RANDOM, or, when its function is NULL, poured into a sink from the first
 * to the last. */
typedef struct ar_rehearsal_source {
    artrepo_random_access random;
    artrepo_code (*pour)(void *data, artrepo_sink *sink, artrepo_error *error);
    void *data;
} ar_rehearsal_source;

#define AR_REHEARSAL_HEAD 16

typedef struct ar_rehearsal_outcome {
    ar_unpack_rule rule;
    unsigned char head[AR_REHEARSAL_HEAD]; /* what the stream begins with */
    size_t head_size;
    bool began;      /* there was a place to work in */
    int top_entries; /* 2 stands for more than one */
    char top_name[256];
    mode_t top_type; /* of the only top entry, as in st_mode */
} ar_rehearsal_outcome;

/*
 * What artrepo_archive_unpack() would make of SOURCE, reading no more of it than that takes.
 * SCRATCH is a directory to work in. Fails with what the unpack would fail with apart from refused
 * entries, which are reported; OUTCOME is right as far as it got.
 */
artrepo_code ar_rehearse(ar_rehearsal *rehearsal, const artrepo_archive_strategy *strategy,
                         const ar_rehearsal_source *source, const artrepo_archive_limits *limits,
                         const char *scratch, ar_rehearsal_outcome *outcome,
                         artrepo_operation *operation, artrepo_error *error);

#endif
