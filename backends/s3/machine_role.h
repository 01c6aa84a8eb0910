/* The role of a machine: what EC2's metadata service hands out, by its version 2. */
#ifndef AR_S3_MACHINE_ROLE_H
#define AR_S3_MACHINE_ROLE_H

#include "s3/credentials.h"

/* ARTREPO_NOT_FOUND, within seconds, where there is no such service or the machine has no role.
 * ERROR is never NULL. */
artrepo_code ar_s3_machine_credentials(const ar_s3_lookup *lookup, ar_s3_credentials *credentials,
                                       artrepo_error *error);

#endif
