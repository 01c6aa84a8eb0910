/* Templates and their artifacts: what is read is written as JSON, and that is read as the same. */
#include <artrepo/template.h>

#include "base/path.h"
#include "fuzz.h"

static void check_artifact(const artrepo_artifact *artifact) {
    char *text = NULL, *again = NULL;
    artrepo_artifact *second = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code = artrepo_artifact_to_json(artifact, &text, &error);
    fuzz_check_error(code, &error);
    if (code != ARTREPO_OK) {
        return;
    }
    code = artrepo_artifact_parse(text, strlen(text), "artifact", NULL, &second, &error);
    fuzz_check_error(code, &error);
    if (code == ARTREPO_OK) {
        fuzz_check(artrepo_artifact_to_json(second, &again, NULL) == ARTREPO_OK);
        fuzz_check(strcmp(text, again) == 0);
    } else {
        /* Of a template, a path that climbs is an error when it is used. */
        const char *path = artrepo_artifact_path(artifact);
        fuzz_check(path != NULL && ar_path_has_dot_dot(path));
    }
    char *name = NULL;
    if (artrepo_artifact_file_name(artifact, &name, NULL) == ARTREPO_OK) {
        fuzz_check(name[0] != '\0');
    }
    free(name);
    artrepo_artifact_free(second);
    free(again);
    free(text);
}

static void check_template(const artrepo_template *read) {
    fuzz_check(artrepo_template_name(read) != NULL);
    fuzz_check(artrepo_template_input_count(read) <= ARTREPO_TEMPLATE_MAX_ARTIFACTS);
    for (size_t i = 0; i < artrepo_template_input_count(read); i++) {
        check_artifact(artrepo_template_input(read, i));
    }
    for (size_t i = 0; i < artrepo_template_output_count(read); i++) {
        check_artifact(artrepo_template_output(read, i));
    }
    for (size_t i = 0; i < artrepo_template_container_count(read); i++) {
        fuzz_check(artrepo_template_container(read, i) != NULL);
    }
    artrepo_template_archive_logs(read, true);
    artrepo_template_archive_location(read);
    artrepo_template_volume(read, "/mnt/volume/file");
}

static void check_alone(const uint8_t *data, size_t size) {
    artrepo_artifact *artifact = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code =
        artrepo_artifact_parse((const char *)data, size, "artifact", NULL, &artifact, &error);
    fuzz_check_error(code, &error);
    if (code == ARTREPO_OK) {
        check_artifact(artifact);
    }
    artrepo_artifact_free(artifact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    artrepo_template *read = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_code code =
        artrepo_template_parse((const char *)data, size, "template", NULL, &read, &error);
    fuzz_check_error(code, &error);
    if (code == ARTREPO_OK) {
        check_template(read);
    }
    artrepo_template_free(read);
    check_alone(data, size);
    return 0;
}
