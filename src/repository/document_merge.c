#include "repository/document_merge.h"

#include <stdlib.h>
#include <string.h>

typedef struct ar_merge {
    const ar_value *from;
    size_t before;
} ar_merge;

bool ar_merges_add(ar_merges *merges, const ar_value *from, size_t before) {
    ar_merge *all = realloc(merges->all, (merges->count + 1) * sizeof *all);
    if (all == NULL) {
        return false;
    }
    merges->all = all;
    merges->all[merges->count++] = (ar_merge){from, before};
    return true;
}

void ar_merges_free(ar_merges *merges) {
    free(merges->all);
    *merges = (ar_merges){NULL, 0};
}

/* Where members are merged. */
typedef struct scope {
    ar_value *object;
    size_t own; /* members, before anything was merged */
    size_t most;
    ar_value *attic;
} scope;

static size_t index_of(const ar_value *object, const char *name) {
    size_t i = 0;
    while (i < object->count && strcmp(object->members[i].name, name) != 0) {
        i++;
    }
    return i;
}

static ar_merge_outcome put(scope *s, const ar_member *member, size_t index) {
    ar_value *object = s->object;
    ar_value *copy = ar_value_copy(member->value);
    bool ok = copy != NULL;
    if (ok && index < object->count) {
        ar_value *replaced = object->members[index].value;
        object->members[index].value = copy;
        ok = ar_value_put(s->attic, NULL, replaced);
    } else if (ok && object->count >= s->most) {
        ar_value_free(copy);
        return AR_MERGE_TOO_MANY;
    } else if (ok) {
        ok = ar_value_put(object, member->name, copy);
    }
    return ok ? AR_MERGE_DONE : AR_MERGE_NO_MEMORY;
}

static ar_merge_outcome merge_object(scope *s, const ar_value *from, size_t before) {
    ar_merge_outcome outcome = from->kind == AR_VALUE_OBJECT ? AR_MERGE_DONE : AR_MERGE_NO_OBJECT;
    for (size_t i = 0; outcome == AR_MERGE_DONE && i < from->count; i++) {
        size_t index = index_of(s->object, from->members[i].name);
        if (index < before || index >= s->own) { /* the others stand behind */
            outcome = put(s, &from->members[i], index);
        }
    }
    return outcome;
}

static ar_merge_outcome merge(scope *s, const ar_merge *one) {
    if (one->from->kind != AR_VALUE_ARRAY) {
        return merge_object(s, one->from, one->before);
    }
    ar_merge_outcome outcome = AR_MERGE_DONE;
    for (size_t i = one->from->count; outcome == AR_MERGE_DONE && i-- > 0;) {
        outcome = merge_object(s, one->from->members[i].value, one->before);
    }
    return outcome;
}

ar_merge_outcome ar_merges_apply(const ar_merges *merges, ar_value *object, size_t most,
                                 ar_value *attic) {
    scope s = {object, object->count, most, attic};
    ar_merge_outcome outcome = AR_MERGE_DONE;
    for (size_t i = 0; outcome == AR_MERGE_DONE && i < merges->count; i++) {
        outcome = merge(&s, &merges->all[i]);
    }
    return outcome;
}
