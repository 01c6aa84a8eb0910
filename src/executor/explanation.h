/* An explanation while it is made: a verdict, and remarks of each kind in bounded number. */
#ifndef AR_EXECUTOR_EXPLANATION_H
#define AR_EXECUTOR_EXPLANATION_H

#include <artrepo/explain.h>

#include "base/buffer.h"

typedef struct ar_remarks {
    artrepo_remark *kept; /* both texts are the remarks' own */
    size_t kept_count;
    uint64_t count;
} ar_remarks;

struct artrepo_explanation {
    artrepo_verdict verdict; /* its texts are the explanation's own */
    ar_remarks remarks[ARTREPO_REMARK_KINDS];
    size_t most_remarks;
    ar_buffer rule;
    bool out_of_memory; /* a text was lost */
};

/* NULL when there is no memory. */
artrepo_explanation *ar_explanation_new(size_t most_remarks);

/* Where memory runs out meanwhile, ar_explanation_finish() says so. */
void ar_explanation_remark(artrepo_explanation *explanation, artrepo_remark_kind kind,
                           const char *subject, const char *format, ...) ARTREPO_PRINTF(4, 5);
void ar_explanation_add_rule(artrepo_explanation *explanation, const char *format, ...)
    ARTREPO_PRINTF(2, 3);
/* *TEXT, of the verdict, becomes a copy of VALUE. */
void ar_explanation_set_text(artrepo_explanation *explanation, const char **text,
                             const char *value);
/* The load fails with that, unless it fails with something before. */
void ar_explanation_fail(artrepo_explanation *explanation, const artrepo_error *failure);
/* One thing refused: a remark, and why the load fails. */
void ar_explanation_refuse(artrepo_explanation *explanation, const char *subject,
                           const artrepo_error *refusal);

artrepo_code ar_explanation_finish(artrepo_explanation *explanation, artrepo_error *error);

#endif
