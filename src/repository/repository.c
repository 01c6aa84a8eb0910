#include <artrepo/repository.h>

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/settings.h"
#include "repository/content_type.h"
#include "repository/layer.h"
#include "repository/location.h"
#include "repository/registry.h"
#include "repository/remove_below.h"
#include "repository/secret_files.h"

#define DEFAULT_SECRETS_DIRECTORY "/argo/secret"

struct artrepo_repository {
    ar_opened opened;
    char *name;         /* the location's kind; opened.name is this */
    ar_value *settings; /* drivers may keep pointers into them */
    char *secrets_directory;
    artrepo_driver_settings driver_settings;
    bool has_keys; /* objects of this kind are told apart by key, and none is empty */
};

/* ---- open and close ---- */

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to open a repository");
}

static artrepo_code copy_settings(artrepo_repository *repository, const artrepo_location *location,
                                  const char *secrets_directory, artrepo_error *error) {
    repository->name = strdup(location->name);
    repository->settings = ar_value_copy(location->settings);
    repository->secrets_directory = strdup(secrets_directory);
    if (repository->name == NULL || repository->settings == NULL ||
        repository->secrets_directory == NULL) {
        return no_memory(error);
    }
    repository->driver_settings = (artrepo_driver_settings){
        .root = repository->settings,
        .kind = repository->name,
        .secrets_directory = repository->secrets_directory,
    };
    repository->has_keys = location->kind->key_field != NULL && !location->kind->key_in_url;
    return ARTREPO_OK;
}

/* `driver: NAME` in the settings lets another driver than the kind's own do it. */
static artrepo_code open_driver(artrepo_repository *repository, const char *plugin_directory,
                                artrepo_operation *operation, artrepo_error *error) {
    const char *name = ar_value_find_text(repository->settings, "driver");
    const artrepo_driver *driver = NULL;
    artrepo_code code = artrepo_driver_find(name == NULL ? repository->name : name,
                                            plugin_directory, &driver, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    ar_secret_files_check(&repository->driver_settings, operation);
    void *state = NULL;
    artrepo_error local = ARTREPO_ERROR_INIT;
    code = driver->open(&repository->driver_settings, operation, &state, &local);
    if (code != ARTREPO_OK) {
        if (local.code != code) {
            artrepo_error_set(&local, code, "cannot open driver '%s' (%s)", driver->name,
                              artrepo_code_name(code));
        }
        if (error != NULL) {
            *error = local;
        }
        return code;
    }
    repository->opened = (ar_opened){.driver = driver,
                                     .state = state,
                                     .name = repository->name,
                                     .counts_progress = ar_registry_is_built_in(driver)};
    return ARTREPO_OK;
}

artrepo_code artrepo_repository_open(const artrepo_location *location,
                                     const artrepo_repository_options *options,
                                     artrepo_operation *operation, artrepo_repository **out,
                                     artrepo_error *error) {
    const char *secrets = options == NULL ? NULL : options->secrets_directory;
    const char *plugins = options == NULL ? NULL : options->plugin_directory;
    artrepo_repository *repository = calloc(1, sizeof *repository);
    if (repository == NULL) {
        return no_memory(error);
    }
    artrepo_code code = copy_settings(repository, location,
                                      secrets == NULL ? DEFAULT_SECRETS_DIRECTORY : secrets, error);
    if (code == ARTREPO_OK) {
        code = open_driver(repository, plugins, operation, error);
    }
    if (code != ARTREPO_OK) {
        artrepo_repository_close(repository);
        return code;
    }
    *out = repository;
    return ARTREPO_OK;
}

void artrepo_repository_close(artrepo_repository *repository) {
    if (repository == NULL) {
        return;
    }
    if (repository->opened.driver != NULL) {
        repository->opened.driver->close(repository->opened.state);
    }
    ar_value_free(repository->settings);
    free(repository->secrets_directory);
    free(repository->name);
    free(repository);
}

unsigned artrepo_repository_capabilities(const artrepo_repository *repository) {
    return repository->opened.driver->capabilities;
}

/* ---- what all verbs check ---- */

static artrepo_code check(const artrepo_repository *repository, const char *verb,
                          unsigned capability, const char *key, artrepo_error *error) {
    unsigned can = artrepo_repository_capabilities(repository);
    if ((can & capability) != capability) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED, "not supported: driver '%s' cannot %s",
                                 repository->opened.driver->name, verb);
    }
    if (repository->has_keys && key[0] == '\0') {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "cannot %s an object with an empty key; name one", verb);
    }
    return ARTREPO_OK;
}

/* Hands OBJECT and ERROR, which the layers want to have, to a caller who may not. */
static artrepo_code finish(artrepo_code code, const char *key, const artrepo_object *from_object,
                           artrepo_object *object, const artrepo_error *from_error,
                           artrepo_error *error) {
    if (code != ARTREPO_OK && error != NULL) {
        *error = *from_error;
    }
    if (code == ARTREPO_OK && object != NULL) {
        *object = *from_object;
        object->key = key;
    }
    return code;
}

/* ---- verbs ---- */

artrepo_code artrepo_repository_stat(artrepo_repository *repository, const char *key,
                                     artrepo_object *object, artrepo_operation *operation,
                                     artrepo_error *error) {
    artrepo_error said = ARTREPO_ERROR_INIT;
    artrepo_object found;
    artrepo_code code = check(repository, "stat", 0, key, &said);
    if (code == ARTREPO_OK) {
        code = ar_logged_stat(&repository->opened, key, &found, operation, &said);
    }
    return finish(code, key, &found, object, &said, error);
}

artrepo_code artrepo_repository_get(artrepo_repository *repository, const char *key,
                                    const artrepo_range *range, artrepo_sink *sink,
                                    artrepo_object *object, artrepo_operation *operation,
                                    artrepo_error *error) {
    static const artrepo_range all = {.offset = 0, .length = -1, .version = NULL};
    artrepo_error said = ARTREPO_ERROR_INIT;
    artrepo_object found;
    bool part = range != NULL && (range->offset != 0 || range->length >= 0);
    artrepo_code code = check(repository, part ? "read a part of" : "get",
                              part ? ARTREPO_CAN_RANGE : 0, key, &said);
    if (code == ARTREPO_OK && part && range->offset < 0) {
        code = artrepo_error_set(&said, ARTREPO_INVALID, "cannot get '%s' from byte %lld on", key,
                                 (long long)range->offset);
    }
    if (code == ARTREPO_OK) {
        code = ar_logged_get(&repository->opened, key, range == NULL ? &all : range, sink, &found,
                             operation, &said);
    }
    return finish(code, key, &found, object, &said, error);
}

artrepo_code artrepo_repository_put(artrepo_repository *repository, const char *key,
                                    artrepo_source *source, const artrepo_put_options *options,
                                    artrepo_object *object, artrepo_operation *operation,
                                    artrepo_error *error) {
    artrepo_error said = ARTREPO_ERROR_INIT;
    artrepo_object made;
    artrepo_put_options full = options == NULL ? (artrepo_put_options){NULL} : *options;
    if (full.content_type == NULL) {
        full.content_type = ar_content_type_of(key);
    }
    artrepo_code code = check(repository, "put", ARTREPO_CAN_PUT, key, &said);
    if (code == ARTREPO_OK) {
        code = ar_logged_put(&repository->opened, key, source, &full, &made, operation, &said);
    }
    return finish(code, key, &made, object, &said, error);
}

artrepo_code artrepo_repository_list(artrepo_repository *repository, const char *prefix,
                                     artrepo_list_callback *callback, void *data,
                                     artrepo_operation *operation, artrepo_error *error) {
    artrepo_error said = ARTREPO_ERROR_INIT;
    artrepo_code code = check(repository, "list", ARTREPO_CAN_LIST, "any", &said);
    if (code == ARTREPO_OK) {
        code = ar_logged_list(&repository->opened, prefix, callback, data, operation, &said);
    }
    return finish(code, NULL, NULL, NULL, &said, error);
}

static bool is_prefix(const char *key) {
    size_t length = strlen(key);
    return length > 0 && key[length - 1] == '/';
}

artrepo_code artrepo_repository_remove(artrepo_repository *repository, const char *key,
                                       artrepo_operation *operation, artrepo_error *error) {
    artrepo_error said = ARTREPO_ERROR_INIT;
    artrepo_code code = check(repository, "remove", ARTREPO_CAN_REMOVE, key, &said);
    if (code == ARTREPO_OK && is_prefix(key)) {
        code = check(repository, "list", ARTREPO_CAN_LIST, key, &said);
        if (code == ARTREPO_OK) {
            code = ar_remove_below(&repository->opened, key, operation, &said);
        }
    } else if (code == ARTREPO_OK) {
        code = ar_logged_remove(&repository->opened, key, operation, &said);
    }
    return finish(code, NULL, NULL, NULL, &said, error);
}

/* ---- directories ---- */

static artrepo_code note_any(void *data, const artrepo_object *object, artrepo_error *error) {
    (void)object;
    *(bool *)data = true;
    return artrepo_error_set(error, ARTREPO_CANCELLED, "one is enough");
}

/* Whether any key begins with PREFIX. */
static artrepo_code has_any(artrepo_repository *repository, const char *prefix, bool *any,
                            artrepo_operation *operation, artrepo_error *error) {
    *any = false;
    artrepo_code code = ar_retry_list(&repository->opened, prefix, note_any, any, operation, error);
    return *any ? ARTREPO_OK : code;
}

artrepo_code artrepo_repository_is_directory(artrepo_repository *repository, const char *key,
                                             bool *is_directory, artrepo_operation *operation,
                                             artrepo_error *error) {
    artrepo_error said = ARTREPO_ERROR_INIT;
    *is_directory = false;
    bool prefix = key[0] == '\0' || is_prefix(key);
    if (!prefix) { /* an object of that key comes first */
        artrepo_object object;
        artrepo_code code = ar_logged_stat(&repository->opened, key, &object, operation, &said);
        if (code != ARTREPO_NOT_FOUND) {
            return finish(code, NULL, NULL, NULL, &said, error);
        }
    }
    if ((artrepo_repository_capabilities(repository) & ARTREPO_CAN_LIST) == 0) {
        return ARTREPO_OK; /* there are no directories where nothing can be listed */
    }
    char *below = prefix ? strdup(key) : ar_path_concatenate(key, "");
    if (below == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for key '%s'", key);
    }
    artrepo_code code = has_any(repository, below, is_directory, operation, &said);
    free(below);
    return finish(code, NULL, NULL, NULL, &said, error);
}
