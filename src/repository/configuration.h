/* A configuration's inside. */
#ifndef AR_REPOSITORY_CONFIGURATION_H
#define AR_REPOSITORY_CONFIGURATION_H

#include <artrepo/repository.h>

#include "base/value.h"
#include "repository/location.h"
#include "repository/schema.h"

#define AR_DEFAULT_KEY_FORMAT "{{workflow.name}}/{{pod.name}}"

struct artrepo_configuration {
    ar_value *repository;  /* the chosen settings as they were written, for each() */
    int archive_logs_line; /* 0: not set */
    bool archive_logs;
    artrepo_location *location; /* without key; drivers are opened with it */
    char *key_format;           /* with tags; of a URL's location the whole URL. NULL: no scheme */
    bool key_format_is_default;
};

/*
 * Finds the repository in one of the three forms of a document, and hands it to
 * ar_configuration_from_repository.
 */
artrepo_code ar_configuration_from_document(const ar_check *check, const char *text, size_t size,
                                            const ar_value *root, const char *ref,
                                            artrepo_configuration **configuration);

/* REPOSITORY is what stands under `artifactRepository:`; PATH is what messages put before its
 * fields. */
artrepo_code ar_configuration_from_repository(const ar_check *check, const ar_value *repository,
                                              artrepo_configuration **configuration);

#endif
