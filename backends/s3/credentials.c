#include "s3/credentials.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/path.h"
#include "s3/config.h"

#define MAX_FILE_SIZE ((size_t)1 << 20)

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for credentials");
}

static void wipe(char **text) {
    if (*text != NULL) {
        explicit_bzero(*text, strlen(*text));
        free(*text);
        *text = NULL;
    }
}

void ar_s3_credentials_free(ar_s3_credentials *credentials) {
    wipe(&credentials->access_key);
    wipe(&credentials->secret_key);
    wipe(&credentials->session_token);
    credentials->origin = NULL;
}

static const char *environment(const char *name) {
    const char *value = getenv(name);
    return value == NULL || value[0] == '\0' ? NULL : value;
}

/* ---- the settings ---- */

static artrepo_code read_secret(const artrepo_driver_settings *settings, const char *name,
                                char **value, artrepo_error *error) {
    artrepo_secret secret;
    artrepo_code code = artrepo_driver_settings_secret(settings, name, &secret, error);
    if (code != ARTREPO_OK || secret.data == NULL) {
        return code;
    }
    ar_s3_trim_secret(&secret);
    if (secret.size == 0) {
        code = artrepo_error_set(error, ARTREPO_INVALID, "the secret of s3.%s is empty", name);
    } else if ((*value = strdup(secret.data)) == NULL) {
        code = no_memory(error);
    }
    artrepo_secret_clear(&secret);
    return code;
}

static artrepo_code read_static(const artrepo_driver_settings *settings,
                                ar_s3_credentials *credentials, artrepo_error *error) {
    artrepo_code code = read_secret(settings, "accessKeySecret", &credentials->access_key, error);
    if (code == ARTREPO_OK) {
        code = read_secret(settings, "secretKeySecret", &credentials->secret_key, error);
    }
    if (code == ARTREPO_OK) {
        code = read_secret(settings, "sessionTokenSecret", &credentials->session_token, error);
    }
    if (code != ARTREPO_OK) {
        return code;
    }
    if (credentials->access_key == NULL || credentials->secret_key == NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "s3 needs both accessKeySecret and secretKeySecret, or neither");
    }
    credentials->origin = "accessKeySecret and secretKeySecret";
    return ARTREPO_OK;
}

/* ---- the environment ---- */

static artrepo_code read_environment(ar_s3_credentials *credentials, artrepo_error *error) {
    const char *access_key = environment("AWS_ACCESS_KEY_ID");
    const char *secret_key = environment("AWS_SECRET_ACCESS_KEY");
    const char *token = environment("AWS_SESSION_TOKEN");
    if (access_key == NULL || secret_key == NULL) {
        return ARTREPO_NOT_FOUND;
    }
    credentials->access_key = strdup(access_key);
    credentials->secret_key = strdup(secret_key);
    credentials->session_token = token == NULL ? NULL : strdup(token);
    credentials->origin = "AWS_ACCESS_KEY_ID";
    return credentials->access_key == NULL || credentials->secret_key == NULL ||
                   (token != NULL && credentials->session_token == NULL)
               ? no_memory(error)
               : ARTREPO_OK;
}

/* ---- the shared credentials file ---- */

typedef struct text_span {
    const char *start;
    size_t size;
} text_span;

static text_span trim(text_span span) {
    while (span.size > 0 && isspace((unsigned char)span.start[span.size - 1])) {
        span.size--;
    }
    while (span.size > 0 && isspace((unsigned char)span.start[0])) {
        span.start++;
        span.size--;
    }
    return span;
}

static bool is_text(text_span span, const char *text) {
    return span.size == strlen(text) && memcmp(span.start, text, span.size) == 0;
}

/* "[name]", and "[profile name]" as the config file has it. */
static bool is_header_of(text_span line, const char *profile) {
    const char *close = memchr(line.start, ']', line.size);
    if (close == NULL) {
        return false;
    }
    text_span name = trim((text_span){line.start + 1, (size_t)(close - line.start) - 1});
    if (is_text(name, profile)) {
        return true;
    }
    if (name.size > 8 && memcmp(name.start, "profile", 7) == 0 &&
        isspace((unsigned char)name.start[7])) {
        return is_text(trim((text_span){name.start + 8, name.size - 8}), profile);
    }
    return false;
}

static bool set_credential(ar_s3_credentials *credentials, text_span name, text_span value) {
    char **place = is_text(name, "aws_access_key_id")       ? &credentials->access_key
                   : is_text(name, "aws_secret_access_key") ? &credentials->secret_key
                   : is_text(name, "aws_session_token")     ? &credentials->session_token
                                                            : NULL;
    if (place == NULL || value.size == 0) {
        return true;
    }
    wipe(place);
    *place = strndup(value.start, value.size);
    return *place != NULL;
}

artrepo_code ar_s3_credentials_parse(const char *text, const char *profile,
                                     ar_s3_credentials *credentials, artrepo_error *error) {
    bool inside = false;
    bool found = false;
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        text_span line = trim((text_span){text, length});
        text += length + (text[length] == '\n');
        if (line.size == 0 || line.start[0] == '#' || line.start[0] == ';') {
            continue;
        }
        if (line.start[0] == '[') {
            inside = is_header_of(line, profile);
            found = found || inside;
            continue;
        }
        const char *equals = memchr(line.start, '=', line.size);
        if (!inside || equals == NULL) {
            continue;
        }
        size_t before = (size_t)(equals - line.start);
        if (!set_credential(credentials, trim((text_span){line.start, before}),
                            trim((text_span){equals + 1, line.size - before - 1}))) {
            return no_memory(error);
        }
    }
    if (credentials->access_key == NULL || credentials->secret_key == NULL) {
        return artrepo_error_set(error, ARTREPO_NOT_FOUND, "%s profile '%s'%s",
                                 found ? "there are no keys in" : "there is no", profile,
                                 found ? "" : "; set AWS_PROFILE to one that there is");
    }
    return ARTREPO_OK;
}

/* ARTREPO_NOT_FOUND without an error text when there is no such file at all. */
static artrepo_code read_shared_file(ar_s3_credentials *credentials, artrepo_error *error) {
    const char *given = environment("AWS_SHARED_CREDENTIALS_FILE");
    const char *home = environment("HOME");
    const char *profile = environment("AWS_PROFILE");
    char *path = given != NULL  ? strdup(given)
                 : home != NULL ? ar_path_concatenate(home, ".aws/credentials")
                                : NULL;
    if (path == NULL) {
        return given == NULL && home == NULL ? ARTREPO_NOT_FOUND : no_memory(error);
    }
    char *text = NULL;
    size_t size = 0;
    artrepo_code code = ar_file_read_whole(path, MAX_FILE_SIZE, &text, &size, error);
    if (code == ARTREPO_OK) {
        code = ar_s3_credentials_parse(text, profile == NULL ? "default" : profile, credentials,
                                       error);
        credentials->origin = "the shared credentials file";
        if (code != ARTREPO_OK) {
            artrepo_error_prefix(error, "credentials file %s", path);
        }
        explicit_bzero(text, size);
        free(text);
    }
    free(path);
    return code;
}

/* ---- the order ---- */

/* What would come next in the SDK's chain, and is not there yet. */
static artrepo_code refuse_roles(artrepo_error *error) {
    static const char *const variables[] = {"AWS_WEB_IDENTITY_TOKEN_FILE",
                                            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                                            "AWS_CONTAINER_CREDENTIALS_FULL_URI"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        if (environment(variables[i]) != NULL) {
            return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                     "%s asks for the credentials of a role, which this version "
                                     "cannot fetch; give accessKeySecret and secretKeySecret, or "
                                     "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
                                     variables[i]);
        }
    }
    return ARTREPO_OK;
}

static artrepo_code read_chain(ar_s3_credentials *credentials, artrepo_error *error) {
    artrepo_code code = read_environment(credentials, error);
    if (code != ARTREPO_NOT_FOUND) {
        return code;
    }
    artrepo_error shared = ARTREPO_ERROR_INIT;
    code = read_shared_file(credentials, &shared);
    if (code == ARTREPO_OK) {
        return code;
    }
    ar_s3_credentials_free(credentials);
    if (code != ARTREPO_NOT_FOUND) {
        if (error != NULL) {
            *error = shared;
        }
        return code;
    }
    code = refuse_roles(error);
    if (code != ARTREPO_OK) {
        return code;
    }
    return artrepo_error_set(error, ARTREPO_ACCESS_DENIED,
                             "there are no credentials for s3: accessKeySecret and secretKeySecret "
                             "are not set, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not "
                             "set, and %s; set one of them (the role of a machine or container is "
                             "not supported by this version)",
                             shared.message[0] == '\0' ? "there is no shared credentials file"
                                                       : shared.message);
}

artrepo_code ar_s3_credentials_read(const artrepo_driver_settings *settings,
                                    ar_s3_credentials *credentials, artrepo_error *error) {
    *credentials = (ar_s3_credentials){0};
    artrepo_code code;
    const char *role = artrepo_driver_settings_get(settings, "roleARN");
    if (artrepo_driver_settings_has(settings, "accessKeySecret") ||
        artrepo_driver_settings_has(settings, "secretKeySecret")) {
        code = read_static(settings, credentials, error);
    } else if (role != NULL && role[0] != '\0') {
        code = artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "s3.roleARN %s: this version cannot assume roles; give "
                                 "accessKeySecret and secretKeySecret instead",
                                 role);
    } else {
        code = read_chain(credentials, error);
    }
    if (code != ARTREPO_OK) {
        ar_s3_credentials_free(credentials);
    }
    return code;
}
