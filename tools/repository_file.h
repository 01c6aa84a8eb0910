/* Which repository file is in use, and reading it. */
#ifndef ARTCTL_REPOSITORY_FILE_H
#define ARTCTL_REPOSITORY_FILE_H

#include <artrepo/error.h>
#include <artrepo/operation.h>
#include <artrepo/repository.h>

typedef struct repository_file {
    char *path;           /* NULL: the embedded repository */
    char *root;           /* of the embedded repository; NULL otherwise */
    const char *found_by; /* why this one: "--repository", "current directory", ... */
} repository_file;

/* EXPLICIT is the argument of --repository, or NULL. */
artrepo_code repository_file_find(const char *explicit, repository_file *file,
                                  artrepo_error *error);
artrepo_code repository_file_read(const repository_file *file, const char *ref,
                                  artrepo_operation *operation,
                                  artrepo_configuration **configuration, artrepo_error *error);
void repository_file_clear(repository_file *file);

#endif
