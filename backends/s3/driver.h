/* The driver of Amazon S3 and what is compatible with it. */
#ifndef AR_S3_DRIVER_H
#define AR_S3_DRIVER_H

#include <artrepo/driver.h>

extern const artrepo_driver artrepo_driver_s3;

#endif
