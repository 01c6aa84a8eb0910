/* Where an artifact is, or will be. */
#include "repository/configuration.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "http/url.h"
#include "repository/artifact.h"

static artrepo_code no_memory(const artrepo_artifact *artifact, artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the location of artifact '%s'",
                             artifact->name);
}

/* The location's own key with its tags replaced. */
static artrepo_code expand_key(artrepo_location *location, const artrepo_variables *variables,
                               artrepo_error *error) {
    if (location->key == NULL || location->from_url || variables == NULL ||
        strstr(location->key, "{{") == NULL) {
        return ARTREPO_OK;
    }
    char *key = NULL;
    artrepo_code code = artrepo_key_expand(location->key, variables, &key, error);
    if (code == ARTREPO_OK) {
        code = ar_location_set_key(location, key, error);
        free(key);
    }
    return code;
}

/* The key format with VARIABLES put in; of a URL's location the path of that URL. */
static artrepo_code expand_format(const artrepo_configuration *configuration,
                                  const artrepo_variables *variables, char **key,
                                  artrepo_error *error) {
    artrepo_code code = artrepo_key_expand(configuration->key_format, variables, key, error);
    if (code == ARTREPO_OK && configuration->location->kind->key_in_url) {
        char *url = *key;
        *key = ar_url_path(url);
        free(url);
        if (*key == NULL) {
            return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for a key");
        }
    }
    return code;
}

/* The key format and the artifact's file name. */
static artrepo_code make_key(const artrepo_configuration *configuration,
                             const artrepo_artifact *artifact, const artrepo_variables *variables,
                             char **key, artrepo_error *error) {
    if (configuration->key_format == NULL) {
        return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                 "a %s repository has no key format; give artifact '%s' a location "
                                 "of its own",
                                 artrepo_configuration_kind(configuration), artifact->name);
    }
    char *directory = NULL;
    char *name = NULL;
    artrepo_code code = artrepo_artifact_file_name(artifact, &name, error);
    if (code == ARTREPO_OK) {
        code = expand_format(configuration, variables, &directory, error);
    }
    if (code == ARTREPO_OK) {
        *key = ar_path_join(directory, name);
        code = *key == NULL ? no_memory(artifact, error) : ARTREPO_OK;
    }
    free(directory);
    free(name);
    return code;
}

static bool has_key(const artrepo_location *location) {
    return location != NULL && location->key != NULL && location->key[0] != '\0';
}

/* Sets the key of LOCATION: the artifact's own, or one that the key scheme makes. */
static artrepo_code give_key(const artrepo_configuration *configuration,
                             const artrepo_artifact *artifact, const artrepo_variables *variables,
                             artrepo_location *location, artrepo_error *error) {
    if (has_key(artifact->location)) {
        artrepo_code code = ar_location_set_key(location, artifact->location->key, error);
        return code == ARTREPO_OK ? expand_key(location, variables, error) : code;
    }
    char *key = NULL;
    artrepo_code code = make_key(configuration, artifact, variables, &key, error);
    if (code == ARTREPO_OK) {
        code = ar_location_set_key(location, key, error);
    }
    free(key);
    return code;
}

artrepo_code artrepo_configuration_locate(const artrepo_configuration *configuration,
                                          const artrepo_artifact *artifact,
                                          const artrepo_variables *variables,
                                          artrepo_location **out, artrepo_error *error) {
    const artrepo_location *own = artifact->location;
    bool complete = own != NULL && ar_location_is_complete(own);
    if (!complete && configuration == NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "artifact '%s' does not say where it is, and there is no "
                                 "repository to look in; name one",
                                 artifact->name);
    }
    artrepo_location *location = ar_location_copy(complete ? own : configuration->location);
    if (location == NULL) {
        return no_memory(artifact, error);
    }
    /* A URL may name a bucket alone; what else is complete has its key, or needs none. */
    bool make = !complete || (own->from_url && own->kind->key_field != NULL && !has_key(own) &&
                              configuration != NULL);
    artrepo_code code = make ? give_key(configuration, artifact, variables, location, error)
                             : expand_key(location, variables, error);
    if (code != ARTREPO_OK) {
        artrepo_location_free(location);
        return code;
    }
    *out = location;
    return ARTREPO_OK;
}
