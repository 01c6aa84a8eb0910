/* What the tests of the executor's floor share: repositories of drivers of their own, artifacts. */
#ifndef TESTS_UNIT_EXECUTOR_SUPPORT_H
#define TESTS_UNIT_EXECUTOR_SUPPORT_H

#include "unit/support.h"

#include <artrepo/executor.h>

/* Registers DRIVER, the first time, and opens it without settings. */
static inline artrepo_repository *open_driver(const artrepo_driver *driver) {
    char text[64];
    artrepo_configuration *configuration;
    artrepo_repository *repository;
    artrepo_driver_register(driver, NULL); /* the second time it is there already */
    snprintf(text, sizeof text, "%s: {}", driver->name);
    assert_ok(
        artrepo_configuration_parse(text, strlen(text), "test", NULL, NULL, &configuration, error));
    assert_ok(artrepo_repository_open(artrepo_configuration_location(configuration), NULL, NULL,
                                      &repository, error));
    artrepo_configuration_free(configuration);
    return repository;
}

/* STRATEGY NULL: none given. */
static inline artrepo_artifact *new_artifact(const char *strategy_text) {
    artrepo_artifact *artifact;
    assert_ok(artrepo_artifact_new("a", NULL, &artifact, error));
    if (strategy_text != NULL) {
        artrepo_archive_strategy strategy;
        assert_ok(artrepo_archive_strategy_parse(strategy_text, &strategy, error));
        artrepo_artifact_set_strategy(artifact, &strategy);
    }
    return artifact;
}

#endif
