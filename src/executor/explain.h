/* What the parts of an explanation share. */
#ifndef AR_EXECUTOR_EXPLAIN_H
#define AR_EXECUTOR_EXPLAIN_H

#include "archive/rehearsal.h"
#include "executor/explanation.h"

typedef struct ar_explain {
    artrepo_repository *repository;
    const char *key;
    artrepo_archive_strategy strategy; /* the artifact's */
    artrepo_archive_limits limits;
    uint64_t most_entries;
    const char *scratch; /* a directory to work in */
    artrepo_operation *operation;
    artrepo_explanation *explanation;
} ar_explain;

/* OBJECT is what stat said of the key. */
artrepo_code ar_explain_object(const ar_explain *explain, const artrepo_object *object,
                               artrepo_error *error);

/* ARTREPO_NOT_FOUND when there is nothing below the key. */
artrepo_code ar_explain_prefix(const ar_explain *explain, artrepo_error *error);

/* Whether FAILURE is one of our own work in the scratch directory, and says nothing of the
 * artifact.
 */
bool ar_explain_is_our_failure(const artrepo_error *failure);

/* The same for one that kept us from beginning; ERROR is told about SCRATCH. */
artrepo_code ar_explain_scratch_failure(const ar_explain *explain, const artrepo_error *failure,
                                        artrepo_error *error);

/* ---- what Argo's executor would make of it (docs/argo-parity.md) ---- */

void ar_reference_on_stream(artrepo_explanation *explanation,
                            const artrepo_archive_strategy *strategy, const ar_unpack_rule *rule);
void ar_reference_on_entry(artrepo_explanation *explanation, bool zip,
                           const ar_rehearsed_entry *entry);
void ar_reference_on_prefix(artrepo_explanation *explanation,
                            const artrepo_archive_strategy *strategy);
/* KEY is refused since it leaves the destination. */
void ar_reference_on_listed_key(artrepo_explanation *explanation, const char *key);

#endif
