/* Debug records of what is asked of the driver, and how it ended. */
#include "repository/layer.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/operation.h"

typedef struct verb_record {
    const ar_opened *opened;
    artrepo_operation *operation;
    const char *verb;
    const char *key;
    int64_t begin_ns;
} verb_record;

static verb_record start(const ar_opened *opened, const char *verb, const char *key,
                         artrepo_operation *operation) {
    return (verb_record){opened, operation, verb, key, ar_clock_now_ns()};
}

static artrepo_code finish(const verb_record *record, artrepo_code code,
                           const artrepo_error *error) {
    char duration[32];
    double seconds = (double)(ar_clock_now_ns() - record->begin_ns) / (double)AR_SECOND_NS;
    snprintf(duration, sizeof duration, "%.3fs", seconds);
    ar_log(record->operation, ARTREPO_LOG_DEBUG, "store operation", "driver", record->opened->name,
           "verb", record->verb, "key", record->key, "duration", duration, "error",
           code == ARTREPO_OK ? NULL : error->message, NULL);
    return code;
}

artrepo_code ar_logged_stat(const ar_opened *opened, const char *key, artrepo_object *object,
                            artrepo_operation *operation, artrepo_error *error) {
    verb_record record = start(opened, "stat", key, operation);
    return finish(&record, ar_retry_stat(opened, key, object, operation, error), error);
}

artrepo_code ar_logged_get(const ar_opened *opened, const char *key, const artrepo_range *range,
                           artrepo_sink *sink, artrepo_object *object, artrepo_operation *operation,
                           artrepo_error *error) {
    verb_record record = start(opened, "get", key, operation);
    return finish(&record, ar_retry_get(opened, key, range, sink, object, operation, error), error);
}

artrepo_code ar_logged_put(const ar_opened *opened, const char *key, artrepo_source *source,
                           const artrepo_put_options *options, artrepo_object *object,
                           artrepo_operation *operation, artrepo_error *error) {
    verb_record record = start(opened, "put", key, operation);
    return finish(&record, ar_retry_put(opened, key, source, options, object, operation, error),
                  error);
}

artrepo_code ar_logged_list(const ar_opened *opened, const char *prefix,
                            artrepo_list_callback *callback, void *data,
                            artrepo_operation *operation, artrepo_error *error) {
    verb_record record = start(opened, "list", prefix, operation);
    return finish(&record, ar_retry_list(opened, prefix, callback, data, operation, error), error);
}

artrepo_code ar_logged_remove(const ar_opened *opened, const char *key,
                              artrepo_operation *operation, artrepo_error *error) {
    verb_record record = start(opened, "remove", key, operation);
    return finish(&record, ar_retry_remove(opened, key, operation, error), error);
}

artrepo_code ar_logged_remove_many(const ar_opened *opened, const char *const *keys, size_t count,
                                   artrepo_operation *operation, artrepo_error *error) {
    verb_record record = start(opened, "remove many", keys[0], operation);
    return finish(&record, ar_retry_remove_many(opened, keys, count, operation, error), error);
}
