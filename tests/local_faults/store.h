/* The store that the scenarios use, and single transfers to and from it. */
#ifndef TESTS_LOCAL_FAULTS_STORE_H
#define TESTS_LOCAL_FAULTS_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include <artrepo/artrepo.h>

/* KIND is "fs" or "s3"; ends the program as skipped when there is no server. Calls nothing of the
 * library yet. */
void store_open(const char *kind);
/* Removes what is unfinished, after a run that could not. */
void store_sweep(void);
void store_close(void);

bool store_is_local(void);
/* Unfinished files of the fs driver, and unfinished uploads of the server. */
bool store_has_strays(void);

/* ---- transfers, each from opening the repository to closing it ---- */

typedef struct handles {
    artrepo_operation *operation;
    artrepo_configuration *configuration;
    artrepo_repository *repository;
    artrepo_artifact *artifact;
} handles;

/* STRATEGY NULL: the default. To be closed whatever came of it. */
artrepo_code store_open_handles(handles *h, const char *strategy, artrepo_error *error);
void store_close_handles(handles *h);

/* NAME is one below the world. */
artrepo_code store_save(const char *name, const char *key, const char *strategy,
                        artrepo_error *error);
artrepo_code store_load(const char *key, const char *name, const char *strategy,
                        artrepo_error *error);
artrepo_code store_remove(const char *key, artrepo_error *error);
/* *COUNT: the objects whose key begins with PREFIX. */
artrepo_code store_list(const char *prefix, size_t *count, artrepo_error *error);

#endif
