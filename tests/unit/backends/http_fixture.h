/* The http and artifactory drivers, opened on a scripted server with settings in JSON. */
#ifndef TESTS_UNIT_BACKENDS_HTTP_FIXTURE_H
#define TESTS_UNIT_BACKENDS_HTTP_FIXTURE_H

#include "unit/http/scripted_server.h"

#include <artrepo/driver.h>
#include <jansson.h>

#include "base/settings.h"
#include "web/driver.h"

typedef struct web_fixture {
    scripted_server server;
    ar_value *root;
    char secrets[64];
    struct artrepo_driver_settings settings;
    const artrepo_driver *driver;
    void *state;
    artrepo_operation *operation;
    artrepo_error failure;
    artrepo_object object;
} web_fixture;

static inline ar_value *web_value(const json_t *json) {
    ar_value *value;
    if (json_is_object(json)) {
        const char *name;
        const json_t *member;
        value = ar_value_new(AR_VALUE_OBJECT, NULL);
        json_object_foreach((json_t *)(uintptr_t)json, name, member) {
            assert_true(ar_value_put(value, name, web_value(member)));
        }
    } else if (json_is_array(json)) {
        value = ar_value_new(AR_VALUE_ARRAY, NULL);
        for (size_t i = 0; i < json_array_size(json); i++) {
            assert_true(ar_value_put(value, NULL, web_value(json_array_get(json, i))));
        }
    } else if (json_is_integer(json)) {
        char text[32];
        snprintf(text, sizeof text, "%lld", (long long)json_integer_value(json));
        value = ar_value_new(AR_VALUE_NUMBER, text);
    } else {
        value = ar_value_new(AR_VALUE_STRING, json_string_value(json));
    }
    assert_non_null(value);
    return value;
}

/* JSON with "'" for '"', "@" for the server's address, and "~" for "@". */
static inline ar_value *web_settings(const char *text, const char *address) {
    ar_buffer made = AR_BUFFER_INIT;
    for (; *text != '\0'; text++) {
        assert_true(*text == '@'    ? ar_buffer_append_text(&made, address)
                    : *text == '~'  ? ar_buffer_append_char(&made, '@')
                    : *text == '\'' ? ar_buffer_append_char(&made, '"')
                                    : ar_buffer_append_char(&made, *text));
    }
    json_t *json = json_loads(made.data, 0, NULL);
    assert_non_null(json);
    ar_value *value = web_value(json);
    json_decref(json);
    ar_buffer_free(&made);
    return value;
}

/* A secret NAME/KEY. */
static inline void web_secret(web_fixture *f, const char *name, const char *text) {
    char path[128];
    if (f->secrets[0] == '\0') {
        snprintf(f->secrets, sizeof f->secrets, "%s", scratch_directory());
    }
    snprintf(path, sizeof path, "%s/s", f->secrets);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/s/%s", f->secrets, name);
    write_file(path, text, strlen(text), 0600);
}

/* Only the server: settings and secrets may be made before web_open(). */
static inline void web_start(web_fixture *f, scripted_answer *answer, void *data) {
    memset(f, 0, sizeof *f);
    scripted_start(&f->server, answer, data);
    f->driver = &artrepo_driver_http;
    f->operation = artrepo_operation_new();
    artrepo_retry_policy policy = {.steps = 4, .duration_ms = 1, .factor = 1, .jitter = 0};
    artrepo_operation_set_retry(f->operation, &policy);
}

static inline artrepo_code web_try_open(web_fixture *f, const char *settings) {
    ar_value_free(f->root);
    f->root = web_settings(settings, f->server.address);
    f->settings = (struct artrepo_driver_settings){f->root, f->driver->name,
                                                   f->secrets[0] == '\0' ? "/nowhere" : f->secrets};
    f->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    return f->driver->open(&f->settings, f->operation, &f->state, &f->failure);
}

static inline void web_open(web_fixture *f, const char *settings) {
    if (web_try_open(f, settings) != ARTREPO_OK) {
        fail_msg("open: %s", f->failure.message);
    }
}

static inline void web_stop(web_fixture *f) {
    if (f->state != NULL) {
        f->driver->close(f->state);
    }
    scripted_stop(&f->server);
    artrepo_operation_free(f->operation);
    ar_value_free(f->root);
    if (f->secrets[0] != '\0') {
        remove_scratch(f->secrets);
    }
}

/* ---- verbs ---- */

/* A range of the object, as text in a static buffer. */
static inline artrepo_code web_get_range(web_fixture *f, const char *key, int64_t offset,
                                         int64_t length, const char *version, ar_buffer *data) {
    artrepo_sink *sink = NULL;
    artrepo_range range = {offset, length, version};
    size_t size = 0;
    f->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    assert_int_equal(artrepo_sink_open_memory((size_t)64 << 20, &sink, NULL), ARTREPO_OK);
    artrepo_code code =
        f->driver->get(f->state, key, &range, sink, &f->object, f->operation, &f->failure);
    const void *bytes = artrepo_sink_memory(sink, &size);
    ar_buffer_clear(data);
    assert_true(ar_buffer_append_text(data, ""));
    if (size > 0) {
        assert_true(ar_buffer_append(data, bytes, size));
    }
    artrepo_sink_close(sink);
    assert_int_equal(code, f->failure.code);
    return code;
}

static inline artrepo_code web_get(web_fixture *f, const char *key, ar_buffer *data) {
    return web_get_range(f, key, 0, -1, NULL, data);
}

static inline artrepo_code web_stat(web_fixture *f, const char *key) {
    f->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    return f->driver->stat(f->state, key, &f->object, f->operation, &f->failure);
}

/* SIZE bytes that are told from their neighbours, of a source that says its size or does not, and
 * can be rewound or not. */
typedef struct web_stream {
    artrepo_source base;
    size_t size, position;
    int rewinds;
} web_stream;

static inline char web_byte(size_t position) {
    return (char)('a' + (position * 7 + position / 1000) % 26);
}

static inline artrepo_code web_stream_read(artrepo_source *base, void *buffer, size_t capacity,
                                           size_t *got, artrepo_error *error) {
    (void)error;
    web_stream *source = (web_stream *)base;
    size_t left = source->size - source->position;
    *got = left < capacity ? left : capacity;
    for (size_t i = 0; i < *got; i++) {
        ((char *)buffer)[i] = web_byte(source->position + i);
    }
    source->position += *got;
    return ARTREPO_OK;
}

static inline artrepo_code web_stream_rewind(artrepo_source *base, artrepo_error *error) {
    (void)error;
    web_stream *source = (web_stream *)base;
    source->position = 0;
    source->rewinds++;
    return ARTREPO_OK;
}

static inline web_stream web_make_stream(size_t size, bool known, bool rewindable) {
    static const artrepo_source_functions once = {web_stream_read, NULL, NULL};
    static const artrepo_source_functions again = {web_stream_read, web_stream_rewind, NULL};
    return (web_stream){{rewindable ? &again : &once, known ? (int64_t)size : -1, -1}, size, 0, 0};
}

static inline artrepo_code web_put(web_fixture *f, const char *key, web_stream *source) {
    artrepo_put_options options = {NULL};
    f->failure = (artrepo_error)ARTREPO_ERROR_INIT;
    return f->driver->put(f->state, key, &source->base, &options, &f->object, f->operation,
                          &f->failure);
}

static inline bool web_is_stream(const char *data, size_t size, size_t expected) {
    for (size_t i = 0; i < size; i++) {
        if (data[i] != web_byte(i)) {
            return false;
        }
    }
    return size == expected;
}

static inline bool web_is(const scripted_request *request, const char *start) {
    return strncmp(request->head, start, strlen(start)) == 0;
}

#define assert_says(f, words)                                                                      \
    do {                                                                                           \
        if (strstr((f)->failure.message, words) == NULL) {                                         \
            fail_msg("'%s' is not in: %s", words, (f)->failure.message);                           \
        }                                                                                          \
    } while (0)

#endif
