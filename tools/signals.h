/* SIGINT and SIGTERM: the first cancels the operation, the second ends the program at once. */
#ifndef ARTCTL_SIGNALS_H
#define ARTCTL_SIGNALS_H

#include <artrepo/operation.h>

void signals_watch(artrepo_operation *operation);
void signals_unwatch(void);

/* The signal that cancelled the operation; 0: none. */
int signals_caught(void);

#endif
