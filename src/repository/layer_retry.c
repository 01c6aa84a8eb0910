/* Trying again: whatever can be repeated without doing anything twice. */
#include "repository/layer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/retry.h"
#include "repository/counting.h"

enum { MAX_WHAT = 512 };

static void describe(char *what, const char *verb, const char *key) {
    snprintf(what, MAX_WHAT, "%s '%s'", verb, key);
}

static void clear(artrepo_object *object) {
    *object = (artrepo_object){.size = -1};
}

/* Sees to it that ERROR says what CODE says, whatever the driver left there. */
static artrepo_code settle(const ar_opened *opened, const char *what, artrepo_code code,
                           artrepo_error *error) {
    if (code == ARTREPO_OK || (error->code == code && error->message[0] != '\0')) {
        return code;
    }
    if (error->message[0] == '\0') {
        return artrepo_error_set(error, code, "%s: driver '%s' failed without a reason (%s)", what,
                                 opened->name, artrepo_code_name(code));
    }
    error->code = code;
    error->retryable = code == ARTREPO_TRANSIENT;
    return code;
}

/* What an attempt starts with. */
static artrepo_code begin(artrepo_operation *operation, artrepo_error *error) {
    *error = (artrepo_error)ARTREPO_ERROR_INIT;
    return artrepo_operation_check(operation, error);
}

/* ---- stat, remove ---- */

artrepo_code ar_retry_stat(const ar_opened *opened, const char *key, artrepo_object *object,
                           artrepo_operation *operation, artrepo_error *error) {
    char what[MAX_WHAT];
    describe(what, "stat", key);
    ar_retry retry = ar_retry_begin(operation);
    artrepo_code code;
    do {
        clear(object);
        code = begin(operation, error);
        if (code == ARTREPO_OK) {
            code = opened->driver->stat(opened->state, key, object, operation, error);
        }
        settle(opened, what, code, error);
    } while (code != ARTREPO_OK && ar_retry_again(&retry, what, error));
    return code == ARTREPO_OK ? code : error->code;
}

artrepo_code ar_retry_remove(const ar_opened *opened, const char *key, artrepo_operation *operation,
                             artrepo_error *error) {
    char what[MAX_WHAT];
    describe(what, "remove", key);
    ar_retry retry = ar_retry_begin(operation);
    artrepo_code code;
    do {
        code = begin(operation, error);
        if (code == ARTREPO_OK) {
            code = opened->driver->remove(opened->state, key, operation, error);
        }
        settle(opened, what, code, error);
    } while (code != ARTREPO_OK && ar_retry_again(&retry, what, error));
    return code == ARTREPO_OK ? code : error->code;
}

artrepo_code ar_retry_remove_many(const ar_opened *opened, const char *const *keys, size_t count,
                                  artrepo_operation *operation, artrepo_error *error) {
    char what[MAX_WHAT];
    snprintf(what, sizeof what, "remove %zu objects from '%s' on", count, keys[0]);
    ar_retry retry = ar_retry_begin(operation);
    artrepo_code code;
    do {
        code = begin(operation, error);
        if (code == ARTREPO_OK) {
            code = opened->driver->remove_many(opened->state, keys, count, operation, error);
        }
        settle(opened, what, code, error);
    } while (code != ARTREPO_OK && ar_retry_again(&retry, what, error));
    return code == ARTREPO_OK ? code : error->code;
}

/* ---- get ---- */

typedef struct get_attempts {
    const ar_opened *opened;
    const char *key;
    const artrepo_range *wanted;
    ar_counting_sink sink;
    bool exposed; /* the driver got the sink's descriptor, and may have written by it */
} get_attempts;

/* A descriptor can be handed on only when it is for the whole object and its file is empty: drivers
 * write at the offsets of the object. */
static bool may_expose(const artrepo_range *range, int descriptor) {
    return descriptor >= 0 && range->offset == 0 && range->length < 0 &&
           lseek(descriptor, 0, SEEK_END) == 0;
}

/* Undoes what an attempt wrote by the descriptor, behind our back. */
static bool start_over(int descriptor) {
    return ftruncate(descriptor, 0) == 0 && lseek(descriptor, 0, SEEK_SET) == 0;
}

/* Whether all was delivered already, so that nothing is left to ask for. */
static bool is_complete(const get_attempts *attempts) {
    const ar_counting_sink *sink = &attempts->sink;
    if (sink->delivered == 0) {
        return false;
    }
    return sink->delivered == attempts->wanted->length ||
           (sink->first.size >= 0 &&
            attempts->wanted->offset + sink->delivered >= sink->first.size);
}

static artrepo_code get_once(get_attempts *attempts, artrepo_object *object,
                             artrepo_operation *operation, artrepo_error *error) {
    ar_counting_sink *sink = &attempts->sink;
    artrepo_range range = *attempts->wanted;
    sink->skip = 0;
    if (sink->delivered > 0) { /* go on where it broke */
        bool can_range = (attempts->opened->driver->capabilities & ARTREPO_CAN_RANGE) != 0;
        sink->skip = can_range ? 0 : sink->delivered;
        range.offset += can_range ? sink->delivered : 0;
        range.length -= can_range && range.length >= 0 ? sink->delivered : 0;
        if (range.version == NULL && sink->first.version[0] != '\0') {
            range.version = sink->first.version;
        }
        sink->base.descriptor = -1;
    }
    clear(object);
    sink->current = object;
    return attempts->opened->driver->get(attempts->opened->state, attempts->key, &range,
                                         &sink->base, object, operation, error);
}

/* Whether another attempt could end well. */
static bool may_get_again(get_attempts *attempts) {
    const ar_counting_sink *sink = &attempts->sink;
    if (sink->failed) {
        return false;
    }
    if (sink->delivered == 0) {
        return !attempts->exposed || start_over(sink->base.descriptor);
    }
    /* Without ranges the beginning comes again, which must be provably the same. */
    return (attempts->opened->driver->capabilities & ARTREPO_CAN_RANGE) != 0 ||
           sink->first.version[0] != '\0';
}

artrepo_code ar_retry_get(const ar_opened *opened, const char *key, const artrepo_range *range,
                          artrepo_sink *sink, artrepo_object *object, artrepo_operation *operation,
                          artrepo_error *error) {
    char what[MAX_WHAT];
    describe(what, "get", key);
    get_attempts attempts = {.opened = opened, .key = key, .wanted = range};
    ar_counting_sink_init(&attempts.sink, sink, opened->counts_progress ? NULL : operation);
    if (may_expose(range, sink->descriptor)) {
        attempts.exposed = true;
        attempts.sink.base.descriptor = sink->descriptor;
    }
    ar_retry retry = ar_retry_begin(operation);
    artrepo_code code;
    do {
        code = begin(operation, error);
        if (code == ARTREPO_OK) {
            code = get_once(&attempts, object, operation, error);
        }
        settle(opened, what, code, error);
        if (code != ARTREPO_OK && error->retryable && !attempts.sink.failed &&
            is_complete(&attempts)) {
            *object = attempts.sink.first; /* it broke behind the last byte */
            return ARTREPO_OK;
        }
    } while (code != ARTREPO_OK && may_get_again(&attempts) && ar_retry_again(&retry, what, error));
    return code == ARTREPO_OK ? code : error->code;
}

/* ---- put ---- */

/* Whether the source is, or can be brought, back at its start. */
static bool may_put_again(const ar_opened *opened, const ar_counting_source *source,
                          artrepo_error *error) {
    if ((opened->driver->capabilities & ARTREPO_CAN_RETRY_PUT) != 0 || source->failed) {
        return false;
    }
    bool can = source->position == 0 || source->base.functions->rewind != NULL;
    if (!can && error->retryable) {
        size_t length = strlen(error->message);
        snprintf(error->message + length, sizeof error->message - length,
                 " (not tried again, since the source can be read once only)");
    }
    return can;
}

artrepo_code ar_retry_put(const ar_opened *opened, const char *key, artrepo_source *source,
                          const artrepo_put_options *options, artrepo_object *object,
                          artrepo_operation *operation, artrepo_error *error) {
    char what[MAX_WHAT];
    describe(what, "put", key);
    ar_counting_source counting;
    ar_counting_source_init(&counting, source, opened->counts_progress ? NULL : operation);
    ar_retry retry = ar_retry_begin(operation);
    artrepo_code code;
    do {
        code = begin(operation, error);
        if (code == ARTREPO_OK && counting.position > 0) {
            code = artrepo_source_rewind(&counting.base, error);
        }
        if (code == ARTREPO_OK) {
            clear(object);
            code = opened->driver->put(opened->state, key, &counting.base, options, object,
                                       operation, error);
        }
        settle(opened, what, code, error);
    } while (code != ARTREPO_OK && may_put_again(opened, &counting, error) &&
             ar_retry_again(&retry, what, error));
    return code == ARTREPO_OK ? code : error->code;
}

/* ---- list ---- */

typedef struct list_attempts {
    artrepo_list_callback *callback;
    void *data;
    ar_buffer last; /* the key that was delivered last */
    bool again;     /* keys up to LAST were delivered by an attempt before */
    bool ended;     /* the callback ended the listing */
} list_attempts;

static artrepo_code deliver(void *data, const artrepo_object *object, artrepo_error *error) {
    list_attempts *attempts = data;
    if (attempts->again && attempts->last.data != NULL &&
        strcmp(object->key, attempts->last.data) <= 0) {
        return ARTREPO_OK;
    }
    ar_buffer_clear(&attempts->last);
    if (!ar_buffer_append_text(&attempts->last, object->key)) {
        attempts->ended = true;
        return artrepo_error_set(error, ARTREPO_INTERNAL, "no memory to list");
    }
    artrepo_code code = attempts->callback(attempts->data, object, error);
    attempts->ended = code != ARTREPO_OK;
    return code;
}

artrepo_code ar_retry_list(const ar_opened *opened, const char *prefix,
                           artrepo_list_callback *callback, void *data,
                           artrepo_operation *operation, artrepo_error *error) {
    char what[MAX_WHAT];
    describe(what, "list", prefix);
    list_attempts attempts = {.callback = callback, .data = data, .last = AR_BUFFER_INIT};
    ar_retry retry = ar_retry_begin(operation);
    artrepo_code code;
    do {
        attempts.again = retry.attempts > 0;
        code = begin(operation, error);
        if (code == ARTREPO_OK) {
            code =
                opened->driver->list(opened->state, prefix, deliver, &attempts, operation, error);
        }
        settle(opened, what, code, error);
    } while (code != ARTREPO_OK && !attempts.ended && ar_retry_again(&retry, what, error));
    ar_buffer_free(&attempts.last);
    return code == ARTREPO_OK ? code : error->code;
}
