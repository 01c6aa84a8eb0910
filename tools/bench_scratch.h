/* Directories that are made for a while, and what is in them. */
#ifndef ARTCTL_BENCH_SCRATCH_H
#define ARTCTL_BENCH_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <artrepo/error.h>

/* A new directory in PARENT, which is NULL for $TMPDIR or /tmp. Remove it and free() its name. */
artrepo_code bench_scratch_make(const char *parent, char **directory, artrepo_error *error);

/* "DIRECTORY/NAME"; free() it. */
artrepo_code bench_path_join(const char *directory, const char *name, char **path,
                             artrepo_error *error);

/* PATH and all that is below it. What is not there counts as removed. */
artrepo_code bench_remove_tree(const char *path, artrepo_error *error);

/* Regular files at and below PATH. */
typedef struct bench_tree_size {
    int64_t bytes, files;
    bool is_directory;
} bench_tree_size;

artrepo_code bench_measure_tree(const char *path, bench_tree_size *size, artrepo_error *error);

/* Whether PATH is DIRECTORY or below it. */
bool bench_is_below(const char *path, const char *directory);

#endif
