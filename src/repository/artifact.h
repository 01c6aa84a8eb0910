/* An artifact's inside. */
#ifndef AR_REPOSITORY_ARTIFACT_H
#define AR_REPOSITORY_ARTIFACT_H

#include <artrepo/artifact.h>

#include "base/value.h"
#include "repository/schema.h"

struct artrepo_artifact {
    char *name;
    char *path; /* cleaned; NULL: none */
    int mode;   /* -1: not set */
    bool recurse_mode;
    bool optional;
    artrepo_archive_strategy strategy;
    artrepo_location *location; /* NULL: none */
    ar_value *source;           /* as it was written, for the fields that only pass through; NULL:
                                   it was not read from a file */
};

/* One that stands in a larger document; CHECK says which. */
artrepo_code ar_artifact_from_value(const ar_check *check, const ar_value *root,
                                    artrepo_artifact **artifact);

/* NULL when there is no memory. */
artrepo_artifact *ar_artifact_copy(const artrepo_artifact *artifact);

/* The strategy of the object under `archive:` (checked against the schema). */
artrepo_code ar_artifact_read_strategy(const ar_check *check, const ar_value *archive,
                                       artrepo_archive_strategy *strategy);

#endif
