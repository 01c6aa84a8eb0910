/* The settings of a configuration, one by one, with nothing secret shown. */
#include "repository/configuration.h"

#include <string.h>

#include "base/buffer.h"

#define HIDDEN "(hidden)"

typedef struct settings_walk {
    artrepo_setting_callback *callback;
    void *data;
} settings_walk;

static void show(const settings_walk *walk, const char *name, const ar_value *value,
                 const ar_field *field);

static bool contains_ignoring_case(const char *text, const char *part) {
    return strcasestr(text, part) != NULL;
}

/* Of drivers that we know nothing about we only see the names. */
static bool sounds_secret(const char *name) {
    const char *last = strrchr(name, '.');
    last = last == NULL ? name : last + 1;
    return contains_ignoring_case(last, "password") || contains_ignoring_case(last, "secret") ||
           contains_ignoring_case(last, "token") || contains_ignoring_case(last, "credential");
}

static bool is_selector(const ar_value *value) {
    return value->kind == AR_VALUE_OBJECT && ar_value_find_text(value, "name") != NULL &&
           ar_value_find_text(value, "key") != NULL && value->count <= 3;
}

static void show_selector(const settings_walk *walk, const char *name, const ar_value *value) {
    ar_buffer text = AR_BUFFER_INIT;
    if (ar_buffer_printf(&text, "%s/%s", ar_value_find_text(value, "name"),
                         ar_value_find_text(value, "key"))) {
        int line = ar_value_get(value, "key")->line;
        walk->callback(walk->data, name, text.data, line);
    }
    ar_buffer_free(&text);
}

/* FIELD is that of VALUE, and of each of its elements when it is an array; NULL: not known. */
static void show_members(const settings_walk *walk, const char *name, const ar_value *value,
                         const ar_field *field) {
    const ar_field *fields = field == NULL ? NULL : field->fields;
    for (size_t i = 0; i < value->count; i++) {
        const ar_member *member = &value->members[i];
        ar_buffer path = AR_BUFFER_INIT;
        bool made = member->name == NULL ? ar_buffer_printf(&path, "%s[%zu]", name, i)
                                         : ar_buffer_printf(&path, "%s.%s", name, member->name);
        if (made) {
            show(walk, path.data, member->value,
                 member->name == NULL ? field : ar_schema_find(fields, member->name));
        }
        ar_buffer_free(&path);
    }
}

/* Of a URL without its user and password, and what stands behind its "?", which may be a signature.
 */
static bool append_bare_url(ar_buffer *text, const char *url, const char *host) {
    const char *at = memrchr(host, '@', strcspn(host, "/?#"));
    const char *rest = at == NULL ? host : at;
    size_t length = strcspn(rest, "?");
    return ar_buffer_append(text, url, (size_t)(host - url)) &&
           (at == NULL || ar_buffer_append_text(text, HIDDEN)) &&
           ar_buffer_append(text, rest, length) &&
           (rest[length] == '\0' || ar_buffer_append_text(text, "?" HIDDEN));
}

static void show_text(const settings_walk *walk, const char *name, const ar_value *value) {
    const char *scheme = strstr(value->text, "://");
    if (scheme == NULL) {
        walk->callback(walk->data, name, value->text, value->line);
        return;
    }
    ar_buffer text = AR_BUFFER_INIT;
    if (append_bare_url(&text, value->text, scheme + 3)) {
        walk->callback(walk->data, name, text.data, value->line);
    }
    ar_buffer_free(&text);
}

static void show(const settings_walk *walk, const char *name, const ar_value *value,
                 const ar_field *field) {
    switch (value->kind) {
    case AR_VALUE_NULL:
        return;
    case AR_VALUE_ARRAY:
    case AR_VALUE_OBJECT:
        if (is_selector(value)) {
            show_selector(walk, name, value);
        } else {
            show_members(walk, name, value, field);
        }
        return;
    default: {
        bool hidden = field != NULL ? field->sensitive : sounds_secret(name);
        if (hidden) {
            walk->callback(walk->data, name, HIDDEN, value->line);
        } else {
            show_text(walk, name, value);
        }
        return;
    }
    }
}

static const ar_field *find_field(const ar_kind *kind, const char *name) {
    const ar_field *field = ar_schema_find(kind->fields, name);
    return field != NULL ? field : ar_schema_find(kind->scheme_fields, name);
}

void artrepo_configuration_each(const artrepo_configuration *configuration,
                                artrepo_setting_callback *callback, void *data) {
    const settings_walk walk = {callback, data};
    const artrepo_location *location = configuration->location;
    callback(data, "archiveLogs", configuration->archive_logs ? "true" : "false",
             configuration->archive_logs_line);
    for (size_t i = 0; i < configuration->repository->count; i++) {
        const ar_member *member = &configuration->repository->members[i];
        ar_buffer path = AR_BUFFER_INIT;
        if (ar_buffer_printf(&path, "%s.%s", location->name, member->name)) {
            show(&walk, path.data, member->value, find_field(location->kind, member->name));
        }
        ar_buffer_free(&path);
    }
    if (configuration->key_format_is_default) {
        /* Of a URL's location the format holds the URL, too. */
        const char *format =
            location->kind->url_field != NULL ? AR_DEFAULT_KEY_FORMAT : configuration->key_format;
        ar_buffer path = AR_BUFFER_INIT;
        if (ar_buffer_printf(&path, "%s.%s", location->name, location->kind->format_field)) {
            callback(data, path.data, format, 0);
        }
        ar_buffer_free(&path);
    }
}
