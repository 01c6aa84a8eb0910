#include "bench_scratch.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

artrepo_code bench_path_join(const char *directory, const char *name, char **path,
                             artrepo_error *error) {
    if (asprintf(path, "%s/%s", directory, name) < 0) {
        *path = NULL;
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a path in %s", directory);
    }
    return ARTREPO_OK;
}

artrepo_code bench_scratch_make(const char *parent, char **directory, artrepo_error *error) {
    if (parent == NULL) {
        parent = getenv("TMPDIR");
    }
    if (parent == NULL || parent[0] == '\0') {
        parent = "/tmp";
    }
    artrepo_code code = bench_path_join(parent, "artctl-bench.XXXXXX", directory, error);
    if (code == ARTREPO_OK && mkdtemp(*directory) == NULL) {
        code =
            artrepo_error_set_errno(error, errno, "cannot make a scratch directory in %s", parent);
        free(*directory);
        *directory = NULL;
    }
    return code;
}

/* ---- trees ---- */

typedef artrepo_code visitor(void *data, const FTSENT *entry, artrepo_error *error);

static artrepo_code unreadable(const FTSENT *entry, artrepo_error *error) {
    return artrepo_error_set_errno(error, entry->fts_errno, "cannot read %s", entry->fts_path);
}

static artrepo_code walk_all(FTS *walk, visitor *visit, void *data, artrepo_error *error) {
    artrepo_code code = ARTREPO_OK;
    while (code == ARTREPO_OK) {
        errno = 0;
        const FTSENT *entry = fts_read(walk);
        if (entry == NULL) {
            return errno == 0 ? ARTREPO_OK
                              : artrepo_error_set_errno(error, errno, "cannot walk a directory");
        }
        bool failed =
            entry->fts_info == FTS_ERR || entry->fts_info == FTS_DNR || entry->fts_info == FTS_NS;
        code = failed ? unreadable(entry, error) : visit(data, entry, error);
    }
    return code;
}

static artrepo_code walk_tree(const char *path, int options, visitor *visit, void *data,
                              artrepo_error *error) {
    char *copy = strdup(path);
    if (copy == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for %s", path);
    }
    char *paths[] = {copy, NULL};
    FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR | options, NULL);
    artrepo_code code = walk == NULL ? artrepo_error_set_errno(error, errno, "cannot walk %s", path)
                                     : walk_all(walk, visit, data, error);
    if (walk != NULL) {
        fts_close(walk);
    }
    free(copy);
    return code;
}

static artrepo_code remove_entry(void *data, const FTSENT *entry, artrepo_error *error) {
    (void)data;
    if (entry->fts_info == FTS_D) {
        return ARTREPO_OK; /* comes again, after what is in it */
    }
    int result = entry->fts_info == FTS_DP ? rmdir(entry->fts_accpath) : unlink(entry->fts_accpath);
    if (result != 0 && errno != ENOENT) {
        return artrepo_error_set_errno(error, errno, "cannot remove %s", entry->fts_path);
    }
    return ARTREPO_OK;
}

artrepo_code bench_remove_tree(const char *path, artrepo_error *error) {
    struct stat status;
    if (lstat(path, &status) != 0 && errno == ENOENT) {
        return ARTREPO_OK;
    }
    return walk_tree(path, 0, remove_entry, NULL, error);
}

static artrepo_code count_entry(void *data, const FTSENT *entry, artrepo_error *error) {
    bench_tree_size *size = data;
    (void)error;
    if (entry->fts_info == FTS_F) {
        size->files++;
        size->bytes += entry->fts_statp->st_size;
    }
    size->is_directory |= entry->fts_level == 0 && entry->fts_info == FTS_D;
    return ARTREPO_OK;
}

artrepo_code bench_measure_tree(const char *path, bench_tree_size *size, artrepo_error *error) {
    *size = (bench_tree_size){0};
    /* As when it is archived, PATH itself is followed when it is a symbolic link. */
    return walk_tree(path, FTS_COMFOLLOW, count_entry, size, error);
}

bool bench_is_below(const char *path, const char *directory) {
    char *real_path = realpath(path, NULL), *real_directory = realpath(directory, NULL);
    bool below = false;
    if (real_path != NULL && real_directory != NULL) {
        size_t length = strlen(real_directory);
        below = strncmp(real_path, real_directory, length) == 0 &&
                (real_path[length] == '/' || real_path[length] == '\0' || length == 1);
    }
    free(real_path);
    free(real_directory);
    return below;
}
