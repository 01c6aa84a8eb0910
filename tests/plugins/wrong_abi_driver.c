/* A driver of another time: the library must refuse it without touching anything of it but its
 * version. */
#include <artrepo/driver.h>

static const artrepo_driver wrong_abi_driver = {
    .abi = ARTREPO_DRIVER_ABI + 41,
    .size = sizeof(artrepo_driver),
    .name = (const char *)1, /* whoever reads it before the version crashes */
};

ARTREPO_API artrepo_driver_entry_function artrepo_driver_entry;

const artrepo_driver *artrepo_driver_entry(void) {
    return &wrong_abi_driver;
}
