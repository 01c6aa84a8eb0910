/*
 * What the executor would do with an object as an input artifact, without doing it: which rule
 * applies, what the path would become, what would be refused and why, and where Argo's own executor
 * would fail or lose data and this library does not.
 *
 * The verdict is that of artrepo_artifact_load(): the entries of an archive are made by the same
 * code, but without their data, in a directory that is thrown away. Of the object no more is read
 * than that takes: the first bytes where those decide, the headers of a tar and the directory and
 * headers of a zip by ranges, and a compressed tar as far as its entries are listed. What is wrong
 * with the data themselves (a checksum, say) shows only where they are read.
 */
#ifndef ARTREPO_EXPLAIN_H
#define ARTREPO_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <artrepo/archive.h>
#include <artrepo/artifact.h>
#include <artrepo/error.h>
#include <artrepo/operation.h>
#include <artrepo/repository.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct artrepo_explain_options {
    /* As of the load. The ratio is not watched, since data are not read. */
    artrepo_archive_limits limits;
    uint64_t entries;              /* looked at, then it ends early; 0: 100,000 */
    size_t remarks;                /* kept of each kind; 0: 20 */
    const char *scratch_directory; /* to work in; NULL: TMPDIR, or /tmp */
} artrepo_explain_options;

/* ---- remarks ---- */

typedef enum artrepo_remark_kind {
    ARTREPO_REMARK_REFUSED,          /* the load fails because of it, in its own words */
    ARTREPO_REMARK_PASSED_OVER,      /* left out, by Argo's executor too */
    ARTREPO_REMARK_REFERENCE_FAILS,  /* Argo's executor would fail here */
    ARTREPO_REMARK_REFERENCE_LOSES,  /* it would lose, mix or change something */
    ARTREPO_REMARK_REFERENCE_UNSAFE, /* it would write outside the destination */
    ARTREPO_REMARK_NOTE,
    ARTREPO_REMARK_KINDS
} artrepo_remark_kind;

/* "refused", "passed-over", "reference-fails", "reference-loses", "reference-unsafe", "note". */
ARTREPO_API const char *artrepo_remark_kind_name(artrepo_remark_kind kind);

typedef struct artrepo_remark {
    const char *subject; /* the name of the entry or key; "" for the object as a whole */
    const char *text;
} artrepo_remark;

/* ---- explanation ---- */

typedef enum artrepo_explain_action {
    ARTREPO_EXPLAIN_KEEP,      /* the object becomes a file as it is */
    ARTREPO_EXPLAIN_UNTAR,     /* ... is untarred */
    ARTREPO_EXPLAIN_UNZIP,     /* ... is unzipped */
    ARTREPO_EXPLAIN_DIRECTORY, /* the key is a prefix: all objects below it become a directory */
    ARTREPO_EXPLAIN_SKIP       /* there is nothing, and the artifact is optional */
} artrepo_explain_action;

typedef enum artrepo_explain_form {
    ARTREPO_FORM_NONE, /* nothing: refused, skipped, or not known since it ended early */
    ARTREPO_FORM_FILE,
    ARTREPO_FORM_DIRECTORY,
    ARTREPO_FORM_SYMBOLIC_LINK
} artrepo_explain_form;

typedef struct artrepo_verdict {
    artrepo_code code;   /* of the load, ... */
    const char *message; /* ... and its error's; "" when it succeeds */
    artrepo_explain_action action;
    artrepo_explain_form form; /* what the path becomes */
    const char *rule;          /* why: a sentence for each step, "; " between them */
    const char *format;        /* what the first bytes say: "gzip (1f 8b)"; "" where nobody looks */
    const char
        *only_top_entry; /* the one that becomes the path itself; "" when there are several */
    /* Of what the archive or the prefix holds, as far as it was looked at. */
    uint64_t entries, files, directories, symbolic_links, hard_links, others;
    uint64_t bytes;      /* of the files */
    bool complete;       /* all entries were looked at */
    int64_t object_size; /* -1 when it is not one object, or the store does not say */
    int64_t bytes_read;  /* of the object */
    int64_t requests;    /* for them, lists of keys not counted */
} artrepo_verdict;

/* Immutable; read from any number of threads. */
typedef struct artrepo_explanation artrepo_explanation;

/*
 * Explains the object KEY, or the prefix, as the input ARTIFACT (its strategy, mode and whether it
 * is optional). OPTIONS may be NULL. Free the explanation.
 *
 * ARTREPO_OK also when the load would fail, as the verdict then says. Errors: ARTREPO_NOT_FOUND
 * (neither object nor prefix, and not optional), those of the store, ARTREPO_IO (the scratch
 * directory cannot be written to).
 */
ARTREPO_API artrepo_code artrepo_artifact_explain(artrepo_repository *repository, const char *key,
                                                  const artrepo_artifact *artifact,
                                                  const artrepo_explain_options *options,
                                                  artrepo_operation *operation,
                                                  artrepo_explanation **explanation,
                                                  artrepo_error *error);
ARTREPO_API void artrepo_explanation_free(artrepo_explanation *explanation);

ARTREPO_API const artrepo_verdict *
artrepo_explanation_verdict(const artrepo_explanation *explanation);
/* How many remarks of KIND were made; the first of them, up to what the options say, are kept. */
ARTREPO_API uint64_t artrepo_explanation_count(const artrepo_explanation *explanation,
                                               artrepo_remark_kind kind);
/* NULL past those that are kept. */
ARTREPO_API const artrepo_remark *artrepo_explanation_remark(const artrepo_explanation *explanation,
                                                             artrepo_remark_kind kind,
                                                             size_t index);

#ifdef __cplusplus
}
#endif

#endif
