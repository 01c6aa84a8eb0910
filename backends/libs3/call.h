/* One request: sent, waited for, and what came of it. */
#ifndef AR_LIBS3_CALL_H
#define AR_LIBS3_CALL_H

#include "libs3/store.h"

typedef struct ar_libs3_call ar_libs3_call;

/* Hands the request to libs3, in CONTEXT and with CALL as the callbacks' data. */
typedef void ar_libs3_issue(ar_libs3_call *call, S3RequestContext *context);

/* The first member of what a verb needs of its own. */
struct ar_libs3_call {
    ar_libs3 *store;
    const char *verb; /* "get" */
    const char *key;  /* or the prefix of a listing */
    artrepo_operation *operation;
    ar_libs3_issue *issue;

    bool answered;         /* with success, and libs3 saw it */
    bool complete;         /* libs3 is done with it */
    artrepo_error failure; /* why a callback of ours gave up; its code is ARTREPO_OK otherwise */
    S3Status status;       /* the rest is libs3's */
    char message[512];
    char request_id[128];
};

/* Sends the request and waits for its end, which an operation that is cancelled brings about at
 * once. */
artrepo_code ar_libs3_call_run(ar_libs3_call *call, artrepo_error *error);

/* For callbacks: notes why CALL is to end, and returns what ends it. */
S3Status ar_libs3_call_give_up(ar_libs3_call *call);

/* The callbacks of every request. */
S3Status ar_libs3_call_properties(const S3ResponseProperties *properties, void *data);
void ar_libs3_call_complete(S3Status status, const S3ErrorDetails *details, void *data);

/* ---- error.c ---- */

/* "put 'a/b' in bucket 'c' at http://host" */
void ar_libs3_describe(const ar_libs3_call *call, char *text, size_t size);
/* What STATUS and the store's words mean. */
artrepo_code ar_libs3_error_of_call(const ar_libs3_call *call, artrepo_error *error);

#endif
