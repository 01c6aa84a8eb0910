/* What a benchmark archives: a path of the user's, or generated data. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "bench.h"
#include "bench_data.h"
#include "bench_scratch.h"
#include "path.h"

artrepo_code bench_need_scratch(struct bench *bench) {
    if (bench->scratch != NULL) {
        return ARTREPO_OK;
    }
    return bench_scratch_make(bench->context->options.scratch, &bench->scratch,
                              &bench->context->error);
}

artrepo_code bench_data_set_check(const bench_data_set *set, const char *path,
                                  artrepo_error *error) {
    bench_tree_size size;
    artrepo_code code = bench_measure_tree(path, &size, error);
    if (code == ARTREPO_OK && (size.bytes != set->bytes || size.files != set->files)) {
        code = artrepo_error_set(error, ARTREPO_IO,
                                 "%s came back as %lld bytes in %lld files instead of %lld in "
                                 "%lld; did it change meanwhile?",
                                 set->path, (long long)size.bytes, (long long)size.files,
                                 (long long)set->bytes, (long long)set->files);
    }
    return code;
}

/* Takes PATH over. NAME is copied. */
static artrepo_code add(bench_data_sets *sets, const char *name, char *path, artrepo_error *error) {
    bench_tree_size size = {0};
    bench_data_set *items = reallocarray(sets->items, sets->count + 1, sizeof *items);
    char *copy = strdup(name);
    sets->items = items != NULL ? items : sets->items;
    if (items == NULL || copy == NULL) {
        free(copy);
        free(path);
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the data sets");
    }
    artrepo_code code = bench_measure_tree(path, &size, error);
    items[sets->count++] = (bench_data_set){copy, path, size.is_directory, size.bytes, size.files};
    return code;
}

void bench_data_sets_clear(bench_data_sets *sets) {
    for (size_t i = 0; i < sets->count; i++) {
        free(sets->items[i].name);
        free(sets->items[i].path);
    }
    free(sets->items);
    *sets = (bench_data_sets){0};
}

/* ---- a path of the user's ---- */

static artrepo_code check_given(struct bench *bench, const bench_data_set *set) {
    struct stat status;
    if (stat(set->path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
        return artrepo_error_set(&bench->context->error, ARTREPO_INVALID,
                                 "%s is neither a file nor a directory", set->path);
    }
    if (set->bytes == 0) {
        return artrepo_error_set(&bench->context->error, ARTREPO_INVALID,
                                 "%s has no bytes in regular files; there is nothing to measure",
                                 set->path);
    }
    if (set->is_directory && bench_is_below(bench->scratch, set->path)) {
        return context_usage(bench->context,
                             "the scratch directory %s would lie in %s itself; choose another with "
                             "--scratch",
                             bench->scratch, set->path);
    }
    return ARTREPO_OK;
}

static artrepo_code open_given(struct bench *bench, const char *path, bench_data_sets *sets) {
    char *absolute = NULL;
    artrepo_error *error = &bench->context->error;
    if (path[0] == '\0') {
        return context_usage(bench->context, "PATH is empty");
    }
    artrepo_code code = path_absolute(path, &absolute, error);
    if (code == ARTREPO_OK) {
        const char *name = path_base(absolute);
        code = add(sets, name[0] != '\0' ? name : "/", absolute, error);
    }
    return code == ARTREPO_OK ? check_given(bench, &sets->items[0]) : code;
}

/* ---- generated data ---- */

static artrepo_code make_data(struct bench *bench, const char *directory) {
    const struct options *options = &bench->context->options;
    artrepo_error *error = &bench->context->error;
    if (mkdir(directory, 0700) != 0) {
        return artrepo_error_set_errno(error, errno, "cannot make the directory %s", directory);
    }
    return bench_data_make(directory, options->data_size, options->seed, bench->context->operation,
                           error);
}

static artrepo_code open_generated(struct bench *bench, bench_data_sets *sets) {
    artrepo_error *error = &bench->context->error;
    char *directory = NULL;
    artrepo_code code = bench_path_join(bench->scratch, "data", &directory, error);
    if (code == ARTREPO_OK) {
        code = make_data(bench, directory);
    }
    for (size_t i = 0; code == ARTREPO_OK && bench_data_names[i] != NULL; i++) {
        char *path = NULL;
        code = bench_path_join(directory, bench_data_names[i], &path, error);
        if (code == ARTREPO_OK) {
            code = add(sets, bench_data_names[i], path, error);
        }
    }
    free(directory);
    return code;
}

artrepo_code bench_data_sets_open(struct bench *bench, const char *path, bench_data_sets *sets) {
    artrepo_code code = bench_need_scratch(bench);
    if (code != ARTREPO_OK) {
        return code;
    }
    return path != NULL ? open_given(bench, path, sets) : open_generated(bench, sets);
}
