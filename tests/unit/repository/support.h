/* What the tests of this floor share: a log that is kept, texts as configurations. */
#ifndef TEST_UNIT_REPOSITORY_SUPPORT_H
#define TEST_UNIT_REPOSITORY_SUPPORT_H

#include "unit/base/unit.h"

#include <artrepo/repository.h>

typedef struct kept_log {
    char text[8192]; /* a line for each record: "message name=value name=value" */
    size_t size;
} kept_log;

static inline void keep_record(void *data, const artrepo_log_record *record) {
    kept_log *log = data;
    for (size_t i = 0; i <= record->field_count; i++) {
        const char *name = i == 0 ? "" : record->fields[i - 1].name;
        const char *value = i == 0 ? record->message : record->fields[i - 1].value;
        int length = snprintf(log->text + log->size, sizeof log->text - log->size, "%s%s%s%s",
                              i == 0 ? "" : " ", name, i == 0 ? "" : "=", value);
        log->size += (size_t)length < sizeof log->text - log->size ? (size_t)length : 0;
    }
    snprintf(log->text + log->size, sizeof log->text - log->size, "\n");
    log->size += strlen(log->text + log->size);
}

/* An operation that keeps what is logged from LEVEL on, and does not wait long between attempts. */
static inline artrepo_operation *new_operation(kept_log *log, artrepo_log_level level) {
    static const artrepo_retry_policy quick = {
        .steps = 4, .duration_ms = 1, .factor = 1, .jitter = 0};
    artrepo_operation *operation = artrepo_operation_new();
    assert_non_null(operation);
    artrepo_operation_set_retry(operation, &quick);
    if (log != NULL) {
        *log = (kept_log){.size = 0};
        artrepo_operation_set_log(operation, level, keep_record, log);
    }
    return operation;
}

static inline artrepo_configuration *parse_configuration(const char *text) {
    artrepo_configuration *configuration = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_configuration_parse(text, strlen(text), "repo.yaml", NULL, NULL,
                                          &configuration, &error),
              error);
    return configuration;
}

static inline artrepo_artifact *parse_artifact(const char *text) {
    artrepo_artifact *artifact = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_ok(artrepo_artifact_parse(text, strlen(text), "artifact.yaml", NULL, &artifact, &error),
              error);
    return artifact;
}

#endif
