/* Locations as Argo writes them. */
#include "repository/location.h"

#include "repository/value_json.h"

static bool put_key(const artrepo_location *location, json_t *settings) {
    const ar_kind *kind = location->kind;
    if (location->key == NULL || kind->key_field == NULL || kind->key_in_url) {
        return true;
    }
    return json_object_set_new(settings, kind->key_field, json_string(location->key)) == 0;
}

artrepo_code artrepo_location_to_json(const artrepo_location *location, char **text,
                                      artrepo_error *error) {
    json_t *settings = ar_value_to_json(location->settings);
    json_t *root = NULL;
    if (settings != NULL && put_key(location, settings)) {
        root = json_pack("{s:O}", location->name, settings);
    }
    char *dumped = root == NULL ? NULL : json_dumps(root, JSON_COMPACT);
    json_decref(settings);
    json_decref(root);
    if (dumped == NULL) {
        return artrepo_error_set(error, ARTREPO_INVALID,
                                 "the %s location cannot be written as JSON: its key or a setting "
                                 "is not UTF-8",
                                 location->name);
    }
    *text = dumped;
    return ARTREPO_OK;
}
