#include "executor/mode.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stddef.h>
#include <sys/stat.h>

static artrepo_code change(const char *path, unsigned mode, artrepo_error *error) {
    if (chmod(path, (mode_t)mode) != 0) {
        return artrepo_error_set_errno(error, errno, "cannot set mode %04o on %s", mode, path);
    }
    return ARTREPO_OK;
}

static artrepo_code change_below(FTS *walk, unsigned mode, artrepo_error *error) {
    const FTSENT *entry;
    errno = 0;
    while ((entry = fts_read(walk)) != NULL) {
        artrepo_code code = ARTREPO_OK;
        switch (entry->fts_info) {
        case FTS_F:  /* a file */
        case FTS_DP: /* a directory, once what is in it is done: the mode may close it */
        case FTS_DEFAULT:
            code = change(entry->fts_path, mode, error);
            break;
        case FTS_DNR:
        case FTS_ERR:
        case FTS_NS:
            code = artrepo_error_set_errno(error, entry->fts_errno, "cannot set modes below %s",
                                           entry->fts_path);
            break;
        default: /* a directory before what is in it, a symbolic link */
            break;
        }
        if (code != ARTREPO_OK) {
            return code;
        }
        errno = 0;
    }
    return errno == 0 ? ARTREPO_OK : artrepo_error_set_errno(error, errno, "cannot set modes");
}

artrepo_code ar_apply_mode(const char *path, unsigned mode, bool recurse, artrepo_error *error) {
    if (!recurse) {
        return change(path, mode, error);
    }
    char *paths[] = {(char *)path, NULL};
    FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (walk == NULL) {
        return artrepo_error_set_errno(error, errno, "cannot set modes below %s", path);
    }
    artrepo_code code = change_below(walk, mode, error);
    fts_close(walk);
    return code;
}
