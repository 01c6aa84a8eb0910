#include "scenarios.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <artrepo/artrepo.h>

#include "world.h"

static char repository_yaml[1024];
static char stray_directory[400]; /* where the server keeps unfinished uploads; "": none */
static char bucket_directory[400];
static bool is_local;

/* ---- one transfer ---- */

typedef struct handles {
    artrepo_operation *operation;
    artrepo_configuration *configuration;
    artrepo_repository *repository;
    artrepo_artifact *artifact;
} handles;

static artrepo_code open_handles(handles *h, const char *strategy, artrepo_error *error) {
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

static void close_handles(handles *h) {
    artrepo_artifact_free(h->artifact);
    artrepo_repository_close(h->repository);
    artrepo_configuration_free(h->configuration);
    artrepo_operation_free(h->operation);
}

/* STRATEGY NULL: the default. NAME below the world. */
static artrepo_code save(const char *name, const char *key, const char *strategy,
                         artrepo_error *error) {
    handles h;
    artrepo_code code = open_handles(&h, strategy, error);
    if (code == ARTREPO_OK) {
        code = artrepo_artifact_save(h.repository, key, h.artifact, world_path(name), NULL,
                                     h.operation, error);
    }
    close_handles(&h);
    return code;
}

static artrepo_code load(const char *key, const char *name, const char *strategy,
                         artrepo_error *error) {
    handles h;
    artrepo_code code = open_handles(&h, strategy, error);
    if (code == ARTREPO_OK) {
        code = artrepo_artifact_load(h.repository, key, h.artifact, world_path(name), NULL, NULL,
                                     h.operation, error);
    }
    close_handles(&h);
    return code;
}

static artrepo_code remove_key(const char *key, artrepo_error *error) {
    handles h;
    artrepo_code code = open_handles(&h, NULL, error);
    if (code == ARTREPO_OK) {
        code = artrepo_repository_remove(h.repository, key, h.operation, error);
    }
    close_handles(&h);
    return code;
}

static artrepo_code count_object(void *data, const artrepo_object *object, artrepo_error *error) {
    (void)object;
    (void)error;
    ++*(size_t *)data;
    return ARTREPO_OK;
}

/* The objects whose key begins with "new". */
static size_t count_new(void) {
    handles h;
    artrepo_error error = ARTREPO_ERROR_INIT;
    size_t count = 0;
    world_need(open_handles(&h, NULL, &error) == ARTREPO_OK);
    world_need(artrepo_repository_list(h.repository, "new", count_object, &count, h.operation,
                                       &error) == ARTREPO_OK);
    close_handles(&h);
    return count;
}

/* ---- what must be true ---- */

/* Unfinished files of the fs driver, and unfinished uploads of the server. */
static bool has_strays(void) {
    return is_local ? world_has(world_path("repository"), ".artrepo-")
                    : world_count(stray_directory) > 0;
}

/* The object "new" is what NAME was: loaded as STRATEGY says, it has the same digest. */
static bool is_whole(const char *name, const char *strategy) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    bool same = load("new", "loaded", strategy, &error) == ARTREPO_OK &&
                world_digest(world_path("loaded")) == world_digest(world_path(name));
    world_clear(world_path("loaded"));
    return same;
}

static const char *check_saved(artrepo_code code, const char *name, const char *strategy) {
    if (has_strays()) {
        return "something unfinished is left in the store";
    }
    if (code == ARTREPO_OK) {
        return is_whole(name, strategy) ? NULL : "it says that it saved, and what is there differs";
    }
    if (count_new() == 0) {
        return NULL;
    }
    /* What a remote store has made is there also when its answer could not be taken. */
    return !is_local && is_whole(name, strategy) ? NULL : "it failed, and there is an object";
}

/* An object that was there before is still the old one, unless all went well. */
static const char *check_replaced(artrepo_code code, const char *before, const char *after,
                                  const char *strategy) {
    if (has_strays()) {
        return "something unfinished is left in the store";
    }
    return is_whole(code == ARTREPO_OK ? after : before, strategy) ||
                   (!is_local && is_whole(after, strategy))
               ? NULL
               : "the object is neither the old nor the new one";
}

static const char *check_loaded(artrepo_code code, const char *name) {
    if (code == ARTREPO_OK) {
        return world_count(world_path("out")) > 0 &&
                       world_digest(world_path("out/it")) == world_digest(world_path(name))
                   ? NULL
                   : "it says that it loaded, and what is there differs";
    }
    return world_count(world_path("out")) == 0 ? NULL : "it failed, and something is left there";
}

static void forget_new(void) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    world_need(remove_key("new", &error) == ARTREPO_OK);
    world_need(remove_key("new/", &error) == ARTREPO_OK);
}

static void clear_out(void) {
    world_clear(world_path("out"));
    world_need(mkdir(world_path("out"), 0755) == 0);
}

/* ---- saving ---- */

static artrepo_code save_tar(artrepo_error *error) {
    return save("tree", "new", NULL, error);
}
static const char *check_save_tar(artrepo_code code) {
    return check_saved(code, "tree", NULL);
}
static artrepo_code save_zstd(artrepo_error *error) {
    return save("tree", "new", "zstd", error);
}
static artrepo_code save_zip(artrepo_error *error) {
    return save("tree", "new", "zip", error);
}
static const char *check_save_zip(artrepo_code code) {
    return check_saved(code, "tree", "zip");
}
static artrepo_code save_file(artrepo_error *error) {
    return save("file", "new", "none", error);
}
static const char *check_save_file(artrepo_code code) {
    return check_saved(code, "file", "none");
}
static artrepo_code save_large(artrepo_error *error) {
    return save("large", "new", "tar:0", error);
}
static const char *check_save_large(artrepo_code code) {
    return check_saved(code, "large", NULL);
}

/* A directory as objects: those that were saved before the failure may stay, each whole. */
static artrepo_code save_directory(artrepo_error *error) {
    return save("plain", "new", "none", error);
}
static const char *check_save_directory(artrepo_code code) {
    if (has_strays()) {
        return "something unfinished is left in the store";
    }
    return code != ARTREPO_OK || is_whole("plain", "none")
               ? NULL
               : "it says that it saved, and what is there differs";
}

static artrepo_code save_over(artrepo_error *error) {
    return save("file", "new", "none", error);
}
static const char *check_save_over(artrepo_code code) {
    return check_replaced(code, "other", "file", "none");
}
static void restore_other(void) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    world_need(save("other", "new", "none", &error) == ARTREPO_OK);
}

/* ---- loading ---- */

static artrepo_code load_tar(artrepo_error *error) {
    return load("seed/tar", "out/it", NULL, error);
}
static artrepo_code load_zstd(artrepo_error *error) {
    return load("seed/zstd", "out/it", NULL, error);
}
static artrepo_code load_zip(artrepo_error *error) {
    return load("seed/zip", "out/it", "zip", error);
}
static const char *check_load_tree(artrepo_code code) {
    return check_loaded(code, "tree");
}
static artrepo_code load_file(artrepo_error *error) {
    return load("seed/file", "out/it", NULL, error);
}
static const char *check_load_file(artrepo_code code) {
    return check_loaded(code, "file");
}
static artrepo_code load_directory(artrepo_error *error) {
    return load("seed/plain", "out/it", "none", error);
}
static const char *check_load_directory(artrepo_code code) {
    return check_loaded(code, "plain");
}

static artrepo_code load_over(artrepo_error *error) {
    return load("seed/file", "out/it", NULL, error);
}
static const char *check_load_over(artrepo_code code) {
    return world_count(world_path("out")) == 1 &&
                   world_digest(world_path("out/it")) ==
                       world_digest(world_path(code == ARTREPO_OK ? "file" : "other"))
               ? NULL
               : "the destination is neither what it was nor what was loaded";
}
static void put_other_out(void) {
    clear_out();
    world_need(link(world_path("other"), world_path("out/it")) == 0);
}

/* ---- a template ---- */

static const char template_text[] =
    "{\"name\": \"t\", \"inputs\": {\"artifacts\": ["
    "{\"name\": \"tree\", \"path\": \"/tree\", \"STORE\": {\"key\": \"seed/tar\"}},"
    "{\"name\": \"file\", \"path\": \"/file\", \"STORE\": {\"key\": \"seed/file\"},"
    " \"mode\": 420}]},"
    "\"outputs\": {\"artifacts\": ["
    "{\"name\": \"one\", \"path\": \"/tree\", \"STORE\": {\"key\": \"new/tree\"}},"
    "{\"name\": \"two\", \"path\": \"/file\", \"archive\": {\"none\": {}},"
    " \"STORE\": {\"key\": \"new/file\"}}]}}";

static artrepo_code run_template(bool saves, artrepo_error *error) {
    char text[sizeof template_text];
    strcpy(text, template_text);
    for (char *at = text; (at = strstr(at, "\"STORE\"")) != NULL;) {
        memcpy(at, is_local ? "\"fs\"   " : "\"s3\"   ", 7);
    }
    handles h;
    artrepo_template *template = NULL;
    artrepo_executor *executor = NULL;
    artrepo_outputs *outputs = NULL;
    char *json = NULL;
    artrepo_code code = open_handles(&h, NULL, error);
    artrepo_executor_options options = {.root_directory =
                                            saves ? world_path(".") : world_path("out"),
                                        .secrets_directory = world_path("secrets"),
                                        .repository = h.configuration};
    if (code == ARTREPO_OK) {
        code =
            artrepo_template_parse(text, strlen(text), "template", h.operation, &template, error);
    }
    if (code == ARTREPO_OK) {
        code = artrepo_executor_open(template, &options, h.operation, &executor, error);
    }
    if (code == ARTREPO_OK && saves) {
        code = artrepo_executor_save(executor, &outputs, h.operation, error);
        if (code == ARTREPO_OK) {
            code = artrepo_outputs_to_json(outputs, &json, error);
        }
    } else if (code == ARTREPO_OK) {
        code = artrepo_executor_load(executor, h.operation, error);
    }
    free(json);
    artrepo_outputs_free(outputs);
    artrepo_executor_close(executor);
    artrepo_template_free(template);
    close_handles(&h);
    return code;
}

static artrepo_code load_template(artrepo_error *error) {
    return run_template(false, error);
}
static artrepo_code save_template(artrepo_error *error) {
    return run_template(true, error);
}

static bool is_whole_or_absent(const char *out, const char *name, bool *absent) {
    *absent = access(world_path(out), F_OK) != 0;
    return *absent || world_digest(world_path(out)) == world_digest(world_path(name));
}

/* Each artifact for itself. */
static const char *check_load_template(artrepo_code code) {
    bool tree_absent, file_absent;
    if (!is_whole_or_absent("out/tree", "tree", &tree_absent) ||
        !is_whole_or_absent("out/file", "file", &file_absent)) {
        return "an input is neither whole nor absent";
    }
    size_t expected = (tree_absent ? 0 : 1 + world_count(world_path("tree"))) + !file_absent;
    if (world_count(world_path("out")) != expected) {
        return "something else is left there";
    }
    return code != ARTREPO_OK || (!tree_absent && !file_absent)
               ? NULL
               : "it says that it loaded, and an input is missing";
}
static const char *check_save_template(artrepo_code code) {
    if (has_strays()) {
        return "something unfinished is left in the store";
    }
    return code != ARTREPO_OK || count_new() == 2
               ? NULL
               : "it says that it saved, and an object is missing";
}

const scenario scenarios[] = {
    {"save tar+gzip", save_tar, check_save_tar, forget_new},
    {"save tar+zstd", save_zstd, check_save_tar, forget_new},
    {"save zip", save_zip, check_save_zip, forget_new},
    {"save file", save_file, check_save_file, forget_new},
    {"save large", save_large, check_save_large, forget_new},
    {"save directory", save_directory, check_save_directory, forget_new},
    {"save over", save_over, check_save_over, restore_other},
    {"save template", save_template, check_save_template, forget_new},
    {"load tar+gzip", load_tar, check_load_tree, clear_out},
    {"load tar+zstd", load_zstd, check_load_tree, clear_out},
    {"load zip", load_zip, check_load_tree, clear_out},
    {"load file", load_file, check_load_file, clear_out},
    {"load directory", load_directory, check_load_directory, clear_out},
    {"load template", load_template, check_load_template, clear_out},
    {"load over", load_over, check_load_over, put_other_out},
    {NULL, NULL, NULL, NULL},
};

/* ---- the store ---- */

static const char *need(const char *name) {
    const char *value = getenv(name);
    if (value == NULL || value[0] == '\0') {
        fprintf(stderr, "skipped: %s is not set (tests/servers/versitygw.sh starts a server)\n",
                name);
        world_remove();
        _exit(77);
    }
    return value;
}

static void write_secret(const char *name, const char *text) {
    world_write(world_path(name), text, strlen(text), 0600);
}

/* A bucket of its own, so that what is unfinished there is ours. */
static void configure_s3(void) {
    write_secret("secrets/s/access", need("ARTREPO_TEST_S3_ACCESS_KEY"));
    write_secret("secrets/s/secret", need("ARTREPO_TEST_S3_SECRET_KEY"));
    snprintf(bucket_directory, sizeof bucket_directory, "%s/faults-%d",
             need("ARTREPO_TEST_S3_DATA"), (int)getpid());
    snprintf(stray_directory, sizeof stray_directory, "%s/.sgwtmp/multipart", bucket_directory);
    snprintf(repository_yaml, sizeof repository_yaml,
             "s3:\n  endpoint: %s\n  bucket: faults-%d\n  region: %s\n  insecure: true\n"
             "  createBucketIfNotPresent: {objectLocking: false}\n"
             "  accessKeySecret: {name: s, key: access}\n"
             "  secretKeySecret: {name: s, key: secret}\n",
             need("ARTREPO_TEST_S3_ENDPOINT"), (int)getpid(), need("ARTREPO_TEST_S3_REGION"));
}

void scenarios_open(const char *store) {
    is_local = strcmp(store, "fs") == 0;
    if (is_local) {
        snprintf(repository_yaml, sizeof repository_yaml, "fs:\n  root: %s\n",
                 world_path("repository"));
    } else {
        configure_s3();
    }
}

void scenarios_seed(void) {
    static const struct {
        const char *name, *key, *strategy;
    } seeds[] = {{"tree", "seed/tar", NULL},
                 {"tree", "seed/zstd", "zstd"},
                 {"tree", "seed/zip", "zip"},
                 {"file", "seed/file", "none"},
                 {"plain", "seed/plain", "none"}};
    for (size_t i = 0; i < sizeof seeds / sizeof seeds[0]; i++) {
        artrepo_error error = ARTREPO_ERROR_INIT;
        if (save(seeds[i].name, seeds[i].key, seeds[i].strategy, &error) != ARTREPO_OK) {
            world_die(error.message);
        }
    }
}

void scenarios_warm_up(void) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    world_need(remove_key("nothing", &error) == ARTREPO_OK);
}

void scenarios_sweep(void) {
    char command[600];
    if (is_local) {
        snprintf(command, sizeof command, "find '%s' -name '.artrepo-*' -delete",
                 world_path("repository"));
        world_need(system(command) == 0);
    } else {
        world_clear(stray_directory);
    }
}

void scenarios_close(void) {
    if (bucket_directory[0] != '\0') {
        world_clear(bucket_directory);
    }
}
