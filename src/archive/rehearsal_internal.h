/* What the reader of entries needs of a rehearsal: entries that are made without their data. They
 * are made one after the other, so that each error is its own entry's. All names are clean. */
#ifndef AR_ARCHIVE_REHEARSAL_INTERNAL_H
#define AR_ARCHIVE_REHEARSAL_INTERNAL_H

#include "archive/rehearsal.h"
#include "archive/tree.h"

/* Notes in ENTRY what stands at NAME before it is made. */
void ar_rehearse_look(const ar_tree *tree, const char *name, ar_rehearsed_entry *entry);

artrepo_code ar_rehearse_file(ar_tree *tree, const char *name, int64_t size, artrepo_error *error);
artrepo_code ar_rehearse_directory(ar_tree *tree, const char *name, artrepo_error *error);
artrepo_code ar_rehearse_symbolic_link(ar_tree *tree, const char *name, const char *target,
                                       artrepo_error *error);
artrepo_code ar_rehearse_hard_link(ar_tree *tree, const char *name, const char *target,
                                   artrepo_error *error);

/* Counts ENTRY and hands it on. */
artrepo_code ar_rehearsal_report(ar_rehearsal *rehearsal, const ar_rehearsed_entry *entry,
                                 artrepo_error *error);

/* Reports the links that lead out of the tree, now that all is there. */
artrepo_code ar_rehearse_links(ar_tree *tree, ar_rehearsal *rehearsal, artrepo_error *error);

#endif
