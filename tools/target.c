#include "target.h"

#include <stdlib.h>
#include <string.h>

#include <artrepo/artifact.h>
#include <jansson.h>

bool target_is_url(const char *text) {
    size_t length =
        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-");
    return length > 0 && strncmp(text + length, "://", 3) == 0;
}

/* The bucket that LOCATION is in, of whatever kind; NULL when it has none. free() it. */
static char *bucket_of(const artrepo_location *location) {
    char *text = NULL;
    if (artrepo_location_to_json(location, &text, NULL) != ARTREPO_OK) {
        return NULL;
    }
    json_t *json = json_loads(text, 0, NULL);
    const json_t *settings = json_object_get(json, artrepo_location_kind(location));
    const char *bucket = json_string_value(json_object_get(settings, "bucket"));
    char *copy = bucket != NULL ? strdup(bucket) : NULL;
    json_decref(json);
    free(text);
    return copy;
}

static bool is_same_bucket(const artrepo_location *a, const artrepo_location *b) {
    if (strcmp(artrepo_location_kind(a), artrepo_location_kind(b)) != 0) {
        return false;
    }
    char *bucket_a = bucket_of(a), *bucket_b = bucket_of(b);
    bool same = bucket_a != NULL && bucket_b != NULL && strcmp(bucket_a, bucket_b) == 0;
    free(bucket_a);
    free(bucket_b);
    return same;
}

static bool is_in_bucket(const artrepo_location *location) {
    const char *kind = artrepo_location_kind(location);
    return strcmp(kind, "s3") == 0 || strcmp(kind, "gcs") == 0;
}

static artrepo_code open_url(struct context *context, const char *url, char **key) {
    artrepo_location *location = NULL;
    artrepo_code code = artrepo_location_from_url(url, &location, &context->error);
    if (code != ARTREPO_OK) {
        context->usage = code == ARTREPO_INVALID;
        return code;
    }
    const artrepo_location *settings = location;
    if (is_in_bucket(location)) {
        code = context_configure(context);
        if (code != ARTREPO_OK) {
            goto done;
        }
        const artrepo_location *ours = artrepo_configuration_location(context->configuration);
        settings = is_same_bucket(location, ours) ? ours : location;
    }
    const char *found = artrepo_location_key(location);
    *key = strdup(found != NULL ? found : "");
    if (*key == NULL) {
        code = artrepo_error_set(&context->error, ARTREPO_INTERNAL, "no memory for %s", url);
        goto done;
    }
    code = context_open(context, settings);
done:
    artrepo_location_free(location);
    return code;
}

static artrepo_code open_key(struct context *context, const char *text, char **key) {
    artrepo_code code = context_configure(context);
    if (code != ARTREPO_OK) {
        return code;
    }
    *key = strdup(text);
    if (*key == NULL) {
        return artrepo_error_set(&context->error, ARTREPO_INTERNAL, "no memory for key %s", text);
    }
    return context_open(context, artrepo_configuration_location(context->configuration));
}

artrepo_code target_open(struct context *context, const char *text, bool empty_allowed,
                         char **key) {
    *key = NULL;
    artrepo_code code =
        target_is_url(text) ? open_url(context, text, key) : open_key(context, text, key);
    if (code == ARTREPO_OK && *key != NULL && (*key)[0] == '\0' && !empty_allowed) {
        code = text[0] == '\0' ? context_usage(context, "the key is empty")
                               : context_usage(context, "%s names no key in the bucket", text);
    }
    if (code != ARTREPO_OK) {
        free(*key);
        *key = NULL;
    }
    return code;
}
