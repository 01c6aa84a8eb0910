/* The outputs of a template: where they are read, how they are reported, errors of several, logs.
 */
#include "unit/executor/runner.h"

static void make_outputs(void) {
    shell("mkdir -p root/out/d root/vol && echo a > root/out/a.txt && echo b > root/out/d/b && "
          ": > root/out/empty && echo v > root/vol/v && ln -s a.txt root/out/link");
}

static void test_every_strategy(void **state) {
    (void)state;
    make_outputs();
    char *json = NULL;
    artrepo_executor_options options = {.root_directory = below("root")};
    assert_ok(save_template("outputs: {artifacts: [{name: tar, path: /out/a.txt},\n"
                            "  {name: none, path: /out/a.txt, archive: {none: {}}},\n"
                            "  {name: zip, path: /out/d, archive: {zip: {}}},\n"
                            "  {name: dir, path: /out/d, archive: {none: {}}},\n"
                            "  {name: link, path: /out/link},\n"
                            "  {name: empty, path: /out/empty, archive: {none: {}}},\n"
                            "  {name: vol, path: /vol/v, fs: {key: own/key}}]}\n"
                            "script: {volumeMounts: [{mountPath: /vol}]}",
                            &options, &json, error));
    assert_string_equal(
        json, "{\"outputs\":{\"artifacts\":["
              "{\"name\":\"tar\",\"path\":\"/out/a.txt\",\"fs\":{\"key\":\"wf/pod/tar.tgz\"}},"
              "{\"name\":\"none\",\"path\":\"/out/a.txt\",\"fs\":{\"key\":\"wf/pod/a.txt\"},"
              "\"archive\":{\"none\":{}}},"
              "{\"name\":\"zip\",\"path\":\"/out/d\",\"fs\":{\"key\":\"wf/pod/zip.zip\"},"
              "\"archive\":{\"zip\":{}}},"
              "{\"name\":\"dir\",\"path\":\"/out/d\",\"fs\":{\"key\":\"wf/pod/d\"},"
              "\"archive\":{\"none\":{}}},"
              "{\"name\":\"link\",\"path\":\"/out/link\",\"fs\":{\"key\":\"wf/pod/link.tgz\"}},"
              "{\"name\":\"empty\",\"path\":\"/out/empty\",\"fs\":{\"key\":\"wf/pod/empty\"},"
              "\"archive\":{\"none\":{}}},"
              "{\"name\":\"vol\",\"path\":\"/vol/v\",\"fs\":{\"key\":\"own/key\"}}]}}");
    free(json);
    shell("cd store/wf/pod && tar xzOf tar.tgz a.txt | grep -qx a && grep -qx a a.txt && "
          "grep -qx b d/b && tar tzf ../../own/key | grep -qx v && test -f empty && "
          "tar xzOf link.tgz link | grep -qx a");
}

static void test_errors_are_collected_and_the_others_saved(void **state) {
    (void)state;
    make_outputs();
    char *json = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_executor_options options = {.root_directory = below("root")};
    assert_int_equal(
        save_template("outputs: {artifacts: [{name: maybe, path: /no, optional: true},\n"
                      "  {name: gone, path: /no/such}, {name: good, path: /out/d},\n"
                      "  {name: evil, path: /x/../../y}, {name: nowhere},\n"
                      "  {name: unknown, path: /out/d, oss: {endpoint: e, bucket: b, key: k}}]}",
                      &options, &json, &error),
        ARTREPO_NOT_FOUND);
    assert_string_equal(json, "{\"outputs\":{\"artifacts\":[{\"name\":\"good\",\"path\":\"/out/d\","
                              "\"fs\":{\"key\":\"wf/pod/good.tgz\"}}]}}");
    free(json);
    const char *at = error.message;
    static const char *const parts[] = {"artifact 'gone': cannot save ", "; Artifact 'evil' ",
                                        "; Artifact 'nowhere' did not specify a path; ",
                                        "artifact 'unknown': "};
    assert_ptr_equal(strstr(at, parts[0]), at);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        at = strstr(at, parts[i]);
        assert_non_null(at);
    }
}

static void test_outputs_on_volumes_and_below_inputs(void **state) {
    (void)state;
    shell("mkdir -p main/vol main/in && echo v > main/vol/v && echo changed > main/in/x");
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_executor_options options = {.main_directory = below("main"),
                                        .outputs_directory = below("outputs")};
    assert_int_equal(
        save_template("inputs: {artifacts: [{name: in, path: /in, fs: {key: k}}]}\n"
                      "outputs: {artifacts: [{name: v, path: /vol/v, archive: {none: {}}},\n"
                      "  {name: x, path: /in/x, archive: {none: {}}}, {name: tmp, path: /tmp/t},\n"
                      "  {name: opt, path: /tmp/o, optional: true}]}\n"
                      "container: {volumeMounts: [{mountPath: /vol}]}",
                      &options, NULL, &error),
        ARTREPO_NOT_FOUND);
    assert_says(&error, "artifact 'tmp': /tmp/t was not staged");
    shell("grep -qx v store/wf/pod/v && grep -qx changed store/wf/pod/x");
}

static void test_two_of_one_key(void **state) {
    (void)state;
    shell("mkdir -p root/a root/b && echo a > root/a/x && echo b > root/b/x");
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_executor_options options = {.root_directory = below("root")};
    assert_int_equal(
        save_template("outputs: {artifacts: [{name: a, path: /a/x, archive: {none: {}}},\n"
                      "  {name: b, path: /b/x, archive: {none: {}}}]}",
                      &options, NULL, &error),
        ARTREPO_INVALID);
    assert_says(&error, "artifact 'b': artifact 'a' has the same key, wf/pod/x");
    shell("grep -qx a store/wf/pod/x");
}

static void test_links_that_leave_are_refused(void **state) {
    (void)state;
    shell("mkdir -p root outside main/vol && echo secret > outside/s && ln -s ../outside root/d && "
          "ln -s \"$PWD/outside/s\" root/f && ln -s ../../outside/s main/vol/f");
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_executor_options options = {.root_directory = below("root")};
    assert_int_equal(save_template("outputs: {artifacts: [{name: a, path: /d/s}, {name: b, path: "
                                   "/f}, {name: c, path: ../outside/s}]}",
                                   &options, NULL, &error),
                     ARTREPO_REFUSED_UNSAFE);
    artrepo_executor_options volume = {.main_directory = below("main")};
    assert_int_equal(save_template("outputs: {artifacts: [{name: a, path: /vol/f}]}\n"
                                   "container: {volumeMounts: [{mountPath: /vol}]}",
                                   &volume, NULL, &error),
                     ARTREPO_REFUSED_UNSAFE);
    shell("test ! -e store/wf");
}

/* An absolute link is the container's, whose root is not ours. */
static void test_links_from_the_containers_root(void **state) {
    (void)state;
    shell("mkdir -p root/artrepo-runs/1 root/etc && echo r > root/artrepo-runs/1/f && "
          "echo ours > root/etc/passwd && ln -s /artrepo-runs/1 root/latest && "
          "ln -s /etc/passwd root/p && ln -s /../../etc/passwd root/up && ln -s \"$PWD/root/etc\" "
          "root/host");
    artrepo_executor_options options = {.root_directory = below("root")};
    assert_ok(save_template("outputs: {artifacts: [{name: a, path: /latest},\n"
                            "  {name: b, path: /p, archive: {none: {}}},\n"
                            "  {name: c, path: /up, archive: {none: {}}},\n"
                            "  {name: d, path: /latest/f, archive: {none: {}}},\n"
                            "  {name: e, path: /host/passwd, fs: {key: e}, archive: {none: {}}}]}",
                            &options, NULL, error));
    shell("cd store/wf/pod && test \"$(tar tzf a.tgz)\" = 'latest\nlatest/f' && grep -qx ours p && "
          "grep -qx ours up && grep -qx r f && grep -qx ours ../../e");
    options.outputs_directory = below("outputs");
    assert_ok(stage_template("outputs: {artifacts: [{name: a, path: /latest}]}", &options, error));
    shell("test \"$(tar tzf outputs/latest.tgz)\" = 'latest\nlatest/f'");
}

static void test_the_archive_location_of_the_template(void **state) {
    (void)state;
    make_outputs();
    char text[600];
    artrepo_executor_options options = {.root_directory = below("root")};
    snprintf(text, sizeof text,
             "archiveLocation: {fs: {root: '%s', key: own/pod}}\n"
             "outputs: {artifacts: [{name: a, path: /out/a.txt}]}",
             below("other"));
    assert_ok(save_template(text, &options, NULL, error));
    shell("test -f other/own/pod/a.tgz && test ! -e store");
    /* One without a key is replaced by the repository, as the controller does. */
    snprintf(text, sizeof text,
             "archiveLocation: {fs: {root: '%s'}}\n"
             "outputs: {artifacts: [{name: a, path: /out/a.txt}]}",
             below("third"));
    assert_ok(save_template(text, &options, NULL, error));
    shell("test ! -e third && test -f store/wf/pod/a.tgz");
}

static void test_an_archive_location_without_a_key(void **state) {
    (void)state;
    make_outputs();
    char text[600];
    artrepo_template *made = NULL;
    artrepo_executor *executor = NULL;
    artrepo_outputs *outputs = NULL;
    char *json = NULL;
    const artrepo_executor_options options = {.root_directory = below("root")};
    snprintf(text, sizeof text,
             "archiveLocation: {fs: {root: '%s'}}\n"
             "outputs: {artifacts: [{name: a, path: /out/a.txt}]}",
             below("store"));
    assert_ok(artrepo_template_parse(text, strlen(text), "t", NULL, &made, error));
    assert_ok(artrepo_executor_open(made, &options, NULL, &executor, error));
    assert_ok(artrepo_executor_save(executor, &outputs, NULL, error));
    assert_ok(artrepo_outputs_to_json(outputs, &json, error));
    assert_non_null(strstr(json, "{\"key\":\"{{workflow.name}}/{{pod.name}}/a.tgz\"}"));
    free(json);
    artrepo_outputs_free(outputs);
    artrepo_executor_close(executor);
    artrepo_template_free(made);
}

/* ---- logs ---- */

static artrepo_code save_logs(const char *text, const artrepo_container_log *logs, size_t count,
                              char **json, artrepo_error *error) {
    artrepo_executor_options options = {.root_directory = below("root"),
                                        .containers_directory = below("ctr")};
    runner made = open_runner(text, &options);
    artrepo_outputs *outputs = NULL;
    assert_int_equal(artrepo_executor_save(made.executor, &outputs, NULL, NULL), ARTREPO_OK);
    artrepo_code code =
        artrepo_executor_save_logs(made.executor, logs, count, outputs, NULL, error);
    assert_int_equal(artrepo_outputs_to_json(outputs, json, NULL), ARTREPO_OK);
    artrepo_outputs_free(outputs);
    close_runner(&made);
    return code;
}

static void test_logs_that_are_given(void **state) {
    (void)state;
    char *json = NULL;
    shell("echo line > l");
    const artrepo_container_log logs[] = {{"main", below("l")}, {"side", below("missing")}};
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(save_logs("{}", logs, 2, &json, &error), ARTREPO_NOT_FOUND);
    assert_says(&error, "artifact 'side-logs': ");
    assert_string_equal(json, "{\"outputs\":{\"artifacts\":[{\"name\":\"main-logs\","
                              "\"fs\":{\"key\":\"wf/pod/main.log\"}}]}}");
    free(json);
    shell("grep -qx line store/wf/pod/main.log");
}

static void test_logs_of_the_templates_containers(void **state) {
    (void)state;
    char *json = NULL;
    shell("mkdir -p ctr/a ctr/b && echo A > ctr/a/combined && echo B > ctr/b/combined");
    assert_ok(
        save_logs("containerSet: {containers: [{name: a}, {name: b}]}", NULL, 0, &json, error));
    assert_string_equal(json, "{\"outputs\":{\"artifacts\":["
                              "{\"name\":\"a-logs\",\"fs\":{\"key\":\"wf/pod/a.log\"}},"
                              "{\"name\":\"b-logs\",\"fs\":{\"key\":\"wf/pod/b.log\"}}]}}");
    free(json);
    shell("grep -qx A store/wf/pod/a.log && grep -qx B store/wf/pod/b.log");
}

static void test_logs_that_are_not_archived(void **state) {
    (void)state;
    char *json = NULL;
    shell("echo line > l");
    const artrepo_container_log logs[] = {{"main", below("l")}};
    assert_ok(save_logs("archiveLocation: {archiveLogs: false}", logs, 1, &json, error));
    assert_string_equal(json, "{\"outputs\":{\"artifacts\":[]}}");
    free(json);
    shell("test ! -e store");
}

static void test_containers_with_hostile_names(void **state) {
    (void)state;
    char *json = NULL;
    shell("mkdir ctr && echo secret > combined");
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(save_logs("containerSet: {containers: [{name: ..}]}", NULL, 0, &json, &error),
                     ARTREPO_REFUSED_UNSAFE);
    free(json);
    assert_int_equal(
        save_logs("containerSet: {containers: [{name: a/../..}]}", NULL, 0, &json, &error),
        ARTREPO_INVALID);
    free(json);
    shell("test ! -e store");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_every_strategy),
        TEST(test_errors_are_collected_and_the_others_saved),
        TEST(test_outputs_on_volumes_and_below_inputs),
        TEST(test_two_of_one_key),
        TEST(test_links_that_leave_are_refused),
        TEST(test_links_from_the_containers_root),
        TEST(test_the_archive_location_of_the_template),
        TEST(test_an_archive_location_without_a_key),
        TEST(test_logs_that_are_given),
        TEST(test_logs_of_the_templates_containers),
        TEST(test_logs_that_are_not_archived),
        TEST(test_containers_with_hostile_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
