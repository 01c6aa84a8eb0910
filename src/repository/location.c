#include "repository/location.h"

#include <stdlib.h>
#include <string.h>

#include "http/url.h"

/* Moves the key from the settings to the location. */
static bool extract_key(artrepo_location *location) {
    const ar_kind *kind = location->kind;
    const char *text =
        kind->key_field == NULL ? NULL : ar_value_find_text(location->settings, kind->key_field);
    if (text == NULL) {
        return true;
    }
    location->key = kind->key_in_url ? ar_url_path(text) : strdup(text);
    if (!kind->key_in_url) {
        ar_value_remove(location->settings, kind->key_field);
    }
    return location->key != NULL;
}

artrepo_location *ar_location_new(const char *name, ar_value *settings) {
    artrepo_location *location = calloc(1, sizeof *location);
    if (location == NULL || settings == NULL) {
        free(location);
        ar_value_free(settings);
        return NULL;
    }
    location->name = strdup(name);
    location->kind = ar_kind_get(name);
    location->settings = settings;
    if (location->name == NULL || !extract_key(location)) {
        artrepo_location_free(location);
        return NULL;
    }
    return location;
}

artrepo_location *ar_location_copy(const artrepo_location *location) {
    artrepo_location *copy = calloc(1, sizeof *copy);
    if (copy == NULL) {
        return NULL;
    }
    copy->name = strdup(location->name);
    copy->kind = location->kind;
    copy->settings = ar_value_copy(location->settings);
    copy->key = location->key == NULL ? NULL : strdup(location->key);
    copy->from_url = location->from_url;
    if (copy->name == NULL || copy->settings == NULL ||
        (location->key != NULL && copy->key == NULL)) {
        artrepo_location_free(copy);
        return NULL;
    }
    return copy;
}

void artrepo_location_free(artrepo_location *location) {
    if (location == NULL) {
        return;
    }
    free(location->name);
    ar_value_free(location->settings);
    free(location->key);
    free(location);
}

const char *artrepo_location_kind(const artrepo_location *location) {
    return location->name;
}

const char *artrepo_location_key(const artrepo_location *location) {
    return location->key;
}

bool ar_location_is_complete(const artrepo_location *location) {
    return location->from_url ||
           ar_kind_is_complete(location->kind, location->settings, location->key);
}

artrepo_code ar_location_set_key(artrepo_location *location, const char *key,
                                 artrepo_error *error) {
    const ar_kind *kind = location->kind;
    if (kind->key_field == NULL) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED, "a %s location has no key",
                                 location->name);
    }
    if (kind->key_in_url) {
        const char *url = ar_value_find_text(location->settings, kind->key_field);
        char *moved = ar_url_with_path(url == NULL ? "" : url, key);
        bool done =
            moved != NULL && ar_value_put_string(location->settings, kind->key_field, moved);
        free(moved);
        if (!done) {
            return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for key '%s'", key);
        }
    }
    char *copy = strdup(key);
    if (copy == NULL) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for key '%s'", key);
    }
    free(location->key);
    location->key = copy;
    return ARTREPO_OK;
}
