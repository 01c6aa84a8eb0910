#include "remote/json.h"

#include <stdint.h>
#include <string.h>

/* Its texts are ours to overwrite, though the library does not say so. */
static void wipe_texts(json_t *value) {
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_string(value)) {
        explicit_bzero((char *)(uintptr_t)json_string_value(value), json_string_length(value));
    } else if (json_is_object(value)) {
        json_object_foreach(value, key, member) {
            wipe_texts(member);
        }
    } else if (json_is_array(value)) {
        json_array_foreach(value, i, member) {
            wipe_texts(member);
        }
    }
}

void ar_json_wipe(json_t *root) {
    if (root != NULL) {
        wipe_texts(root);
        json_decref(root);
    }
}

const char *ar_json_text(const json_t *root, const char *name) {
    const char *text = json_string_value(json_object_get(root, name));
    return text == NULL || text[0] == '\0' ? NULL : text;
}
