#include "repository_file.h"

#include <errno.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#define FILE_NAME "artifact-repository.yaml"

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to find the repository file");
}

/* A variable that is empty counts as not set. */
static const char *environment(const char *name) {
    const char *value = getenv(name);
    return value != NULL && value[0] != '\0' ? value : NULL;
}

static const char *home_directory(void) {
    const char *home = environment("HOME");
    if (home == NULL) {
        const struct passwd *user = getpwuid(getuid());
        home = user != NULL ? user->pw_dir : NULL;
    }
    return home;
}

/* Sets *PATH, NULL on failure, to $VARIABLE/NAME, or ~/OTHERWISE/NAME; a relative path in the
 * variable is ignored, as the XDG base directory specification asks. */
static artrepo_code user_path(const char *variable, const char *otherwise, const char *name,
                              char **path, artrepo_error *error) {
    const char *base = environment(variable);
    int written;
    *path = NULL;
    if (base != NULL && base[0] == '/') {
        written = asprintf(path, "%s/%s", base, name);
    } else {
        const char *home = home_directory();
        if (home == NULL) {
            return artrepo_error_set(error, ARTREPO_NOT_FOUND,
                                     "there is no home directory; set HOME or %s, or name a "
                                     "repository file with --repository",
                                     variable);
        }
        written = asprintf(path, "%s/%s/%s", home, otherwise, name);
    }
    if (written < 0) {
        *path = NULL;
        return no_memory(error);
    }
    return ARTREPO_OK;
}

/* A file that is there but cannot be read counts as there: reading it then says why. */
static bool is_there(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

static artrepo_code use_file(repository_file *file, const char *path, const char *found_by,
                             artrepo_error *error) {
    file->path = strdup(path);
    file->found_by = found_by;
    return file->path != NULL ? ARTREPO_OK : no_memory(error);
}

artrepo_code repository_file_find(const char *explicit, repository_file *file,
                                  artrepo_error *error) {
    *file = (repository_file){0};
    const char *from_environment = environment("ARTCTL_REPOSITORY");
    if (explicit != NULL) {
        return use_file(file, explicit, "--repository", error);
    }
    if (from_environment != NULL) {
        return use_file(file, from_environment, "ARTCTL_REPOSITORY", error);
    }
    if (is_there(FILE_NAME)) {
        return use_file(file, FILE_NAME, "current directory", error);
    }
    char *path;
    artrepo_code code = user_path("XDG_CONFIG_HOME", ".config", "artctl/" FILE_NAME, &path, error);
    if (path == NULL) {
        return code;
    }
    if (is_there(path)) {
        file->path = path;
        file->found_by = "configuration directory";
        return ARTREPO_OK;
    }
    free(path);
    file->found_by = "embedded default";
    return user_path("XDG_DATA_HOME", ".local/share", "artrepo", &file->root, error);
}

static artrepo_code read_embedded(const repository_file *file, const char *ref,
                                  artrepo_operation *operation,
                                  artrepo_configuration **configuration, artrepo_error *error) {
    json_t *repository = json_pack("{s:{s:s}}", "fs", "root", file->root);
    char *text = repository != NULL ? json_dumps(repository, JSON_COMPACT) : NULL;
    json_decref(repository);
    if (text == NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "the embedded repository cannot be at %s: the path is not UTF-8; "
                                 "set XDG_DATA_HOME or name a file with --repository",
                                 file->root);
    }
    artrepo_code code = artrepo_configuration_parse(text, strlen(text), "the embedded repository",
                                                    ref, operation, configuration, error);
    free(text);
    return code;
}

artrepo_code repository_file_read(const repository_file *file, const char *ref,
                                  artrepo_operation *operation,
                                  artrepo_configuration **configuration, artrepo_error *error) {
    if (file->path == NULL) {
        return read_embedded(file, ref, operation, configuration, error);
    }
    return artrepo_configuration_read(file->path, ref, operation, configuration, error);
}

void repository_file_clear(repository_file *file) {
    free(file->path);
    free(file->root);
    *file = (repository_file){0};
}
