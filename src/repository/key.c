#include <artrepo/key.h>

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "repository/variables.h"

static const char white[] = " \t\r\n\v\f";

static const char *last_open(const char *tag, size_t length) {
    for (size_t i = length; i-- > 1;) {
        if (i + 1 < length && tag[i] == '{' && tag[i + 1] == '{') {
            return tag + i;
        }
    }
    return NULL;
}

/* The text of one tag. Like Argo, "{{a {{name}}" replaces the inner name. */
static bool append_tag(ar_buffer *key, const char *tag, size_t length,
                       const artrepo_variables *variables) {
    const char *name = tag;
    const char *end = tag + length;
    while (name < end && strchr(white, *name) != NULL) {
        name++;
    }
    while (end > name && strchr(white, end[-1]) != NULL) {
        end--;
    }
    const char *value = ar_variables_find(variables, name, (size_t)(end - name));
    if (value != NULL) {
        return ar_buffer_append_text(key, value);
    }
    const char *inner = last_open(tag, length);
    if (inner != NULL) {
        size_t inner_length = length - (size_t)(inner - tag) - 2;
        value = ar_variables_find(variables, inner + 2, inner_length);
    }
    if (value != NULL) {
        return ar_buffer_append_text(key, "{{") &&
               ar_buffer_append(key, tag, (size_t)(inner - tag)) &&
               ar_buffer_append_text(key, value);
    }
    return ar_buffer_append_text(key, "{{") && ar_buffer_append(key, tag, length) &&
           ar_buffer_append_text(key, "}}");
}

static artrepo_code expand(const char *format, const artrepo_variables *variables, ar_buffer *key,
                           artrepo_error *error) {
    const char *rest = format;
    const char *open;
    bool room = true;
    while (room && (open = strstr(rest, "{{")) != NULL) {
        const char *tag = open + 2;
        const char *close = strstr(tag, "}}");
        if (close == NULL) {
            return artrepo_error_set(error, ARTREPO_INVALID,
                                     "key format '%s' has a '{{' without a '}}'", format);
        }
        if (tag[0] == '=') {
            return artrepo_error_set(error, ARTREPO_UNSUPPORTED,
                                     "key format '%s' has an expression tag '{{%.*s}}'; Argo's "
                                     "controller evaluates those before an executor sees them, so "
                                     "put its result there",
                                     format, (int)(close - tag), tag);
        }
        room = ar_buffer_append(key, rest, (size_t)(open - rest)) &&
               append_tag(key, tag, (size_t)(close - tag), variables);
        rest = close + 2;
    }
    if (!room || !ar_buffer_append_text(key, rest)) {
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for key format '%s'", format);
    }
    return ARTREPO_OK;
}

artrepo_code artrepo_key_expand(const char *format, const artrepo_variables *variables, char **key,
                                artrepo_error *error) {
    ar_buffer text = AR_BUFFER_INIT;
    artrepo_code code = expand(format, variables, &text, error);
    if (code != ARTREPO_OK) {
        ar_buffer_free(&text);
        return code;
    }
    *key = ar_buffer_steal(&text);
    return *key != NULL
               ? ARTREPO_OK
               : artrepo_error_set(error, ARTREPO_INTERNAL, "no memory for key '%s'", format);
}
