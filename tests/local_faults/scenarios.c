#include "scenarios.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"
#include "world.h"

/* ---- what must be true ---- */

static size_t count_new(void) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    size_t count = 0;
    world_need(store_list("new", &count, &error) == ARTREPO_OK);
    return count;
}

/* The object "new" is what NAME was: loaded as STRATEGY says, it has the same digest. */
static bool is_whole(const char *name, const char *strategy) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    bool same = store_load("new", "loaded", strategy, &error) == ARTREPO_OK &&
                world_digest(world_path("loaded")) == world_digest(world_path(name));
    world_clear(world_path("loaded"));
    return same;
}

static const char *check_saved(artrepo_code code, const char *name, const char *strategy) {
    if (store_has_strays()) {
        return "something unfinished is left in the store";
    }
    if (code == ARTREPO_OK) {
        return is_whole(name, strategy) ? NULL : "it says that it saved, and what is there differs";
    }
    if (count_new() == 0) {
        return NULL;
    }
    /* What a remote store has made is there also when its answer could not be taken. */
    return !store_is_local() && is_whole(name, strategy) ? NULL
                                                         : "it failed, and there is an object";
}

/* An object that was there before is still the old one, unless all went well. */
static const char *check_replaced(artrepo_code code, const char *before, const char *after,
                                  const char *strategy) {
    if (store_has_strays()) {
        return "something unfinished is left in the store";
    }
    return is_whole(code == ARTREPO_OK ? after : before, strategy) ||
                   (!store_is_local() && is_whole(after, strategy))
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
    world_need(store_remove("new", &error) == ARTREPO_OK);
    world_need(store_remove("new/", &error) == ARTREPO_OK);
}

static void clear_out(void) {
    world_clear(world_path("out"));
    world_need(mkdir(world_path("out"), 0755) == 0);
}

/* ---- saving ---- */

static artrepo_code save_tar(artrepo_error *error) {
    return store_save("tree", "new", NULL, error);
}
static const char *check_save_tar(artrepo_code code) {
    return check_saved(code, "tree", NULL);
}
static artrepo_code save_zstd(artrepo_error *error) {
    return store_save("tree", "new", "zstd", error);
}
static artrepo_code save_zip(artrepo_error *error) {
    return store_save("tree", "new", "zip", error);
}
static const char *check_save_zip(artrepo_code code) {
    return check_saved(code, "tree", "zip");
}
static artrepo_code save_file(artrepo_error *error) {
    return store_save("file", "new", "none", error);
}
static const char *check_save_file(artrepo_code code) {
    return check_saved(code, "file", "none");
}
static artrepo_code save_large(artrepo_error *error) {
    return store_save("large", "new", "tar:0", error);
}
static const char *check_save_large(artrepo_code code) {
    return check_saved(code, "large", NULL);
}

/* A directory as objects: those that were saved before the failure may stay, each whole. */
static artrepo_code save_directory(artrepo_error *error) {
    return store_save("plain", "new", "none", error);
}
static const char *check_save_directory(artrepo_code code) {
    if (store_has_strays()) {
        return "something unfinished is left in the store";
    }
    return code != ARTREPO_OK || is_whole("plain", "none")
               ? NULL
               : "it says that it saved, and what is there differs";
}

static artrepo_code save_over(artrepo_error *error) {
    return store_save("file", "new", "none", error);
}
static const char *check_save_over(artrepo_code code) {
    return check_replaced(code, "other", "file", "none");
}
static void restore_other(void) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    world_need(store_save("other", "new", "none", &error) == ARTREPO_OK);
}

/* ---- loading ---- */

static artrepo_code load_tar(artrepo_error *error) {
    return store_load("seed/tar", "out/it", NULL, error);
}
static artrepo_code load_zstd(artrepo_error *error) {
    return store_load("seed/zstd", "out/it", NULL, error);
}
static artrepo_code load_zip(artrepo_error *error) {
    return store_load("seed/zip", "out/it", "zip", error);
}
static const char *check_load_tree(artrepo_code code) {
    return check_loaded(code, "tree");
}
static artrepo_code load_file(artrepo_error *error) {
    return store_load("seed/file", "out/it", NULL, error);
}
static const char *check_load_file(artrepo_code code) {
    return check_loaded(code, "file");
}
static artrepo_code load_directory(artrepo_error *error) {
    return store_load("seed/plain", "out/it", "none", error);
}
static const char *check_load_directory(artrepo_code code) {
    return check_loaded(code, "plain");
}

static artrepo_code load_over(artrepo_error *error) {
    return store_load("seed/file", "out/it", NULL, error);
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

/* ---- listing and removing ---- */

enum { SEEDED_OBJECTS = 7 };

static size_t listed;

static artrepo_code list_seeds(artrepo_error *error) {
    return store_list("seed", &listed, error);
}
static const char *check_list_seeds(artrepo_code code) {
    return code != ARTREPO_OK || listed == SEEDED_OBJECTS
               ? NULL
               : "it says that it listed, and objects are missing";
}

static artrepo_code remove_new(artrepo_error *error) {
    return store_remove("new", error);
}
static const char *check_remove_new(artrepo_code code) {
    if (count_new() == 0) {
        return code == ARTREPO_OK || !store_is_local() ? NULL : "it failed, and the object is gone";
    }
    return code != ARTREPO_OK && is_whole("other", "none") ? NULL : "the object is still there";
}

/* ---- explaining ---- */

static artrepo_explanation *explanation;

static artrepo_code explain(const char *key, const char *strategy, artrepo_error *error) {
    handles h;
    const artrepo_explain_options options = {.scratch_directory = world_path("out")};
    artrepo_code code = store_open_handles(&h, strategy, error);
    if (code == ARTREPO_OK) {
        code = artrepo_artifact_explain(h.repository, key, h.artifact, &options, h.operation,
                                        &explanation, error);
    }
    store_close_handles(&h);
    return code;
}

static artrepo_code explain_tar(artrepo_error *error) {
    return explain("seed/tar", NULL, error);
}
static artrepo_code explain_zip(artrepo_error *error) {
    return explain("seed/zip", "zip", error);
}

/* A verdict of what failed on this machine must not be one on the archive. */
static const char *judge_verdict(const artrepo_verdict *verdict) {
    if (verdict->code != ARTREPO_OK) {
        return verdict->code == ARTREPO_INVALID || verdict->code == ARTREPO_REFUSED_UNSAFE ||
                       strstr(verdict->message, "damaged") != NULL ||
                       strstr(verdict->message, "ends early") != NULL
                   ? "it finds something wrong with a good archive"
                   : NULL;
    }
    return verdict->entries == 1 + world_count(world_path("tree"))
               ? NULL
               : "it says that all is well, and entries are missing";
}

/* What cannot be cleaned up is an error of its own. */
static const char *check_explained(artrepo_code code) {
    const char *wrong = NULL;
    if (code == ARTREPO_OK) {
        wrong = world_count(world_path("out")) == 0
                    ? judge_verdict(artrepo_explanation_verdict(explanation))
                    : "it says that it explained, and something is left there";
    }
    artrepo_explanation_free(explanation);
    return wrong;
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
        memcpy(at, store_is_local() ? "\"fs\"   " : "\"s3\"   ", 7);
    }
    handles h;
    artrepo_template *template = NULL;
    artrepo_executor *executor = NULL;
    artrepo_outputs *outputs = NULL;
    char *json = NULL;
    artrepo_code code = store_open_handles(&h, NULL, error);
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
    store_close_handles(&h);
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
    if (store_has_strays()) {
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
    {"list", list_seeds, check_list_seeds, forget_new},
    {"explain tar", explain_tar, check_explained, clear_out},
    {"explain zip", explain_zip, check_explained, clear_out},
    {"remove", remove_new, check_remove_new, restore_other},
    {NULL, NULL, NULL, NULL},
};

/* ---- before ---- */

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
        if (store_save(seeds[i].name, seeds[i].key, seeds[i].strategy, &error) != ARTREPO_OK) {
            world_die(error.message);
        }
    }
}

void scenarios_warm_up(void) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    world_need(store_remove("nothing", &error) == ARTREPO_OK);
}
