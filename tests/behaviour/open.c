#include "open.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- scratch directory and secrets ---- */

static char scratch[256];

const char *scratch_path(void) {
    return scratch;
}

static bool write_secret(const char *name, size_t length, const char *value) {
    char path[512];
    snprintf(path, sizeof path, "%s/secrets/env/%.*s", scratch, (int)length, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t size = strlen(value);
    bool good = file >= 0 && write(file, value, size) == (ssize_t)size;
    if (file >= 0) {
        close(file);
    }
    return good;
}

/* Each variable ARTREPO_TEST_* is a secret `{name: env, key: VARIABLE}`. */
static bool write_secrets(void) {
    static const char prefix[] = "ARTREPO_TEST_";
    char path[512];
    snprintf(path, sizeof path, "%s/secrets", scratch);
    bool good = mkdir(path, 0700) == 0;
    snprintf(path, sizeof path, "%s/secrets/env", scratch);
    good = good && mkdir(path, 0700) == 0;
    for (char **variable = environ; good && *variable != NULL; variable++) {
        const char *equals = strchr(*variable, '=');
        if (equals != NULL && strncmp(*variable, prefix, sizeof prefix - 1) == 0) {
            good = write_secret(*variable, (size_t)(equals - *variable), equals + 1);
        }
    }
    return good;
}

bool scratch_make(void) {
    const char *parent = getenv("TMPDIR");
    snprintf(scratch, sizeof scratch, "%s/artrepo-behaviour-XXXXXX",
             parent == NULL || parent[0] != '/' ? "/tmp" : parent);
    bool good = mkdtemp(scratch) != NULL && setenv("SCRATCH", scratch, 1) == 0 &&
                setenv("SCRATCH_KEY", scratch + 1, 1) == 0 && write_secrets();
    if (!good) {
        perror("behaviour: cannot make a scratch directory");
    }
    return good;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *ftw) {
    (void)status;
    (void)type;
    (void)ftw;
    return remove(path);
}

void scratch_remove(void) {
    nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- the bare driver ---- */

/* A driver that does what another does, and notes the state that it opened. */
static const artrepo_driver *real;
static artrepo_driver noting;
static void *noted;

static artrepo_code open_and_note(const artrepo_driver_settings *settings,
                                  artrepo_operation *operation, void **state,
                                  artrepo_error *error) {
    artrepo_code code = real->open(settings, operation, state, error);
    noted = code == ARTREPO_OK ? *state : NULL;
    return code;
}

static artrepo_code register_noting(const artrepo_driver *driver, artrepo_error *error) {
    real = driver;
    noting = *driver;
    noting.size = sizeof noting;
    noting.name = "noting";
    noting.open = open_and_note;
    return artrepo_driver_register(&noting, error);
}

/* ---- open ---- */

static artrepo_code open_with(const suite *s, const char *driver, artrepo_repository **repository,
                              artrepo_error *error) {
    char secrets[512], location[2304], text[2560];
    snprintf(secrets, sizeof secrets, "%s/secrets", scratch);
    driver_location(s->facts, driver, location, sizeof location);
    int length = snprintf(text, sizeof text, "{name: behaviour, path: /x, %s}", location);
    artrepo_repository_options options = {.secrets_directory = secrets,
                                          .plugin_directory = s->facts->plugin_directory[0] == '\0'
                                                                  ? NULL
                                                                  : s->facts->plugin_directory};
    artrepo_artifact *artifact = NULL;
    artrepo_code code = artrepo_artifact_parse(text, (size_t)length, "drivers.list", s->operation,
                                               &artifact, error);
    if (code == ARTREPO_OK && artrepo_artifact_location(artifact) == NULL) {
        code = artrepo_error_set(error, ARTREPO_INVALID, "'%s' is no location", s->facts->location);
    }
    if (code == ARTREPO_OK) {
        code = artrepo_repository_open(artrepo_artifact_location(artifact), &options, s->operation,
                                       repository, error);
    }
    artrepo_artifact_free(artifact);
    return code;
}

open_result suite_open(const suite_driver *facts, suite *s) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    char kind[64];
    const char *plugins = facts->plugin_directory[0] == '\0' ? NULL : facts->plugin_directory;
    *s = (suite){.facts = facts, .scratch = scratch, .operation = new_operation()};
    snprintf(s->prefix, sizeof s->prefix, "%sbehaviour-%ld-%s/", facts->below, (long)getpid(),
             scratch + strlen(scratch) - 6);
    driver_kind(facts, kind, sizeof kind);
    artrepo_code code = artrepo_driver_find(facts->driver[0] == '\0' ? kind : facts->driver,
                                            plugins, &s->driver, &error);
    open_result failure = code == ARTREPO_UNSUPPORTED ? NOT_HERE : BROKEN;
    if (code == ARTREPO_OK) {
        code = open_with(s, facts->driver, &s->repository, &error);
    }
    if (code == ARTREPO_OK) {
        code = register_noting(s->driver, &error);
    }
    if (code == ARTREPO_OK) {
        code = open_with(s, noting.name, &s->bare_repository, &error);
    }
    s->state = noted;
    if (code != ARTREPO_OK) {
        fprintf(stderr, "behaviour: cannot open %s: %s\n", facts->name, error.message);
        suite_close(s);
        return failure;
    }
    return OPENED;
}

/* ---- close ---- */

static bool remove_objects(const suite *s) {
    if (s->repository == NULL || !suite_can(s, ARTREPO_CAN_REMOVE | ARTREPO_CAN_LIST)) {
        return true;
    }
    artrepo_error error = ARTREPO_ERROR_INIT;
    if (artrepo_repository_remove(s->repository, s->prefix, s->operation, &error) != ARTREPO_OK) {
        fprintf(stderr, "behaviour: cannot remove what is left: %s\n", error.message);
        return false;
    }
    return true;
}

bool suite_close(suite *s) {
    bool good = remove_objects(s);
    artrepo_repository_close(s->bare_repository);
    artrepo_repository_close(s->repository);
    artrepo_operation_free(s->operation);
    return good;
}
