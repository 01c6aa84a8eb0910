/* The artifacts of one load, save or stage: what is to be done with each, and how it went. */
#ifndef AR_EXECUTOR_TASKS_H
#define AR_EXECUTOR_TASKS_H

#include "executor/executor.h"

typedef struct ar_task ar_task;
struct ar_task {
    const artrepo_artifact *artifact;
    const char *base; /* the directory that PATH must not leave */
    char *path;       /* where the artifact's path is on disk */
    char *real;       /* where a link of the container's leads from there; NULL: PATH it is */
    char *staged;     /* the file or directory below the outputs directory; NULL: none */
    artrepo_location *location;
    char *identity; /* of an output: its location as JSON */
    artrepo_transfer transfer;
    unsigned wave;        /* those of a lower one come first */
    const ar_task *above; /* of a lower wave: its path is a directory that PATH is in; or NULL */
    bool done;            /* nothing is left to do */
    artrepo_error error;  /* how it went; ARTREPO_OK so far */
};

typedef struct ar_tasks {
    ar_task *items;
    size_t count;
} ar_tasks;

/* A task for each of ARTIFACTS that the options' names choose. SIDE ("input") stands in messages.
 * Release them also when this fails. */
artrepo_code ar_tasks_open(ar_tasks *tasks, const artrepo_executor *executor,
                           const ar_template_artifacts *artifacts, const char *side,
                           artrepo_error *error);
void ar_tasks_close(ar_tasks *tasks);

/* Does one task. Any thread, several at once. */
typedef artrepo_code ar_task_run(artrepo_executor *executor, ar_task *task,
                                 artrepo_operation *operation, artrepo_error *error);

/* For each task that is neither done nor failed, several at once; wave by wave. */
void ar_tasks_run(const ar_tasks *tasks, artrepo_executor *executor, ar_task_run *run,
                  artrepo_operation *operation);

/* Tells the caller's callback about each. */
void ar_tasks_report(const ar_tasks *tasks, const artrepo_executor *executor);

/* The collected error: the first in order, with the messages of all. */
artrepo_code ar_tasks_result(const ar_tasks *tasks, artrepo_error *error);

#endif
