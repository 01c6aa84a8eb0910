/* The service account of the machine, or of the pod by GKE's Workload Identity. */
#ifndef AR_GCS_MACHINE_H
#define AR_GCS_MACHINE_H

#include "remote/provider.h"

/* ARTREPO_NOT_FOUND when there is no metadata server, or it has no account. ERROR is never NULL. */
artrepo_code ar_gcs_machine_token(artrepo_operation *operation, ar_found_credentials *found,
                                  artrepo_error *error);

#endif
