/* The configured repository as a place for objects that benchmarks make and remove. */
#ifndef ARTCTL_BENCH_REPOSITORY_H
#define ARTCTL_BENCH_REPOSITORY_H

#include "context.h"

typedef struct bench_repository {
    struct context *context;
    artrepo_repository *repository; /* the context's */
    const char *kind;
    char *root;   /* what all keys begin with, and no others; ends in "/" */
    bool is_used; /* something may be below the root */
} bench_repository;

artrepo_code bench_repository_open(bench_repository *repository, struct context *context);

/* "ROOT" and NAME; free() it. */
artrepo_code bench_repository_key(const bench_repository *repository, const char *name, char **key,
                                  artrepo_error *error);

/* Removes all objects below the root, also after the operation was cancelled. */
artrepo_code bench_repository_empty(const bench_repository *repository, artrepo_error *error);

/* Empties it. CODE is how the benchmark went; when well, how the emptying went is returned, else a
 * failure of that is logged. */
artrepo_code bench_repository_close(bench_repository *repository, artrepo_code code);

#endif
