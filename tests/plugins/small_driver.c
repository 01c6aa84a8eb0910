/* A driver whose structure ends before the functions that every driver has. */
#include <stddef.h>

#include <artrepo/driver.h>

static const artrepo_driver small_driver = {
    .abi = ARTREPO_DRIVER_ABI,
    .size = offsetof(artrepo_driver, get),
    .name = "small",
};

ARTREPO_API artrepo_driver_entry_function artrepo_driver_entry;

const artrepo_driver *artrepo_driver_entry(void) {
    return &small_driver;
}
