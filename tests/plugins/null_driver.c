/* An entry that has nothing to give. */
#include <artrepo/driver.h>

#include <stddef.h>

ARTREPO_API artrepo_driver_entry_function artrepo_driver_entry;

const artrepo_driver *artrepo_driver_entry(void) {
    return NULL;
}
