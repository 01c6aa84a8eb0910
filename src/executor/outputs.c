#include "executor/outputs.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "repository/artifact.h"
#include "repository/location.h"

static artrepo_code no_memory(artrepo_error *error) {
    return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for the outputs");
}

artrepo_outputs *ar_outputs_new(void) {
    return calloc(1, sizeof(artrepo_outputs));
}

void artrepo_outputs_free(artrepo_outputs *outputs) {
    if (outputs == NULL) {
        return;
    }
    for (size_t i = 0; i < outputs->count; i++) {
        artrepo_artifact_free(outputs->items[i]);
    }
    free(outputs->items);
    free(outputs);
}

size_t artrepo_outputs_count(const artrepo_outputs *outputs) {
    return outputs->count;
}

const artrepo_artifact *artrepo_outputs_artifact(const artrepo_outputs *outputs, size_t index) {
    return outputs->items[index];
}

static bool has_key(const artrepo_location *location) {
    return location != NULL && location->key != NULL && location->key[0] != '\0';
}

/* The artifact's own location, or one of the repository's kind, with the key that was used. */
static artrepo_location *reported_location(const artrepo_artifact *artifact,
                                           const artrepo_location *location, artrepo_error *error) {
    const artrepo_location *own = artifact->location;
    bool keep = has_key(own) || (own != NULL && ar_location_is_complete(own));
    artrepo_location *made =
        keep ? ar_location_copy(own)
             : ar_location_new(location->name, ar_value_new(AR_VALUE_OBJECT, NULL));
    if (made == NULL) {
        no_memory(error);
        return NULL;
    }
    if (has_key(location) && made->kind->key_field != NULL &&
        ar_location_set_key(made, location->key, error) != ARTREPO_OK) {
        artrepo_location_free(made);
        return NULL;
    }
    return made;
}

artrepo_code ar_outputs_add(artrepo_outputs *outputs, const artrepo_artifact *artifact,
                            const artrepo_location *location, artrepo_error *error) {
    artrepo_artifact **items =
        reallocarray(outputs->items, outputs->count + 1, sizeof(artrepo_artifact *));
    if (items == NULL) {
        return no_memory(error);
    }
    outputs->items = items;
    artrepo_error failure = ARTREPO_ERROR_INIT;
    artrepo_location *reported = reported_location(artifact, location, &failure);
    artrepo_artifact *copy = reported == NULL ? NULL : ar_artifact_copy(artifact);
    if (copy == NULL) {
        artrepo_location_free(reported);
        if (failure.code == ARTREPO_OK) {
            return no_memory(error);
        }
        if (error != NULL) {
            *error = failure;
        }
        return failure.code;
    }
    artrepo_artifact_set_location(copy, reported);
    items[outputs->count++] = copy;
    return ARTREPO_OK;
}

static artrepo_code append(ar_buffer *json, const artrepo_artifact *artifact, bool first,
                           artrepo_error *error) {
    char *text = NULL;
    artrepo_code code = artrepo_artifact_to_json(artifact, &text, error);
    if (code == ARTREPO_OK &&
        !(ar_buffer_append_text(json, first ? "" : ",") && ar_buffer_append_text(json, text))) {
        code = no_memory(error);
    }
    free(text);
    return code;
}

artrepo_code artrepo_outputs_to_json(const artrepo_outputs *outputs, char **text,
                                     artrepo_error *error) {
    ar_buffer json = AR_BUFFER_INIT;
    bool fits = ar_buffer_append_text(&json, "{\"outputs\":{\"artifacts\":[");
    artrepo_code code = ARTREPO_OK;
    for (size_t i = 0; code == ARTREPO_OK && fits && i < outputs->count; i++) {
        code = append(&json, outputs->items[i], i == 0, error);
    }
    fits = fits && ar_buffer_append_text(&json, "]}}");
    char *made = code == ARTREPO_OK && fits ? ar_buffer_steal(&json) : NULL;
    ar_buffer_free(&json);
    if (code == ARTREPO_OK && made == NULL) {
        code = no_memory(error);
    }
    if (code == ARTREPO_OK) {
        *text = made;
    }
    return code;
}
