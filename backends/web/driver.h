/* The http and artifactory drivers: one code, two tables. They differ in where their settings have
 * the user and the password, and Artifactory says which checksum it stored. */
#ifndef AR_WEB_DRIVER_H
#define AR_WEB_DRIVER_H

#include <artrepo/driver.h>

extern const artrepo_driver artrepo_driver_http;
extern const artrepo_driver artrepo_driver_artifactory;

#endif
