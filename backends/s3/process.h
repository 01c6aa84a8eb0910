/* Credential processes: programs that print credentials. */
#ifndef AR_S3_PROCESS_H
#define AR_S3_PROCESS_H

#include "s3/credentials.h"

#define AR_S3_PROCESS_LIMIT_MS 60000

/*
 * Runs COMMAND without a shell, for LIMIT_MS at the most: what it prints on its standard output is
 * a document of credentials; its standard error is the application's. No variables, wildcards or
 * tildes are replaced. ERROR is never NULL.
 */
artrepo_code ar_s3_process_credentials(const char *command, int64_t limit_ms,
                                       artrepo_operation *operation, ar_s3_credentials *credentials,
                                       artrepo_error *error);

/* Words between white space; "..." and '...' hold it together, a backslash takes the next
 * character as it is (inside '...' nothing is special, inside "..." only \" and \\ are). *WORDS
 * ends with NULL, and is one piece of memory to free. ARTREPO_INVALID for an open quote or no
 * words. */
artrepo_code ar_s3_split_command(const char *command, char ***words, artrepo_error *error);

#endif
