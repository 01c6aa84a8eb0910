/* Locations that are written as one URL. */
#include "repository/location.h"

#include <stdlib.h>
#include <string.h>

static artrepo_code no_memory(const char *url, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the location %s", url);
}

/* A location of kind NAME with one setting. */
static artrepo_code make(const char *url, const char *name, const char *setting, const char *value,
                         const char *key, artrepo_location **out, artrepo_error *error) {
    ar_value *settings = ar_value_new(AR_VALUE_OBJECT, NULL);
    if (settings == NULL || !ar_value_put_string(settings, setting, value)) {
        ar_value_free(settings);
        return no_memory(url, error);
    }
    artrepo_location *location = ar_location_new(name, settings);
    if (location == NULL) {
        return no_memory(url, error);
    }
    location->from_url = true;
    if (key != NULL) {
        free(location->key);
        location->key = strdup(key);
        if (location->key == NULL) {
            artrepo_location_free(location);
            return no_memory(url, error);
        }
    }
    *out = location;
    return ARTREPO_OK;
}

static artrepo_code from_bucket(const char *url, const char *rest, const char *name,
                                artrepo_location **location, artrepo_error *error) {
    size_t length = strcspn(rest, "/");
    if (length == 0) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "URL '%s' names no bucket; write SCHEME://BUCKET/KEY", url);
    }
    char *bucket = strndup(rest, length);
    if (bucket == NULL) {
        return no_memory(url, error);
    }
    const char *key = rest[length] == '/' ? rest + length + 1 : "";
    artrepo_code code = make(url, name, "bucket", bucket, key, location, error);
    free(bucket);
    return code;
}

static artrepo_code from_s3(const char *url, const char *rest, artrepo_location **location,
                            artrepo_error *error) {
    return from_bucket(url, rest, "s3", location, error);
}

static artrepo_code from_gs(const char *url, const char *rest, artrepo_location **location,
                            artrepo_error *error) {
    return from_bucket(url, rest, "gcs", location, error);
}

static artrepo_code from_file(const char *url, const char *rest, artrepo_location **location,
                              artrepo_error *error) {
    static const char local[] = "localhost/";
    if (strncmp(rest, local, sizeof local - 1) == 0) {
        rest += sizeof local - 2;
    }
    if (rest[0] != '/') {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "URL '%s' names another machine; write file:///PATH, with three "
                                 "slashes and a path from the root",
                                 url);
    }
    return make(url, "fs", "root", "/", rest + strspn(rest, "/"), location, error);
}

static artrepo_code from_http(const char *url, const char *rest, artrepo_location **location,
                              artrepo_error *error) {
    if (strcspn(rest, "/?#") == 0) {
        return artrepo_error_set(error, ARTREPO_INVALID, "URL '%s' names no host", url);
    }
    /* What is asked for at "http://host" is "/". */
    const char *path = rest + strcspn(rest, "/?#");
    return make(url, "http", "url", url, path[0] == '/' ? NULL : "/", location, error);
}

artrepo_code artrepo_location_from_url(const char *url, artrepo_location **location,
                                       artrepo_error *error) {
    static const struct {
        const char *prefix;
        artrepo_code (*make)(const char *url, const char *rest, artrepo_location **location,
                             artrepo_error *error);
    } schemes[] = {{"s3://", from_s3},
                   {"gs://", from_gs},
                   {"file://", from_file},
                   {"http://", from_http},
                   {"https://", from_http}};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t length = strlen(schemes[i].prefix);
        if (strncmp(url, schemes[i].prefix, length) == 0) {
            return schemes[i].make(url, url + length, location, error);
        }
    }
    return artrepo_error_set(error, ARTREPO_INVALID,
                             "'%s' is no URL of a known kind; those are s3://BUCKET/KEY, "
                             "gs://BUCKET/KEY, file:///PATH, http://... and https://...",
                             url);
}
