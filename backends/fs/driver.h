/* The driver "fs": objects as plain files below a local directory. README.md tells the layout. */
#ifndef AR_FS_DRIVER_H
#define AR_FS_DRIVER_H

#include <artrepo/driver.h>

extern const artrepo_driver artrepo_driver_fs;

#endif
