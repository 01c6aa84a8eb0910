/* What the headers of this floor promise about threads: objects that many read, drivers that many
 * register. ThreadSanitizer sees what a test cannot. */
#include "unit/threads.h"
#include "unit/repository/support.h"

#include <artrepo/key.h>

enum { ROUNDS = 150 };

/* ---- objects that are read ---- */

typedef struct read_objects {
    artrepo_configuration *configuration;
    artrepo_artifact *artifact;
    artrepo_variables *variables;
    artrepo_location *location;
    char *artifact_json, *location_json; /* as one thread alone saw them */
    size_t settings_size;
} read_objects;

static void add_size(void *data, const char *name, const char *value, int line) {
    *(size_t *)data += strlen(name) + strlen(value) + (size_t)line;
}

static size_t size_of_settings(const artrepo_configuration *configuration) {
    size_t size = 0;
    artrepo_configuration_each(configuration, add_size, &size);
    return size;
}

static read_objects make_objects(void) {
    read_objects made = {.configuration = NULL};
    artrepo_error error = ARTREPO_ERROR_INIT;
    made.configuration = parse_configuration(
        "{archiveLogs: true, s3: {endpoint: 'e:1', bucket: b, region: eu, insecure: true,"
        " accessKeySecret: {name: s, key: a}, secretKeySecret: {name: s, key: b},"
        " keyFormat: '{{workflow.name}}/{{workflow.creationTimestamp.Y}}/{{pod.name}}'}}");
    made.artifact = parse_artifact("{name: out, path: /tmp/out, mode: 420, recurseMode: true,"
                                   " optional: true, archive: {tar: {compressionLevel: 3}}}");
    made.variables = artrepo_variables_new();
    assert_ok(artrepo_variables_set(made.variables, "workflow.name", "wf", &error), error);
    assert_ok(artrepo_variables_set(made.variables, "pod.name", "pod", &error), error);
    assert_ok(artrepo_variables_set_creation_time(made.variables, 1700000000000, &error), error);
    assert_ok(artrepo_configuration_locate(made.configuration, made.artifact, made.variables,
                                           &made.location, &error),
              error);
    assert_ok(artrepo_artifact_to_json(made.artifact, &made.artifact_json, &error), error);
    assert_ok(artrepo_location_to_json(made.location, &made.location_json, &error), error);
    made.settings_size = size_of_settings(made.configuration);
    assert_string_equal(artrepo_location_key(made.location), "wf/2023/pod/out.tgz");
    return made;
}

static void free_objects(read_objects *made) {
    artrepo_configuration_free(made->configuration);
    artrepo_artifact_free(made->artifact);
    artrepo_variables_free(made->variables);
    artrepo_location_free(made->location);
    free(made->artifact_json);
    free(made->location_json);
}

static void read_configurations(worker *w) {
    const read_objects *all = w->shared;
    for (int i = 0; i < ROUNDS; i++) {
        artrepo_error error = ARTREPO_ERROR_INIT;
        artrepo_location *location = NULL;
        char *json = NULL;
        NEED(w, strcmp(artrepo_configuration_kind(all->configuration), "s3") == 0);
        NEED(w, artrepo_configuration_archive_logs(all->configuration));
        NEED(w, size_of_settings(all->configuration) == all->settings_size);
        NEED(w, strcmp(artrepo_location_kind(artrepo_configuration_location(all->configuration)),
                       "s3") == 0);
        NEED_OK(w,
                artrepo_configuration_locate(all->configuration, all->artifact, all->variables,
                                             &location, &error),
                error);
        NEED_OK(w, artrepo_location_to_json(location, &json, &error), error);
        NEED(w, strcmp(json, all->location_json) == 0);
        free(json);
        artrepo_location_free(location);
    }
}

static void read_artifacts(worker *w) {
    const read_objects *all = w->shared;
    for (int i = 0; i < ROUNDS; i++) {
        artrepo_error error = ARTREPO_ERROR_INIT;
        char *json = NULL, *name = NULL;
        NEED(w, strcmp(artrepo_artifact_name(all->artifact), "out") == 0);
        NEED(w, strcmp(artrepo_artifact_path(all->artifact), "/tmp/out") == 0);
        NEED(w, artrepo_artifact_mode(all->artifact) == 0644);
        NEED(w, artrepo_artifact_recurse_mode(all->artifact));
        NEED(w, artrepo_artifact_optional(all->artifact));
        NEED(w, artrepo_artifact_strategy(all->artifact).level == 3);
        NEED(w, artrepo_artifact_location(all->artifact) == NULL);
        NEED_OK(w, artrepo_artifact_to_json(all->artifact, &json, &error), error);
        NEED(w, strcmp(json, all->artifact_json) == 0);
        free(json);
        NEED_OK(w, artrepo_artifact_file_name(all->artifact, &name, &error), error);
        NEED(w, strcmp(name, "out.tgz") == 0);
        free(name);
        NEED_OK(w, artrepo_location_to_json(all->location, &json, &error), error);
        NEED(w, strcmp(json, all->location_json) == 0);
        free(json);
        NEED(w, strcmp(artrepo_location_key(all->location), "wf/2023/pod/out.tgz") == 0);
    }
}

static void read_variables(worker *w) {
    const read_objects *all = w->shared;
    for (int i = 0; i < ROUNDS; i++) {
        artrepo_error error = ARTREPO_ERROR_INIT;
        char *text = NULL;
        NEED(w, strcmp(artrepo_variables_get(all->variables, "workflow.name"), "wf") == 0);
        NEED(w, artrepo_variables_get(all->variables, "nothing") == NULL);
        NEED_OK(w,
                artrepo_key_expand("{{ pod.name }}/{{workflow.creationTimestamp.d}}",
                                   all->variables, &text, &error),
                error);
        NEED(w, strcmp(text, "pod/14") == 0);
        free(text);
        NEED_OK(w, artrepo_pod_name("wf", "wf[0].step", "main", &text, &error), error);
        NEED(w, strncmp(text, "wf-main-", 8) == 0);
        free(text);
        NEED_OK(w, artrepo_node_id("wf", "wf[0].step", &text, &error), error);
        NEED(w, strncmp(text, "wf-", 3) == 0);
        free(text);
    }
}

static void read_all(void (*work)(worker *)) {
    read_objects all = make_objects();
    run_at_once(work, &all);
    free_objects(&all);
}

static void many_threads_read_a_configuration(void **state) {
    (void)state;
    read_all(read_configurations);
}

static void many_threads_read_an_artifact(void **state) {
    (void)state;
    read_all(read_artifacts);
}

static void many_threads_read_variables(void **state) {
    (void)state;
    read_all(read_variables);
}

/* ---- objects that are made, each thread its own ---- */

static void make_and_free(worker *w) {
    static const char text[] = "{fs: {root: /srv, keyFormat: '{{workflow.name}}', unknown: 1}}";
    for (int i = 0; i < ROUNDS; i++) {
        artrepo_error error = ARTREPO_ERROR_INIT;
        artrepo_configuration *configuration = NULL;
        artrepo_artifact *artifact = NULL;
        artrepo_location *location = NULL;
        artrepo_variables *variables = artrepo_variables_new();
        NEED_OK(w,
                artrepo_configuration_parse(text, strlen(text), "r", NULL, w->shared,
                                            &configuration, &error),
                error);
        NEED_OK(w, artrepo_artifact_new("a", "/x", &artifact, &error), error);
        NEED_OK(w, artrepo_variables_set(variables, "workflow.name", "wf", &error), error);
        NEED_OK(w,
                artrepo_configuration_locate(configuration, artifact, variables, &location, &error),
                error);
        NEED(w, strcmp(artrepo_location_key(location), "wf/a.tgz") == 0);
        artrepo_location_free(location);
        NEED_OK(w, artrepo_location_from_url("s3://b/k%41", &location, &error), error);
        artrepo_artifact_set_location(artifact, location);
        NEED(w, artrepo_configuration_parse("s3: [", 5, "r", NULL, w->shared, &configuration,
                                            &error) == ARTREPO_INVALID);
        artrepo_variables_free(variables);
        artrepo_artifact_free(artifact);
        artrepo_configuration_free(configuration);
    }
}

static void pass_over(void *data, const artrepo_log_record *record) {
    (void)data;
    (void)record;
}

static void many_threads_make_their_own(void **state) {
    (void)state;
    artrepo_operation *operation = artrepo_operation_new();
    artrepo_operation_set_log(operation, ARTREPO_LOG_DEBUG, pass_over, NULL);
    run_at_once(make_and_free, operation);
    artrepo_operation_free(operation);
}

/* ---- drivers ---- */

static artrepo_code no_open(const artrepo_driver_settings *settings, artrepo_operation *operation,
                            void **state, artrepo_error *error) {
    (void)settings;
    (void)operation;
    (void)state;
    return artrepo_error_set(error, ARTREPO_UNSUPPORTED, "opens nothing");
}

static void no_close(void *state) {
    (void)state;
}

static artrepo_code no_stat(void *state, const char *key, artrepo_object *object,
                            artrepo_operation *operation, artrepo_error *error) {
    (void)state;
    (void)object;
    (void)operation;
    return artrepo_error_set(error, ARTREPO_NOT_FOUND, "no %s", key);
}

static artrepo_code no_get(void *state, const char *key, const artrepo_range *range,
                           artrepo_sink *sink, artrepo_object *object, artrepo_operation *operation,
                           artrepo_error *error) {
    (void)range;
    (void)sink;
    return no_stat(state, key, object, operation, error);
}

/* Registered drivers must outlive every use: so static. One for each thread, one for all. */
static char names[THREADS + 1][16];
static artrepo_driver drivers[THREADS + 1];

static void make_drivers(void) {
    for (int i = 0; i <= THREADS; i++) {
        snprintf(names[i], sizeof names[i], "thread%d", i);
        drivers[i] = (artrepo_driver){.abi = ARTREPO_DRIVER_ABI,
                                      .size = sizeof(artrepo_driver),
                                      .name = names[i],
                                      .open = no_open,
                                      .close = no_close,
                                      .stat = no_stat,
                                      .get = no_get};
    }
}

static void register_load_and_find(worker *w) {
    artrepo_error error = ARTREPO_ERROR_INIT;
    const artrepo_driver *found = NULL, *own = NULL, *again = NULL;
    char plugin[4200];
    snprintf(plugin, sizeof plugin, "%s/artrepo_memory.so", TEST_PLUGINS);
    NEED_OK(w, artrepo_driver_load(plugin, &error), error);
    NEED_OK(w, artrepo_driver_register(&drivers[w->number], &error), error);
    NEED_OK(w, artrepo_driver_register(&drivers[THREADS], &error), error);
    NEED_OK(w, artrepo_driver_find(names[w->number], NULL, &own, &error), error);
    NEED(w, strcmp(own->name, names[w->number]) == 0);
    for (int i = 0; i < ROUNDS; i++) {
        artrepo_code code = artrepo_driver_find(names[i % THREADS], NULL, &found, &error);
        NEED(w, code == ARTREPO_OK || code == ARTREPO_UNSUPPORTED); /* it may be still to come */
        NEED(w, code != ARTREPO_OK || strcmp(found->name, names[i % THREADS]) == 0);
        NEED(w, artrepo_driver_find("none", NULL, &found, &error) == ARTREPO_UNSUPPORTED);
        NEED_OK(w, artrepo_driver_find("memory", NULL, &found, &error), error);
        NEED(w, strcmp(found->name, "memory") == 0);
        NEED_OK(w, artrepo_driver_find(names[w->number], NULL, &again, &error), error);
        NEED(w, again == own);
    }
}

static void many_threads_register_and_load_drivers(void **state) {
    (void)state;
    make_drivers();
    run_at_once(register_load_and_find, NULL);
    artrepo_error error = ARTREPO_ERROR_INIT;
    for (int i = 0; i <= THREADS; i++) {
        const artrepo_driver *found = NULL;
        assert_ok(artrepo_driver_find(names[i], NULL, &found, &error), error);
        assert_ptr_equal(found->get, no_get);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_threads_read_a_configuration),
        cmocka_unit_test(many_threads_read_an_artifact),
        cmocka_unit_test(many_threads_read_variables),
        cmocka_unit_test(many_threads_make_their_own),
        cmocka_unit_test(many_threads_register_and_load_drivers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
