/* The driver of Google Cloud Storage. */
#ifndef AR_GCS_DRIVER_H
#define AR_GCS_DRIVER_H

#include <artrepo/driver.h>

extern const artrepo_driver artrepo_driver_gcs;

#endif
