#include "base/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/secret.h"

#define MAX_SECRET_SIZE ((size_t)1 << 20)

const char *artrepo_driver_settings_get(const artrepo_driver_settings *settings, const char *name) {
    return ar_value_find_text(settings->root, name);
}

bool artrepo_driver_settings_get_bool(const artrepo_driver_settings *settings, const char *name,
                                      bool otherwise) {
    const char *text = ar_value_find_text(settings->root, name);
    return text == NULL ? otherwise : strcmp(text, "true") == 0;
}

bool artrepo_driver_settings_has(const artrepo_driver_settings *settings, const char *name) {
    const ar_value *value = ar_value_find(settings->root, name);
    return value != NULL && value->kind != AR_VALUE_NULL;
}

/* Names of Kubernetes secrets and their keys are single path components. */
static bool is_component(const char *name) {
    return name[0] != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

artrepo_code artrepo_driver_settings_secret(const artrepo_driver_settings *settings,
                                            const char *name, artrepo_secret *secret,
                                            artrepo_error *error) {
    *secret = (artrepo_secret){NULL, 0};
    const ar_value *selector = ar_value_find(settings->root, name);
    if (selector == NULL || selector->kind == AR_VALUE_NULL) {
        return ARTREPO_OK;
    }
    const char *secret_name = ar_value_find_text(selector, "name");
    const char *secret_key = ar_value_find_text(selector, "key");
    if (secret_name == NULL || secret_key == NULL || !is_component(secret_name) ||
        !is_component(secret_key)) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "%s.%s must be a selector {name: SECRET, key: KEY} of plain names",
                                 settings->kind, name);
    }
    ar_buffer path = AR_BUFFER_INIT;
    if (!ar_buffer_printf(&path, "%s/%s/%s", settings->secrets_directory, secret_name,
                          secret_key)) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the path of secret %s",
                                 name);
    }
    artrepo_code code = ar_secret_read(path.data, MAX_SECRET_SIZE, secret, error);
    if (code != ARTREPO_OK) {
        artrepo_error_prefix(error,
                             "secret %s.%s (put it into that file, or say where secrets are)",
                             settings->kind, name);
    }
    ar_buffer_free(&path);
    return code;
}
