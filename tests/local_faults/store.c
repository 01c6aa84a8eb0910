#include "store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "world.h"

static char repository_yaml[1024];
static char stray_directory[400]; /* where the server keeps unfinished uploads; "": none */
static char bucket_directory[400];
static bool is_local;

static void write_secret(const char *name, const char *text) {
    world_write(world_path(name), text, strlen(text), 0600);
}

/* A bucket of its own, so that what is unfinished there is ours. */
static void configure_s3(void) {
    write_secret("secrets/s/access", world_setting("ARTREPO_TEST_S3_ACCESS_KEY"));
    write_secret("secrets/s/secret", world_setting("ARTREPO_TEST_S3_SECRET_KEY"));
    snprintf(bucket_directory, sizeof bucket_directory, "%s/faults-%d",
             world_setting("ARTREPO_TEST_S3_DATA"), (int)getpid());
    snprintf(stray_directory, sizeof stray_directory, "%s/.sgwtmp/multipart", bucket_directory);
    snprintf(repository_yaml, sizeof repository_yaml,
             "s3:\n  endpoint: %s\n  bucket: faults-%d\n  region: %s\n  insecure: true\n"
             "  createBucketIfNotPresent: {objectLocking: false}\n"
             "  accessKeySecret: {name: s, key: access}\n"
             "  secretKeySecret: {name: s, key: secret}\n",
             world_setting("ARTREPO_TEST_S3_ENDPOINT"), (int)getpid(),
             world_setting("ARTREPO_TEST_S3_REGION"));
}

void store_open(const char *store) {
    is_local = strcmp(store, "fs") == 0;
    if (is_local) {
        snprintf(repository_yaml, sizeof repository_yaml, "fs:\n  root: %s\n",
                 world_path("repository"));
    } else {
        configure_s3();
    }
}

void store_sweep(void) {
    char command[600];
    if (is_local) {
        snprintf(command, sizeof command, "find '%s' -name '.artrepo-*' -delete",
                 world_path("repository"));
        world_need(system(command) == 0);
    } else {
        world_clear(stray_directory);
    }
}

void store_close(void) {
    if (bucket_directory[0] != '\0') {
        world_clear(bucket_directory);
    }
}

bool store_is_local(void) {
    return is_local;
}

/* A server whose answer nobody waited for may still be at it. */
bool store_has_strays(void) {
    static const struct timespec moment = {.tv_nsec = 20000000};
    for (int i = 0; !is_local && i < 500 && world_count(stray_directory) > 0; i++) {
        nanosleep(&moment, NULL);
    }
    return is_local ? world_has(world_path("repository"), ".artrepo-")
                    : world_count(stray_directory) > 0;
}

/* ---- transfers ---- */

artrepo_code store_open_handles(handles *h, const char *strategy, artrepo_error *error) {
    *h = (handles){NULL};
    h->operation = artrepo_operation_new();
    if (h->operation == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for an operation");
    }
    artrepo_operation_set_threads(h->operation, 2);
    artrepo_operation_set_retry(h->operation,
                                &(artrepo_retry_policy){.steps = 3, .duration_ms = 2, .factor = 1});
    artrepo_repository_options options = {.secrets_directory = world_path("secrets")};
    artrepo_archive_strategy parsed = ARTREPO_ARCHIVE_STRATEGY_INIT;
    artrepo_code code =
        artrepo_configuration_parse(repository_yaml, strlen(repository_yaml), "repository.yaml",
                                    NULL, h->operation, &h->configuration, error);
    if (code == ARTREPO_OK) {
        code = artrepo_repository_open(artrepo_configuration_location(h->configuration), &options,
                                       h->operation, &h->repository, error);
    }
    if (code == ARTREPO_OK) {
        code = artrepo_artifact_new("a", NULL, &h->artifact, error);
    }
    if (code == ARTREPO_OK && strategy != NULL) {
        code = artrepo_archive_strategy_parse(strategy, &parsed, error);
    }
    if (code == ARTREPO_OK) {
        artrepo_artifact_set_strategy(h->artifact, &parsed);
    }
    return code;
}

void store_close_handles(handles *h) {
    artrepo_artifact_free(h->artifact);
    artrepo_repository_close(h->repository);
    artrepo_configuration_free(h->configuration);
    artrepo_operation_free(h->operation);
}

artrepo_code store_save(const char *name, const char *key, const char *strategy,
                        artrepo_error *error) {
    handles h;
    artrepo_code code = store_open_handles(&h, strategy, error);
    if (code == ARTREPO_OK) {
        code = artrepo_artifact_save(h.repository, key, h.artifact, world_path(name), NULL,
                                     h.operation, error);
    }
    store_close_handles(&h);
    return code;
}

artrepo_code store_load(const char *key, const char *name, const char *strategy,
                        artrepo_error *error) {
    handles h;
    artrepo_code code = store_open_handles(&h, strategy, error);
    if (code == ARTREPO_OK) {
        code = artrepo_artifact_load(h.repository, key, h.artifact, world_path(name), NULL, NULL,
                                     h.operation, error);
    }
    store_close_handles(&h);
    return code;
}

artrepo_code store_remove(const char *key, artrepo_error *error) {
    handles h;
    artrepo_code code = store_open_handles(&h, NULL, error);
    if (code == ARTREPO_OK) {
        code = artrepo_repository_remove(h.repository, key, h.operation, error);
    }
    store_close_handles(&h);
    return code;
}

static artrepo_code count_object(void *data, const artrepo_object *object, artrepo_error *error) {
    (void)object;
    (void)error;
    ++*(size_t *)data;
    return ARTREPO_OK;
}

artrepo_code store_list(const char *prefix, size_t *count, artrepo_error *error) {
    handles h;
    *count = 0;
    artrepo_code code = store_open_handles(&h, NULL, error);
    if (code == ARTREPO_OK) {
        code =
            artrepo_repository_list(h.repository, prefix, count_object, count, h.operation, error);
    }
    store_close_handles(&h);
    return code;
}
