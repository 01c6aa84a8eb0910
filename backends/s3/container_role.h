/* The role of a container: what ECS's agent and EKS's Pod Identity agent hand out. */
#ifndef AR_S3_CONTAINER_ROLE_H
#define AR_S3_CONTAINER_ROLE_H

#include "remote/service.h"
#include "s3/credentials.h"

/* ARTREPO_NOT_FOUND when the environment names no agent. ERROR is never NULL. */
artrepo_code ar_s3_container_credentials(const ar_s3_lookup *lookup, ar_s3_credentials *credentials,
                                         artrepo_error *error);

/* From AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, or _FULL_URI: over plain HTTP that may only lead to
 * this machine and to the agents' own addresses. */
artrepo_code ar_s3_container_address(ar_service_address *address, artrepo_error *error);

#endif
