/* The raw driver: the artifact's data stands in its location. */
#ifndef AR_RAW_DRIVER_H
#define AR_RAW_DRIVER_H

#include <artrepo/driver.h>

extern const artrepo_driver artrepo_driver_raw;

#endif
