/*
 * YAML's "<<": members of other objects, in an object's place for them. As with Argo's reader what
 * comes later wins, of members and "<<", and of the objects of a list the first. (YAML itself has
 * another rule: members win, wherever they stand.)
 */
#ifndef AR_REPOSITORY_DOCUMENT_MERGE_H
#define AR_REPOSITORY_DOCUMENT_MERGE_H

#include "base/value.h"

/* All "<<" of one object, in their order. */
typedef struct ar_merges {
    struct ar_merge *all;
    size_t count;
} ar_merges;

/* FROM stands behind as many members as BEFORE says, and stays the caller's. False without memory.
 */
bool ar_merges_add(ar_merges *merges, const ar_value *from, size_t before);
void ar_merges_free(ar_merges *merges);

typedef enum ar_merge_outcome {
    AR_MERGE_DONE,
    AR_MERGE_NO_OBJECT, /* nor a list of objects */
    AR_MERGE_TOO_MANY,  /* more members than MOST */
    AR_MERGE_NO_MEMORY
} ar_merge_outcome;

/* OBJECT has all its own members. What is replaced goes to ATTIC, an array: aliases may know it. */
ar_merge_outcome ar_merges_apply(const ar_merges *merges, ar_value *object, size_t most,
                                 ar_value *attic);

#endif
