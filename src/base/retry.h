/* Exponential back-off around something that may fail for a while. */
#ifndef AR_BASE_RETRY_H
#define AR_BASE_RETRY_H

#include <stdbool.h>

#include <artrepo/operation.h>

typedef struct ar_retry {
    artrepo_operation *operation;
    unsigned attempts; /* made so far */
    double wait_ms;
} ar_retry;

/*
 *     ar_retry retry = ar_retry_begin(operation);
 *     do {
 *         code = attempt(..., error);
 *     } while (code != ARTREPO_OK && ar_retry_again(&retry, "put 'key'", error));
 *     return code == ARTREPO_OK ? code : error->code;
 *
 * ar_retry_again waits and returns true when ERROR (never NULL) is worth another attempt. When it
 * is not, it returns false, and ERROR tells why it ended: final errors as they were, gave up
 * (ARTREPO_TRANSIENT, with the number of attempts), cancelled. The code is error->code then.
 */
ar_retry ar_retry_begin(artrepo_operation *operation);
bool ar_retry_again(ar_retry *retry, const char *what, artrepo_error *error);

#endif
