/*
 * Archives: a path becomes a stream of bytes (pack), a stream of bytes becomes a path (unpack).
 *
 * Both ways are pipelines of threads with bounded queues: nothing is staged on disk, and memory
 * does not grow with the artifact. The rules are the Argo executor's; where ours differ,
 * docs/argo-parity.md says why.
 */
#ifndef ARTREPO_ARCHIVE_H
#define ARTREPO_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <artrepo/error.h>
#include <artrepo/operation.h>
#include <artrepo/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum artrepo_archive_kind {
    ARTREPO_ARCHIVE_UNSET, /* saving: tar with gzip; loading: detect */
    ARTREPO_ARCHIVE_NONE,
    ARTREPO_ARCHIVE_TAR,
    ARTREPO_ARCHIVE_ZIP
} artrepo_archive_kind;

typedef enum artrepo_compression {
    ARTREPO_COMPRESSION_GZIP,
    ARTREPO_COMPRESSION_ZSTD, /* ours: Argo does not know it */
    ARTREPO_COMPRESSION_NONE
} artrepo_compression;

#define ARTREPO_LEVEL_DEFAULT (-1)

typedef struct artrepo_archive_strategy {
    artrepo_archive_kind kind;
    artrepo_compression compression; /* of tar; when loading, the stream's own magic decides */
    int level;                       /* gzip: 0..9, zstd: 1..19, or ARTREPO_LEVEL_DEFAULT */
    bool long_distance; /* zstd: find matches up to 32 MiB back, for about 60 MiB more memory when
                           saving and 32 MiB when loading */
} artrepo_archive_strategy;

#define ARTREPO_ARCHIVE_STRATEGY_INIT                                                              \
    { ARTREPO_ARCHIVE_UNSET, ARTREPO_COMPRESSION_GZIP, ARTREPO_LEVEL_DEFAULT, false }

/* "tar", "none", "zip", "zstd", each of tar and zstd with an optional ":LEVEL", zstd also with
 * ":long" at the end for long distances. */
ARTREPO_API artrepo_code artrepo_archive_strategy_parse(const char *text,
                                                        artrepo_archive_strategy *strategy,
                                                        artrepo_error *error);

/* Whether level and compression fit together; save and pack check it themselves. */
ARTREPO_API artrepo_code artrepo_archive_strategy_check(const artrepo_archive_strategy *strategy,
                                                        artrepo_error *error);

/* ---- pack ---- */

/*
 * The archive of PATH as a source of unknown length that can be read once, or again after a rewind,
 * which walks PATH anew. With the none strategy PATH must be a regular file, and the source is that
 * file. Entries are named BASE(PATH)/relative, in lexical order; NAME replaces the base when it is
 * not NULL. PATH itself is followed when it is a symbolic link.
 *
 * Errors, here or from read: ARTREPO_NOT_FOUND (no PATH), ARTREPO_INVALID (neither file nor
 * directory), ARTREPO_IO (a file cannot be read, or shrank while it was read).
 */
ARTREPO_API artrepo_code artrepo_archive_pack(const char *path, const char *name,
                                              const artrepo_archive_strategy *strategy,
                                              artrepo_operation *operation, artrepo_source **source,
                                              artrepo_error *error);

/* ---- unpack ---- */

/* What an archive may cost; 0 is no limit. Past it: ARTREPO_REFUSED_UNSAFE. */
typedef struct artrepo_archive_limits {
    uint64_t bytes; /* of all files together */
    uint64_t entries;
    uint64_t ratio; /* bytes written for each byte of the archive, once 1 MiB was written */
} artrepo_archive_limits;

/*
 * A sink that takes an archive (or, with the none strategy, a file) and puts its content at PATH
 * on commit: the work is done in a temporary sibling. Exactly one top entry becomes PATH itself,
 * otherwise PATH is a directory of them. A file or symbolic link at PATH is replaced, and so is an
 * empty directory by a directory; anything else at PATH is left alone and ARTREPO_INVALID.
 * STRATEGY's kind UNSET detects
 * gzip or zstd with a tar inside, or a plain tar when it says tar; anything else is kept as a file.
 * Zip needs artrepo_archive_unpack_random(), since its directory is at its end; as a stream it is
 * taken only as far as that goes: without permissions and symbolic links.
 *
 * Errors: ARTREPO_REFUSED_UNSAFE (names or links that leave PATH, limits), ARTREPO_IO (damaged or
 * truncated archive, no space), ARTREPO_INVALID (not what STRATEGY says).
 */
ARTREPO_API artrepo_code artrepo_archive_unpack(const char *path,
                                                const artrepo_archive_strategy *strategy,
                                                const artrepo_archive_limits *limits,
                                                artrepo_operation *operation, artrepo_sink **sink,
                                                artrepo_error *error);

/* Bytes that can be read anywhere. One thread at a time. */
typedef struct artrepo_random_access {
    void *data;
    int64_t size;
    artrepo_code (*read_at)(void *data, int64_t offset, void *buffer, size_t capacity, size_t *got,
                            artrepo_error *error);
} artrepo_random_access;

/* As above, for an archive that can be read in any order: zip, with all that its directory says. */
ARTREPO_API artrepo_code artrepo_archive_unpack_random(const char *path,
                                                       const artrepo_archive_strategy *strategy,
                                                       const artrepo_random_access *archive,
                                                       const artrepo_archive_limits *limits,
                                                       artrepo_operation *operation,
                                                       artrepo_error *error);

#ifdef __cplusplus
}
#endif

#endif
