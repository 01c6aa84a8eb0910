#include "fs/store.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* 0 when PATH is gone, was not there or is no object; EISDIR when it is a directory; else errno. */
static int unlink_file(const ar_fs_store *store, const char *path) {
    const char *name;
    int directory = ar_fs_open_parent(store, path, &name);
    if (directory < 0) {
        return errno == ENOENT || errno == ENOTDIR ? 0 : errno;
    }
    struct stat status;
    int errnum = 0;
    if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        errnum = errno;
    } else if (S_ISDIR(status.st_mode)) {
        errnum = EISDIR;
    } else if (S_ISREG(status.st_mode) || store->is_file_system) {
        errnum = unlinkat(directory, name, 0) == 0 ? 0 : errno;
    }
    close(directory);
    return errnum == ENOENT ? 0 : errnum;
}

/* Aside first: what is there may be an older object that the plain one hides, and must not show up
 * when that goes. It is looked at again when the plain one has just been moved there. */
static int unlink_both(const ar_fs_store *store, const char *path, const char *aside) {
    int errnum = unlink_file(store, aside);
    if (errnum == 0) {
        errnum = unlink_file(store, path);
    }
    return errnum == EISDIR ? unlink_file(store, aside) : errnum;
}

artrepo_code ar_fs_remove(void *state, const char *key, artrepo_operation *operation,
                          artrepo_error *error) {
    const ar_fs_store *store = state;
    ar_buffer path = AR_BUFFER_INIT;
    ar_buffer aside = AR_BUFFER_INIT;
    artrepo_code code = artrepo_operation_check(operation, error);
    if (code == ARTREPO_OK) {
        code = ar_fs_path(store, key, false, &path, error);
    }
    if (code == ARTREPO_OK) {
        code = ar_fs_path(store, key, true, &aside, error);
    }
    if (code == ARTREPO_OK) {
        int errnum = store->is_file_system ? unlink_file(store, path.data)
                                           : unlink_both(store, path.data, aside.data);
        if (errnum != 0 && errnum != EISDIR) {
            code = ar_fs_error(store, "remove", key, errnum, error);
        }
    }
    if (code == ARTREPO_OK) {
        ar_fs_prune(store, aside.data);
        ar_fs_prune(store, path.data);
    }
    ar_buffer_free(&path);
    ar_buffer_free(&aside);
    return code;
}
