#include <artrepo/driver.h>

#include "libs3/store.h"

static const artrepo_driver libs3_driver = {
    .abi = ARTREPO_DRIVER_ABI,
    .size = sizeof(artrepo_driver),
    .name = "libs3",
    .capabilities = ARTREPO_CAN_LIST | ARTREPO_CAN_REMOVE | ARTREPO_CAN_RANGE | ARTREPO_CAN_PUT,
    .open = ar_libs3_open,
    .close = ar_libs3_close,
    .stat = ar_libs3_stat,
    .get = ar_libs3_get,
    .put = ar_libs3_put,
    .list = ar_libs3_list,
    .remove = ar_libs3_remove,
};

/* The one symbol that the library looks for. */
ARTREPO_API artrepo_driver_entry_function artrepo_driver_entry;

const artrepo_driver *artrepo_driver_entry(void) {
    return &libs3_driver;
}
