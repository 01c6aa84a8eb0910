/* Directories that are stored as they are: one object for each file, below KEY + "/". */
#ifndef AR_EXECUTOR_DIRECTORY_H
#define AR_EXECUTOR_DIRECTORY_H

#include <artrepo/executor.h>

artrepo_code ar_save_directory(artrepo_repository *repository, const char *key, const char *path,
                               artrepo_transfer *transfer, artrepo_operation *operation,
                               artrepo_error *error);

/* ARTREPO_NOT_FOUND when there is no object below KEY. */
artrepo_code ar_load_directory(artrepo_repository *repository, const char *key, const char *path,
                               const artrepo_archive_limits *limits, artrepo_transfer *transfer,
                               artrepo_operation *operation, artrepo_error *error);

/* Objects up to this size are moved many at once: stores take them in one request, and they are
 * read from, and written to, their files as they go. Larger ones are moved one after the other,
 * each with as many parts at once as the driver likes, so that memory does not grow with their
 * number. */
#define AR_SMALL_OBJECT ((int64_t)5 << 20)

/* Files that wait for a thread; those that are saved are open already. */
enum { AR_DIRECTORY_QUEUE = 64 };

#endif
