/* The verbs of a repository or of the bare driver below it, and what cases say about them. */
#include "suite.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

bool suite_can(const suite *s, unsigned capabilities) {
    unsigned can = s->driver->capabilities;
    can |= s->driver->remove_many == NULL ? 0 : CAN_REMOVE_MANY;
    return (can & capabilities) == capabilities;
}

bool suite_holds(const suite *s, unsigned limit) {
    return (s->facts->limits & limit) == 0;
}

const char *key_of(const suite *s, const char *format, ...) {
    enum { KEYS = 16 };
    static _Thread_local char keys[KEYS][2048];
    static _Thread_local unsigned next;
    char *key = keys[next++ % KEYS];
    int length = snprintf(key, sizeof keys[0], "%s", s->prefix);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(key + length, sizeof keys[0] - (size_t)length, format, arguments);
    va_end(arguments);
    return key;
}

/* ---- verbs ---- */

artrepo_code do_stat(const suite *s, const char *key, artrepo_object *object,
                     artrepo_operation *operation, artrepo_error *error) {
    if (s->bare) {
        *object = (artrepo_object){.size = -1};
        return s->driver->stat(s->state, key, object, operation, error);
    }
    return artrepo_repository_stat(s->repository, key, object, operation, error);
}

artrepo_code do_get(const suite *s, const char *key, artrepo_range range, artrepo_sink *sink,
                    artrepo_object *object, artrepo_operation *operation, artrepo_error *error) {
    artrepo_object ignored = {.size = -1};
    object = object == NULL ? &ignored : object;
    return s->bare
               ? s->driver->get(s->state, key, &range, sink, object, operation, error)
               : artrepo_repository_get(s->repository, key, &range, sink, object, operation, error);
}

artrepo_code do_put(const suite *s, const char *key, artrepo_source *source,
                    const char *content_type, artrepo_object *object, artrepo_operation *operation,
                    artrepo_error *error) {
    artrepo_object ignored = {.size = -1};
    artrepo_put_options options = {content_type};
    object = object == NULL ? &ignored : object;
    return s->bare ? s->driver->put(s->state, key, source, &options, object, operation, error)
                   : artrepo_repository_put(s->repository, key, source, &options, object, operation,
                                            error);
}

artrepo_code do_list(const suite *s, const char *prefix, artrepo_list_callback *callback,
                     void *data, artrepo_operation *operation, artrepo_error *error) {
    return s->bare
               ? s->driver->list(s->state, prefix, callback, data, operation, error)
               : artrepo_repository_list(s->repository, prefix, callback, data, operation, error);
}

artrepo_code do_remove(const suite *s, const char *key, artrepo_operation *operation,
                       artrepo_error *error) {
    return s->bare ? s->driver->remove(s->state, key, operation, error)
                   : artrepo_repository_remove(s->repository, key, operation, error);
}

/* ---- what cases say ---- */

void check_failure(const char *call, artrepo_code code, artrepo_code expected, const char *words,
                   const artrepo_error *error) {
    if (code != expected || error->code != code) {
        fail_msg("%s: %s (and %s in the error) instead of %s: %s", call, artrepo_code_name(code),
                 artrepo_code_name(error->code), artrepo_code_name(expected), error->message);
    }
    if (error->message[0] == '\0' || strpbrk(error->message, "\r\n") != NULL) {
        fail_msg("%s: the message is not one line: '%s'", call, error->message);
    }
    if (strstr(error->message, words) == NULL) {
        fail_msg("%s: no '%s' in the message: %s", call, words, error->message);
    }
}

void check_refusal(const suite *s, const char *key, artrepo_code code, const artrepo_error *error) {
    bool clear = code == ARTREPO_INVALID || code == ARTREPO_UNSUPPORTED ||
                 (code != ARTREPO_OK && !suite_holds(s, LIMIT_REASONS));
    if (!clear) {
        artrepo_error shown = ARTREPO_ERROR_INIT; /* makes control characters harmless */
        artrepo_error_set(&shown, ARTREPO_INVALID, "%s", key);
        fail_msg("'%s' is not refused: %s: %s", shown.message, artrepo_code_name(code),
                 error->message);
    }
    check_failure("what cannot be held", code, code, "", error);
}

void put_content(const suite *s, const char *key, content what) {
    content_source source = content_source_of(what);
    artrepo_object object;
    assert_ok(do_put(s, key, &source.base, NULL, &object, s->operation, error));
    assert_int_equal(object.size, what.size);
}

void assert_holds(const suite *s, const char *key, content what) {
    content_sink sink = content_sink_of(what.seed, 0);
    artrepo_object object;
    artrepo_range all = {0, -1, NULL};
    assert_ok(do_get(s, key, all, &sink.base, &object, s->operation, error));
    if (sink.wrong || sink.taken != what.size) {
        fail_msg("'%s' holds %lld bytes%s instead of %lld", key, (long long)sink.taken,
                 sink.wrong ? " that are not its own" : "", (long long)what.size);
    }
    assert_true(object.size == what.size || object.size == -1);
}

void assert_missing(const suite *s, const char *key) {
    artrepo_object object;
    content_sink sink = content_sink_of(0, 0);
    artrepo_range all = {0, -1, NULL};
    assert_fails(ARTREPO_NOT_FOUND, "", do_stat(s, key, &object, s->operation, error));
    assert_fails(ARTREPO_NOT_FOUND, "",
                 do_get(s, key, all, &sink.base, &object, s->operation, error));
    assert_int_equal(sink.taken, 0);
}

artrepo_operation *new_operation(void) {
    artrepo_operation *operation = artrepo_operation_new();
    assert_non_null(operation);
    artrepo_retry_policy policy = {.steps = 3, .duration_ms = 20, .factor = 2, .jitter = 0};
    artrepo_operation_set_retry(operation, &policy);
    return operation;
}

void sleep_ms(int64_t milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (nanosleep(&time, &time) != 0) {
    }
}

int64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}
