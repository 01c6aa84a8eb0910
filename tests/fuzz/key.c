/* Key formats and their tags, names of pods, addresses of locations. */
#include <artrepo/artifact.h>
#include <artrepo/key.h>

#include "fuzz.h"

static artrepo_variables *variables;

static void make_variables(void) {
    variables = artrepo_variables_new();
    fuzz_check(artrepo_variables_set(variables, "workflow.name", "wf", NULL) == ARTREPO_OK);
    fuzz_check(artrepo_variables_set(variables, "pod.name", "{{workflow.name}}", NULL) ==
               ARTREPO_OK);
    fuzz_check(artrepo_variables_set(variables, "workflow.parameters.x", "", NULL) == ARTREPO_OK);
    fuzz_check(artrepo_variables_set_creation_time(variables, 1749567489000, NULL) == ARTREPO_OK);
}

static void check_format(const char *format) {
    char *key = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code = artrepo_key_expand(format, variables, &key, &error);
    fuzz_check_error(code, &error);
    if (code != ARTREPO_OK) {
        fuzz_check(code == ARTREPO_INVALID || code == ARTREPO_UNSUPPORTED);
        fuzz_check(strstr(format, "{{") != NULL);
        return;
    }
    if (strstr(format, "{{") == NULL) {
        fuzz_check(strcmp(key, format) == 0);
    }
    free(key);
    /* Without any variables all tags are left as they stand. */
    fuzz_check(artrepo_key_expand(format, NULL, &key, NULL) == ARTREPO_OK);
    fuzz_check(strcmp(key, format) == 0);
    free(key);
}

static void check_names(const char *text) {
    char *name = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    fuzz_check_error(artrepo_pod_name("workflow", text, text, &name, &error), &error);
    free(name);
    name = NULL;
    error = (artrepo_error)ARTREPO_ERROR_INIT;
    fuzz_check_error(artrepo_node_id(text, text, &name, &error), &error);
    free(name);
}

/* What an artifact has it for, when it is written as JSON, is the same location. */
static void check_json(const artrepo_location *location) {
    char *text = NULL, *artifact_text = NULL, *again = NULL;
    artrepo_artifact *artifact = NULL;
    if (artrepo_location_to_json(location, &text, NULL) != ARTREPO_OK) {
        return;
    }
    fuzz_check(asprintf(&artifact_text, "{\"name\": \"a\", %s", text + 1) > 0);
    fuzz_check(artrepo_artifact_parse(artifact_text, strlen(artifact_text), "artifact", NULL,
                                      &artifact, NULL) == ARTREPO_OK);
    fuzz_check(artrepo_location_to_json(artrepo_artifact_location(artifact), &again, NULL) ==
               ARTREPO_OK);
    fuzz_check(strcmp(text, again) == 0);
    artrepo_artifact_free(artifact);
    free(again);
    free(artifact_text);
    free(text);
}

static void check_url(const char *text) {
    artrepo_location *location = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code = artrepo_location_from_url(text, &location, &error);
    fuzz_check_error(code, &error);
    if (code == ARTREPO_OK) {
        fuzz_check(artrepo_location_kind(location) != NULL);
        check_json(location);
    }
    artrepo_location_free(location);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (variables == NULL) {
        make_variables();
    }
    char *text = fuzz_text(data, size);
    check_format(text);
    check_names(text);
    check_url(text);
    free(text);
    return 0;
}
