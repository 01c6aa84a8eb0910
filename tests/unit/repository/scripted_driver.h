/* A driver that fails as a test tells it to. */
#ifndef TEST_UNIT_REPOSITORY_SCRIPTED_DRIVER_H
#define TEST_UNIT_REPOSITORY_SCRIPTED_DRIVER_H

#include "unit/repository/support.h"

#include "repository/layer.h"

/* What the driver holds, how often and how it fails, and what it was asked. */
typedef struct script {
    const char *content;          /* of the object */
    const char *replaced_content; /* what it is from the second attempt on; NULL: the same */
    bool has_versions;
    int failures;            /* attempts that fail, before one succeeds */
    size_t bytes_before;     /* moved by an attempt that fails */
    artrepo_code code;       /* how it fails; OK stands for transient */
    artrepo_code says;       /* and what its error says of that; OK stands for the same */
    bool by_descriptor;      /* get writes to the sink's descriptor when there is one */
    bool breaks_at_end;      /* get fails behind the last byte */
    const char *const *keys; /* to list; NULL at the end */
    size_t keys_before;      /* listed by an attempt that fails */

    int attempts;
    char asked[1024]; /* "get 0 -1 -;get 5 -1 v1;" */
    char stored[64];  /* what the last put that succeeded made */
} script;

static script the_script;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *format, ...) {
    size_t length = strlen(the_script.asked);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(the_script.asked + length, sizeof the_script.asked - length, format, arguments);
    va_end(arguments);
}

static bool fails_now(void) {
    return the_script.attempts++ < the_script.failures;
}

static artrepo_code fail_as_told(artrepo_error *error) {
    artrepo_code code = the_script.code == ARTREPO_OK ? ARTREPO_TRANSIENT : the_script.code;
    artrepo_error_set(error, the_script.says == ARTREPO_OK ? code : the_script.says,
                      "connection reset");
    return code;
}

static artrepo_code scripted_stat(void *state, const char *key, artrepo_object *object,
                                  artrepo_operation *operation, artrepo_error *error) {
    (void)state;
    (void)operation;
    note("stat %s;", key);
    if (fails_now()) {
        return fail_as_told(error);
    }
    object->size = (int64_t)strlen(the_script.content);
    return ARTREPO_OK;
}

static artrepo_code give(artrepo_sink *sink, const char *text, size_t size, artrepo_error *error) {
    if (the_script.by_descriptor && sink->descriptor >= 0) {
        return write(sink->descriptor, text, size) == (ssize_t)size ? ARTREPO_OK : ARTREPO_IO;
    }
    for (size_t i = 0; i < size; i++) { /* the smallest pieces there are */
        artrepo_code code = artrepo_sink_write(sink, text + i, 1, error);
        if (code != ARTREPO_OK) {
            return code;
        }
    }
    return ARTREPO_OK;
}

static artrepo_code scripted_get(void *state, const char *key, const artrepo_range *range,
                                 artrepo_sink *sink, artrepo_object *object,
                                 artrepo_operation *operation, artrepo_error *error) {
    (void)state;
    (void)key;
    (void)operation;
    note("get %d %d %s%s;", (int)range->offset, (int)range->length,
         range->version == NULL ? "-" : range->version, sink->descriptor >= 0 ? " descriptor" : "");
    bool replaced = the_script.attempts > 0 && the_script.replaced_content != NULL;
    const char *content = replaced ? the_script.replaced_content : the_script.content;
    const char *version = !the_script.has_versions ? "" : replaced ? "v2" : "v1";
    bool fails = fails_now();
    if (range->version != NULL && strcmp(range->version, version) != 0) {
        return artrepo_error_set(error, ARTREPO_IO, "another version");
    }
    object->size = (int64_t)strlen(content);
    strcpy(object->version, version);
    size_t size = strlen(content) - (size_t)range->offset;
    if (range->length >= 0 && (size_t)range->length < size) {
        size = (size_t)range->length;
    }
    size_t moved = !fails || the_script.breaks_at_end ? size : the_script.bytes_before;
    artrepo_code code = give(sink, content + range->offset, moved, error);
    return code == ARTREPO_OK && fails ? fail_as_told(error) : code;
}

static artrepo_code scripted_put(void *state, const char *key, artrepo_source *source,
                                 const artrepo_put_options *options, artrepo_object *object,
                                 artrepo_operation *operation, artrepo_error *error) {
    (void)state;
    (void)options;
    (void)object;
    (void)operation;
    note("put %s;", key);
    bool fails = fails_now();
    char content[64] = "";
    size_t got = 0;
    size_t wanted = fails ? the_script.bytes_before : sizeof content - 1;
    artrepo_code code = artrepo_source_read_full(source, content, wanted, &got, error);
    if (code != ARTREPO_OK) {
        return code;
    }
    if (fails) {
        return fail_as_told(error);
    }
    memcpy(the_script.stored, content, sizeof content);
    return ARTREPO_OK;
}

static artrepo_code scripted_list(void *state, const char *prefix, artrepo_list_callback *callback,
                                  void *data, artrepo_operation *operation, artrepo_error *error) {
    (void)state;
    (void)operation;
    note("list %s;", prefix);
    bool fails = fails_now();
    for (size_t i = 0; the_script.keys[i] != NULL; i++) {
        if (fails && i == the_script.keys_before) {
            return fail_as_told(error);
        }
        artrepo_object object = {.key = the_script.keys[i]};
        artrepo_code code = callback(data, &object, error);
        if (code != ARTREPO_OK) {
            return code;
        }
    }
    return fails ? fail_as_told(error) : ARTREPO_OK;
}

static artrepo_code scripted_remove(void *state, const char *key, artrepo_operation *operation,
                                    artrepo_error *error) {
    (void)state;
    (void)operation;
    note("remove %s;", key);
    return fails_now() ? fail_as_told(error) : ARTREPO_OK;
}

static artrepo_code scripted_remove_many(void *state, const char *const *keys, size_t count,
                                         artrepo_operation *operation, artrepo_error *error) {
    (void)state;
    (void)operation;
    note("remove_many %s %zu;", keys[0], count);
    return fails_now() ? fail_as_told(error) : ARTREPO_OK;
}

static artrepo_driver scripted_driver = {
    .abi = ARTREPO_DRIVER_ABI,
    .size = sizeof(artrepo_driver),
    .name = "scripted",
    .stat = scripted_stat,
    .get = scripted_get,
    .put = scripted_put,
    .list = scripted_list,
    .remove = scripted_remove,
    .remove_many = scripted_remove_many,
};

static const ar_opened scripted = {.driver = &scripted_driver, .name = "scripted"};

#define ALL_CAPABILITIES                                                                           \
    (ARTREPO_CAN_LIST | ARTREPO_CAN_REMOVE | ARTREPO_CAN_RANGE | ARTREPO_CAN_PUT)

#endif
