/* Opens and closes what a suite runs on. */
#ifndef TESTS_BEHAVIOUR_OPEN_H
#define TESTS_BEHAVIOUR_OPEN_H

#include "suite.h"

typedef enum open_result { OPENED, NOT_HERE, BROKEN } open_result;

/* Makes a directory for files ($SCRATCH) and the secrets in it. False with a message printed. */
bool scratch_make(void);
const char *scratch_path(void);
void scratch_remove(void);

/* NOT_HERE: no such driver is built. Says why unless OPENED. FACTS must outlive the suite. */
open_result suite_open(const suite_driver *facts, suite *s);
/* Removes the objects of the run, as far as the store can, and closes. False when something is
 * left, with a message printed. */
bool suite_close(suite *s);

#endif
