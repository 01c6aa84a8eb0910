#include "fs/driver.h"

#include "fs/store.h"

const artrepo_driver artrepo_driver_fs = {
    .abi = ARTREPO_DRIVER_ABI,
    .size = sizeof(artrepo_driver),
    .name = "fs",
    .capabilities = ARTREPO_CAN_LIST | ARTREPO_CAN_REMOVE | ARTREPO_CAN_RANGE | ARTREPO_CAN_PUT |
                    ARTREPO_IS_LOCAL,
    .open = ar_fs_open,
    .close = ar_fs_close,
    .stat = ar_fs_stat,
    .get = ar_fs_get,
    .put = ar_fs_put,
    .list = ar_fs_list,
    .remove = ar_fs_remove,
};
