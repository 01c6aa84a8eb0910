/*
 * Bounded parallel work: threads that take items from a queue and stop at the first error.
 *
 *     group = ar_group_open(threads, queue, run, context, operation, error)
 *     for each item: ar_group_add(group, item, error)    blocks while the queue is full
 *     ar_group_close(group, error)                       waits for all, returns the first error
 */
#ifndef AR_BASE_GROUP_H
#define AR_BASE_GROUP_H

#include <stdbool.h>
#include <stddef.h>

#include <artrepo/operation.h>

typedef struct ar_group ar_group;

/* Runs on one of the group's threads. It owns ITEM, and gets ITEM also when the group has failed
 * already (FAILED true), only to release it. */
typedef artrepo_code ar_group_run(void *context, void *item, bool failed, artrepo_error *error);

/* With THREADS 0 or 1, items are run in ar_group_add by the calling thread: no threads at all.
 * Others are started as items come for them. */
artrepo_code ar_group_open(unsigned threads, size_t queue, ar_group_run *run, void *context,
                           artrepo_operation *operation, ar_group **group, artrepo_error *error);
/* ITEM is the group's from here on, also when this fails: with the first error of any item, or
 * because the operation was cancelled. */
artrepo_code ar_group_add(ar_group *group, void *item, artrepo_error *error);
/* Allows more threads than before (never fewer). Also from an item's run. */
void ar_group_widen(ar_group *group, unsigned threads);
/* Makes every later item be released unrun. */
void ar_group_fail(ar_group *group, const artrepo_error *error);
/* NULL is allowed. */
artrepo_code ar_group_close(ar_group *group, artrepo_error *error);

#endif
