/* Faults on demand: one call of a kind fails, or all from one on. The calls are those of the
 * library's own code (wrapped by the linker), or, for allocations, those of the whole process. */
#ifndef TESTS_LOCAL_FAULTS_INJECTION_H
#define TESTS_LOCAL_FAULTS_INJECTION_H

#include <stdbool.h>

typedef enum injection_kind {
    INJECT_ALLOCATION,
    INJECT_OPEN,
    INJECT_READ,
    INJECT_WRITE,
    INJECT_CLOSE,
    INJECT_RENAME,
    INJECT_MAKE, /* directories and links */
    INJECT_LIST, /* directories */
    INJECT_STATUS,
    INJECT_MODE,
    INJECT_THREAD
} injection_kind;

/* From now on the call number AT (from 1) of KIND fails with ERRNUM, and all after it when LASTING.
 */
void injection_begin(injection_kind kind, long at, bool lasting, int errnum);
/* No more faults. Returns how many calls of the kind there were; *FAILED: whether one failed. */
long injection_end(bool *failed);

/* For the calls: whether this one is to fail, with errno set. Any thread. */
bool injection_hits(injection_kind kind);

#endif
