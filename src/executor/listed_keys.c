#include "executor/listed_keys.h"

#include <string.h>

#include "archive/tree_name.h"
#include "base/path.h"

static artrepo_code check_limits(ar_listed_keys *keys, const artrepo_object *object,
                                 artrepo_error *error) {
    keys->objects++;
    keys->bytes += object->size > 0 ? (uint64_t)object->size : 0;
    const artrepo_archive_limits *limits = keys->limits;
    if (limits->entries > 0 && keys->objects > limits->entries) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "more than the %llu objects that are allowed below %s",
                                 (unsigned long long)limits->entries, keys->prefix);
    }
    if (limits->bytes > 0 && keys->bytes > limits->bytes) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "more than the %llu bytes that are allowed below %s",
                                 (unsigned long long)limits->bytes, keys->prefix);
    }
    return ARTREPO_OK;
}

artrepo_code ar_listed_keys_take(ar_listed_keys *keys, const artrepo_object *object, char **name,
                                 artrepo_error *error) {
    size_t length = strlen(object->key);
    size_t prefix_size = strlen(keys->prefix);
    *name = NULL;
    if (length <= prefix_size || object->key[length - 1] == '/') {
        return ARTREPO_OK; /* a folder marker */
    }
    artrepo_code code = check_limits(keys, object, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    const char *relative = object->key + prefix_size;
    if (!ar_path_is_inside(relative) || ar_path_has_dot_dot(relative)) {
        return artrepo_error_set(error, ARTREPO_REFUSED_UNSAFE,
                                 "the store lists the key '%s', which would be written outside the "
                                 "destination; rename or remove it",
                                 object->key);
    }
    code = ar_tree_name_clean(relative, name, error);
    return code == ARTREPO_OK ? code
                              : artrepo_error_prefix(error,
                                                     "the store lists a key below %s that "
                                                     "cannot be loaded",
                                                     keys->prefix);
}
