#include "repository/registry.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "fs/driver.h"
#include "gcs/driver.h"
#include "raw/driver.h"
#include "repository/kind.h"
#include "s3/driver.h"
#include "web/driver.h"

static const artrepo_driver *const built_in[] = {&artrepo_driver_fs,          &artrepo_driver_s3,
                                                 &artrepo_driver_gcs,         &artrepo_driver_http,
                                                 &artrepo_driver_artifactory, &artrepo_driver_raw};

enum { BUILT_IN_COUNT = sizeof built_in / sizeof built_in[0] };

/* A driver may have been built against a header with fewer or more members at the end. */
typedef struct registry_entry {
    const artrepo_driver *given;
    artrepo_driver known; /* what we know of it; members it has not are NULL */
    struct registry_entry *next;
} registry_entry;

/* Entries are only ever added, and stay as long as the process. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static registry_entry *entries;

/* ---- looking up ---- */

/* With the mutex held. */
static const artrepo_driver *find_locked(const char *name, const artrepo_driver **given) {
    for (size_t i = 0; i < BUILT_IN_COUNT; i++) {
        if (strcmp(built_in[i]->name, name) == 0) {
            *given = built_in[i];
            return built_in[i];
        }
    }
    for (const registry_entry *one = entries; one != NULL; one = one->next) {
        if (strcmp(one->known.name, name) == 0) {
            *given = one->given;
            return &one->known;
        }
    }
    return NULL;
}

static const artrepo_driver *find(const char *name) {
    const artrepo_driver *given;
    pthread_mutex_lock(&mutex);
    const artrepo_driver *driver = find_locked(name, &given);
    pthread_mutex_unlock(&mutex);
    return driver;
}

bool ar_registry_has(const char *name) {
    return find(name) != NULL;
}

bool ar_registry_is_built_in(const artrepo_driver *driver) {
    for (size_t i = 0; i < BUILT_IN_COUNT; i++) {
        if (built_in[i] == driver) {
            return true;
        }
    }
    return false;
}

/* "fs, s3, memory" */
static void list_names(ar_buffer *list) {
    for (size_t i = 0; i < BUILT_IN_COUNT; i++) {
        if (!ar_buffer_printf(list, "%s%s", i == 0 ? "" : ", ", built_in[i]->name)) {
            return;
        }
    }
    pthread_mutex_lock(&mutex);
    for (const registry_entry *one = entries; one != NULL && list->size < 512; one = one->next) {
        if (!ar_buffer_printf(list, ", %s", one->known.name)) {
            break;
        }
    }
    pthread_mutex_unlock(&mutex);
}

/* ---- adding ---- */

/* WHERE is "driver 'x'" or "plug-in FILE". The members behind abi and size are read only once
 * these two fit. */
static artrepo_code check_abi(const artrepo_driver *driver, const char *where,
                              artrepo_error *error) {
    if (driver->abi != ARTREPO_DRIVER_ABI) {
        return artrepo_error_set(
            error, ARTREPO_UNSUPPORTED,
            "%s was built for version %u of the driver interface, this library "
            "has version %u; build it again with this library's headers",
            where, (unsigned)driver->abi, (unsigned)ARTREPO_DRIVER_ABI);
    }
    size_t needed = offsetof(artrepo_driver, remove_many);
    if (driver->size < needed) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "%s has a driver structure of %u bytes, version %u of the driver "
                                 "interface has at least %zu; build it again with this library's "
                                 "headers",
                                 where, (unsigned)driver->size, (unsigned)driver->abi, needed);
    }
    return ARTREPO_OK;
}

static artrepo_code check_functions(const artrepo_driver *driver, const char *where,
                                    artrepo_error *error) {
    unsigned can = driver->capabilities;
    const char *missing = driver->open == NULL                                        ? "open"
                          : driver->close == NULL                                     ? "close"
                          : driver->stat == NULL                                      ? "stat"
                          : driver->get == NULL                                       ? "get"
                          : (can & ARTREPO_CAN_PUT) != 0 && driver->put == NULL       ? "put"
                          : (can & ARTREPO_CAN_LIST) != 0 && driver->list == NULL     ? "list"
                          : (can & ARTREPO_CAN_REMOVE) != 0 && driver->remove == NULL ? "remove"
                                                                                      : NULL;
    if (missing != NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID, "%s has no function '%s'", where, missing);
    }
    if (driver->name == NULL || !ar_kind_is_name(driver->name)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "%s has no name of letters, digits, '-' and '_'", where);
    }
    return ARTREPO_OK;
}

static artrepo_code add(const artrepo_driver *driver, const char *where, artrepo_error *error) {
    registry_entry *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to register %s", where);
    }
    made->given = driver;
    memcpy(&made->known, driver,
           driver->size < sizeof made->known ? driver->size : sizeof made->known);
    const artrepo_driver *given = NULL;
    pthread_mutex_lock(&mutex);
    bool taken = find_locked(driver->name, &given) != NULL;
    if (!taken) {
        made->next = entries;
        entries = made;
    }
    pthread_mutex_unlock(&mutex);
    if (!taken) {
        return ARTREPO_OK;
    }
    free(made);
    return given == driver
               ? ARTREPO_OK /* the same once more */
               : artrepo_error_set(error, ARTREPO_INVALID, "%s: there is a driver '%s' already",
                                   where, driver->name);
}

static artrepo_code check_and_add(const artrepo_driver *driver, const char *where,
                                  artrepo_error *error) {
    artrepo_code code = check_abi(driver, where, error);
    if (code == ARTREPO_OK) {
        code = check_functions(driver, where, error);
    }
    return code == ARTREPO_OK ? add(driver, where, error) : code;
}

artrepo_code artrepo_driver_register(const artrepo_driver *driver, artrepo_error *error) {
    return check_and_add(driver, "the driver to register", error);
}

/* ---- plug-ins ---- */

/* WANTED: the name that the driver must have; NULL: any. */
static artrepo_code register_from(void *library, const char *path, const char *wanted,
                                  artrepo_error *error) {
    void *symbol = dlsym(library, "artrepo_driver_entry");
    if (symbol == NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "plug-in %s is no driver: it has no function artrepo_driver_entry",
                                 path);
    }
    artrepo_driver_entry_function *enter;
    memcpy(&enter, &symbol, sizeof enter); /* ISO C has no cast between the two */
    const artrepo_driver *driver = enter();
    ar_buffer where = AR_BUFFER_INIT;
    if (!ar_buffer_printf(&where, "plug-in %s", path)) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to load plug-in %s", path);
    }
    artrepo_code code =
        driver == NULL ? artrepo_error_set(error, ARTREPO_INVALID, "%s gave no driver", where.data)
                       : check_abi(driver, where.data, error);
    if (code == ARTREPO_OK) {
        code = check_functions(driver, where.data, error);
    }
    if (code == ARTREPO_OK && wanted != NULL && strcmp(driver->name, wanted) != 0) {
        code = artrepo_error_set(error, ARTREPO_INVALID,
                                 "%s holds the driver '%s', not '%s' as its file name says",
                                 where.data, driver->name, wanted);
    }
    if (code == ARTREPO_OK) {
        code = add(driver, where.data, error);
    }
    ar_buffer_free(&where);
    return code;
}

/* Not under the mutex: what the library's constructors do is not ours to know. */
static artrepo_code load(const char *path, const char *wanted, artrepo_error *error) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        const char *said = dlerror();
        return artrepo_error_set(
            error, access(path, F_OK) == 0 ? ARTREPO_INVALID : ARTREPO_NOT_FOUND,
            "cannot load plug-in %s: %s", path, said == NULL ? "no reason given" : said);
    }
    artrepo_code code = register_from(library, path, wanted, error);
    if (code != ARTREPO_OK) {
        dlclose(library);
    }
    return code;
}

artrepo_code artrepo_driver_load(const char *path, artrepo_error *error) {
    /* dlopen would search the system's directories for a bare name. */
    if (strchr(path, '/') != NULL) {
        return load(path, NULL, error);
    }
    ar_buffer here = AR_BUFFER_INIT;
    artrepo_code code =
        ar_buffer_printf(&here, "./%s", path)
            ? load(here.data, NULL, error)
            : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to load plug-in %s", path);
    ar_buffer_free(&here);
    return code;
}

/* ---- finding ---- */

static artrepo_code not_there(const char *name, const char *directory, artrepo_error *error) {
    ar_buffer names = AR_BUFFER_INIT;
    list_names(&names);
    const char *list = names.data == NULL ? "none" : names.data;
    artrepo_code code =
        directory == NULL
            ? artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                "there is no driver '%s'; there are: %s (and plug-ins, in a "
                                "directory to be named)",
                                name, list)
            : artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                "there is no driver '%s', and no %s/artrepo_%s.so; there are: %s",
                                name, directory, name, list);
    ar_buffer_free(&names);
    return code;
}

static artrepo_code load_by_name(const char *name, const char *directory, artrepo_error *error) {
    ar_buffer path = AR_BUFFER_INIT;
    if (!ar_buffer_printf(&path, "%s%s/artrepo_%s.so", strchr(directory, '/') == NULL ? "./" : "",
                          directory, name)) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to find driver '%s'", name);
    }
    artrepo_code code = access(path.data, F_OK) == 0 ? load(path.data, name, error)
                                                     : not_there(name, directory, error);
    ar_buffer_free(&path);
    return code;
}

artrepo_code artrepo_driver_find(const char *name, const char *plugin_directory,
                                 const artrepo_driver **driver, artrepo_error *error) {
    const artrepo_driver *found = find(name);
    if (found == NULL && plugin_directory != NULL && plugin_directory[0] != '\0' &&
        ar_kind_is_name(name)) {
        artrepo_code code = load_by_name(name, plugin_directory, error);
        if (code != ARTREPO_OK) {
            return code;
        }
        found = find(name);
    }
    if (found == NULL) {
        return not_there(name, NULL, error);
    }
    *driver = found;
    return ARTREPO_OK;
}
