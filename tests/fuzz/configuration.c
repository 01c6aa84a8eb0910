/* Repository files: what is read is written as JSON, and that is read as the same. Any JSON is read
 * as jansson has it, too. */
#include <artrepo/repository.h>

#include <jansson.h>

#include "fuzz.h"
#include "repository/document.h"

static artrepo_operation *quiet;

static void take_log(void *data, const artrepo_log_record *record) {
    (void)data;
    for (size_t i = 0; i < record->field_count; i++) {
        fuzz_check(record->fields[i].name != NULL && record->fields[i].value != NULL);
    }
}

static void take_setting(void *data, const char *name, const char *value, int line) {
    (void)data;
    fuzz_check(name != NULL && name[0] != '\0' && value != NULL && line >= 0);
}

static artrepo_code parse(const char *text, size_t size, const char *ref,
                          artrepo_configuration **configuration) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code =
        artrepo_configuration_parse(text, size, "file.yaml", ref, quiet, configuration, &error);
    fuzz_check_error(code, &error);
    fuzz_check(code == ARTREPO_OK || code == ARTREPO_INVALID || code == ARTREPO_NOT_FOUND ||
               code == ARTREPO_UNSUPPORTED || code == ARTREPO_REFUSED_UNSAFE);
    return code;
}

static void check_location(const artrepo_configuration *configuration) {
    char *text = NULL, *again = NULL;
    artrepo_configuration *second = NULL;
    const artrepo_location *location = artrepo_configuration_location(configuration);
    fuzz_check(location != NULL && artrepo_location_kind(location) != NULL);
    if (artrepo_location_to_json(location, &text, NULL) != ARTREPO_OK) {
        return;
    }
    fuzz_check(parse(text, strlen(text), NULL, &second) == ARTREPO_OK);
    location = artrepo_configuration_location(second);
    fuzz_check(artrepo_location_to_json(location, &again, NULL) == ARTREPO_OK);
    fuzz_check(strcmp(text, again) == 0);
    free(again);
    free(text);
    artrepo_configuration_free(second);
}

static void check_locating(const artrepo_configuration *configuration) {
    artrepo_artifact *artifact = NULL;
    artrepo_location *location = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    fuzz_check(artrepo_artifact_new("a", "/tmp/a", &artifact, NULL) == ARTREPO_OK);
    artrepo_code code =
        artrepo_configuration_locate(configuration, artifact, NULL, &location, &error);
    fuzz_check_error(code, &error);
    artrepo_location_free(location);
    artrepo_artifact_free(artifact);
}

/* ---- JSON ---- */

static void check_same(const json_t *json, const ar_value *value);

static void check_same_members(json_t *json, const ar_value *value) {
    const char *name;
    json_t *member;
    fuzz_check(value->kind == AR_VALUE_OBJECT && value->count == json_object_size(json));
    json_object_foreach(json, name, member) {
        check_same(member, ar_value_get(value, name));
    }
}

static void check_same(const json_t *json, const ar_value *value) {
    fuzz_check(value != NULL);
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        check_same_members((json_t *)(uintptr_t)json, value);
        break;
    case JSON_ARRAY:
        fuzz_check(value->kind == AR_VALUE_ARRAY && value->count == json_array_size(json));
        for (size_t i = 0; i < value->count; i++) {
            check_same(json_array_get(json, i), value->members[i].value);
        }
        break;
    case JSON_STRING:
        fuzz_check(value->kind == AR_VALUE_STRING);
        fuzz_check(strcmp(value->text, json_string_value(json)) == 0);
        break;
    case JSON_INTEGER:
    case JSON_REAL:
        fuzz_check(value->kind == AR_VALUE_NUMBER);
        break;
    case JSON_NULL:
        fuzz_check(value->kind == AR_VALUE_NULL);
        break;
    default:
        fuzz_check(value->kind == AR_VALUE_BOOL);
        fuzz_check(strcmp(value->text, json_is_true(json) ? "true" : "false") == 0);
        break;
    }
}

static void check_json(const char *text, size_t size) {
    const ar_origin origin = {.file_name = "file"};
    json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    ar_value *value = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    /* jansson takes a NUL behind a number for the number's end. */
    if (json == NULL || memchr(text, '\0', size) != NULL) {
        json_decref(json);
        return;
    }
    if (ar_document_parse(text, size, &origin, &value, &error) == ARTREPO_OK) {
        check_same(json, value);
    } else {
        fuzz_check(strstr(error.message, "more than") != NULL ||
                   strstr(error.message, "larger than"));
    }
    ar_value_free(value);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (quiet == NULL) {
        quiet = artrepo_operation_new();
        artrepo_operation_set_log(quiet, ARTREPO_LOG_DEBUG, take_log, NULL);
    }
    check_json((const char *)data, size);
    artrepo_configuration *configuration = NULL;
    if (parse((const char *)data, size, NULL, &configuration) == ARTREPO_OK) {
        artrepo_configuration_each(configuration, take_setting, NULL);
        check_location(configuration);
        check_locating(configuration);
        artrepo_configuration_free(configuration);
    }
    configuration = NULL;
    if (parse((const char *)data, size, "minio", &configuration) == ARTREPO_OK) {
        artrepo_configuration_free(configuration);
    }
    return 0;
}
