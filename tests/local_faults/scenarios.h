/* Saves, loads and more, each from opening the repository to closing it, and what has to be true
 * afterwards whatever failed. */
#ifndef TESTS_LOCAL_FAULTS_SCENARIOS_H
#define TESTS_LOCAL_FAULTS_SCENARIOS_H

#include <stddef.h>

#include <artrepo/error.h>

typedef struct scenario {
    const char *name;
    /* What faults are injected into. */
    artrepo_code (*run)(artrepo_error *error);
    /* NULL when all is as it must be after a run that ended with CODE, or what is wrong. */
    const char *(*check)(artrepo_code code);
    /* Brings everything back to what it was before the run. */
    void (*reset)(void);
} scenario;

/* Makes what is to be loaded. */
void scenarios_seed(void);
/* Uses the store once, so that the libraries below us have started. */
void scenarios_warm_up(void);
/* Ends with one without a name. */
extern const scenario scenarios[];

#endif
