/* Data to archive that is made from a seed: the same bytes on every machine. */
#ifndef ARTCTL_BENCH_DATA_H
#define ARTCTL_BENCH_DATA_H

#include <stdint.h>

#include <artrepo/error.h>
#include <artrepo/operation.h>

/* "text", "binary" and "random" are files, "small" is a directory of many; NULL at the end. */
extern const char *const bench_data_names[];

enum { BENCH_LEAST_DATA = 64 << 10 };

/* Writes all of them into DIRECTORY, SIZE bytes together. */
artrepo_code bench_data_make(const char *directory, uint64_t size, uint64_t seed,
                             artrepo_operation *operation, artrepo_error *error);

#endif
