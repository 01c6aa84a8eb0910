/* The inputs of a template: their places, their order, optional ones, errors of several. */
#include "unit/executor/runner.h"

static void make_store(void) {
    shell("mkdir -p store/a/dir/sub tree/inner && echo one > store/one && echo two > store/two && "
          "echo x > store/a/dir/sub/x && echo i > tree/inner/i && echo t > tree/t && "
          "tar czf store/tree.tgz tree && echo m > store/m && chmod 600 store/m");
}

static void test_inputs_and_volumes(void **state) {
    (void)state;
    make_store();
    char inputs[300], main_directory[300];
    snprintf(inputs, sizeof inputs, "%s/inputs", root);
    snprintf(main_directory, sizeof main_directory, "%s/mainctrfs", root);
    artrepo_executor_options options = {.inputs_directory = inputs,
                                        .main_directory = main_directory};
    assert_ok(load_template("inputs: {artifacts: [\n"
                            "  {name: one, path: /in/one.txt, fs: {key: one}},\n"
                            "  {name: vol, path: /vol/deep/two.txt, fs: {key: two}},\n"
                            "  {name: dir, path: /in/dir, fs: {key: a/dir}},\n"
                            "  {name: tree, path: /in/tree, fs: {key: tree.tgz}},\n"
                            "  {name: raw, path: /r, fs: {key: tree.tgz}, archive: {none: {}}},\n"
                            "  {name: mode, path: /m, fs: {key: m}, mode: 0640}]}\n"
                            "container: {volumeMounts: [{name: v, mountPath: /vol}]}",
                            &options, error));
    shell("test \"$(cat inputs/one)\" = one && test \"$(cat mainctrfs/vol/deep/two.txt)\" = two && "
          "test -f inputs/dir/sub/x && test -f inputs/tree/inner/i && "
          "cmp inputs/raw store/tree.tgz && test \"$(stat -c %a inputs/mode)\" = 640 && "
          "test ! -e inputs/vol && test -z \"$(find inputs mainctrfs -name '.*')\"");
}

static void test_a_root(void **state) {
    (void)state;
    make_store();
    artrepo_executor_options options = {.root_directory = below("root")};
    assert_ok(load_template("inputs: {artifacts: [\n"
                            "  {name: one, path: /in/one.txt, fs: {key: one}},\n"
                            "  {name: vol, path: /vol/two.txt, fs: {key: two}}]}\n"
                            "container: {volumeMounts: [{name: v, mountPath: /vol}]}",
                            &options, error));
    shell("test -f root/in/one.txt && test -f root/vol/two.txt");
}

/* A mount inside another one covers what is there. */
static void test_one_inside_another(void **state) {
    (void)state;
    make_store();
    artrepo_executor_options options = {.root_directory = below("root")};
    assert_ok(load_template("inputs: {artifacts: [\n"
                            "  {name: inner, path: /work/inner, fs: {key: a/dir}},\n"
                            "  {name: deep, path: /work/inner/sub/new/one, fs: {key: one}},\n"
                            "  {name: tree, path: /work, fs: {key: tree.tgz}}]}",
                            &options, error));
    shell("test -f root/work/t && test ! -e root/work/inner/i && test -f root/work/inner/sub/x && "
          "test -f root/work/inner/sub/new/one");
    artrepo_error error = ARTREPO_ERROR_INIT;
    shell("rm -rf root");
    assert_int_equal(load_template("inputs: {artifacts: [\n"
                                   "  {name: inner, path: /work/inner, fs: {key: one}},\n"
                                   "  {name: outer, path: /work, fs: {key: missing}}]}",
                                   &options, &error),
                     ARTREPO_NOT_FOUND);
    assert_says(&error, "artifact 'inner': not tried: it belongs inside artifact 'outer'");
    shell("test ! -e root/work/inner");
}

static void test_optional_ones(void **state) {
    (void)state;
    make_store();
    artrepo_executor_options options = {.root_directory = below("root")};
    assert_ok(load_template("inputs: {artifacts: [{name: a, path: /a, optional: true},\n"
                            "  {name: b, path: /b, optional: true, fs: {key: missing}},\n"
                            "  {name: e, path: /e, optional: true, fs: {}},\n"
                            "  {name: c, path: /c, fs: {key: one}}]}",
                            &options, error));
    shell("test ! -e root/a && test ! -e root/b && test ! -e root/e && test -f root/c");
}

static void test_errors_are_collected_in_order(void **state) {
    (void)state;
    make_store();
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_executor_options options = {.root_directory = below("root")};
    assert_int_equal(load_template("inputs: {artifacts: [{name: a, path: /a},\n"
                                   "  {name: b, path: /b, fs: {key: one}},\n"
                                   "  {name: c, path: /x/../../y, fs: {key: one}},\n"
                                   "  {name: d, path: /d, fs: {key: missing}},\n"
                                   "  {name: e, path: /b, fs: {key: two}},\n"
                                   "  {name: f, fs: {key: two}}]}",
                                   &options, &error),
                     ARTREPO_NOT_FOUND);
    const char *parts[] = {"artifact 'a': required artifact 'a' not supplied; ",
                           "Artifact 'c' attempted to use a path containing '..'",
                           "; artifact 'd': ", "; artifact 'e': artifact 'b' has the same path",
                           "; Artifact 'f' did not specify a path"};
    const char *at = error.message;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        at = strstr(at, parts[i]);
        if (at == NULL) {
            fail_msg("'%s' is not where it should be in '%s'", parts[i], error.message);
        }
    }
    shell("test \"$(cat root/b)\" = one");
}

static void test_more_errors_than_a_message_holds(void **state) {
    (void)state;
    char text[8000] = "inputs: {artifacts: [";
    for (int i = 0; i < 100; i++) {
        sprintf(text + strlen(text), "%s{name: artifact-%03d, path: /p%d}", i > 0 ? "," : "", i, i);
    }
    strcat(text, "]}");
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_executor_options options = {.root_directory = below("root")};
    assert_int_equal(load_template(text, &options, &error), ARTREPO_NOT_FOUND);
    assert_says(&error, "artifact 'artifact-000': ");
    const char *rest = strstr(error.message, "; and ");
    assert_non_null(rest);
    int left = atoi(rest + 6);
    char last[40];
    snprintf(last, sizeof last, "artifact 'artifact-%03d'", 100 - left - 1);
    assert_says(&error, last);
}

static void test_paths_that_leave_are_refused(void **state) {
    (void)state;
    make_store();
    shell("mkdir -p root outside && ln -s ../outside root/link && ln -s \"$PWD/outside\" root/abs");
    static const char *const paths[] = {"../up", "/link/x", "/abs/deeper/x"};
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        char text[200];
        artrepo_error error = ARTREPO_ERROR_INIT;
        artrepo_executor_options options = {.root_directory = below("root")};
        snprintf(text, sizeof text, "inputs: {artifacts: [{name: a, path: %s, fs: {key: one}}]}",
                 paths[i]);
        assert_int_equal(load_template(text, &options, &error), ARTREPO_REFUSED_UNSAFE);
        shell("test -z \"$(ls -A outside)\" && test ! -e up");
    }
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_executor_options options = {.inputs_directory = below("inputs")};
    assert_int_equal(load_template("inputs: {artifacts: [{name: .., path: /x, fs: {key: one}}]}",
                                   &options, &error),
                     ARTREPO_REFUSED_UNSAFE);
    artrepo_executor_options whole = {.root_directory = below("root")};
    assert_int_equal(
        load_template("inputs: {artifacts: [{name: a, path: /, fs: {key: one}}]}", &whole, &error),
        ARTREPO_INVALID);
}

static void test_a_link_within_the_root_is_followed(void **state) {
    (void)state;
    make_store();
    shell("mkdir -p root/real && ln -s real root/link && ln -s /nowhere root/last");
    artrepo_executor_options options = {.root_directory = below("root")};
    assert_ok(load_template("inputs: {artifacts: [{name: a, path: /link/x, fs: {key: one}},\n"
                            "  {name: b, path: /last, fs: {key: two}}]}",
                            &options, error));
    shell("test -f root/real/x && test -f root/last && test ! -L root/last");
}

static void test_names(void **state) {
    (void)state;
    make_store();
    static const char *const one[] = {"b"}, *const wrong[] = {"b", "zz"};
    static const char text[] =
        "{name: t, inputs: {artifacts: [{name: a, path: /a, fs: {key: one}},\n"
        "  {name: b, path: /b, fs: {key: two}}]}}";
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_executor_options options = {
        .root_directory = below("root"), .names = one, .name_count = 1};
    assert_int_equal(load_template(text, &options, NULL), ARTREPO_OK);
    shell("test ! -e root/a && test -f root/b");
    options.names = wrong;
    options.name_count = 2;
    assert_int_equal(load_template(text, &options, &error), ARTREPO_INVALID);
    assert_string_equal(error.message, "template 't' has no input artifact 'zz'");
}

static void test_limits(void **state) {
    (void)state;
    make_store();
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_executor_options options = {.root_directory = below("root"), .limits = {.entries = 1}};
    assert_int_equal(
        load_template("inputs: {artifacts: [{name: a, path: /a, fs: {key: tree.tgz}}]}", &options,
                      &error),
        ARTREPO_REFUSED_UNSAFE);
}

static void test_an_input_of_a_plugin(void **state) {
    (void)state;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_executor_options options = {.root_directory = below("root")};
    assert_int_equal(load_template("inputs: {artifacts: [{name: a, path: /a, plugin: {name: p, "
                                   "configuration: c, key: k}}]}",
                                   &options, &error),
                     ARTREPO_UNSUPPORTED);
    assert_says(&error, "artifact 'a': ");
}

static void test_nothing_to_look_in(void **state) {
    (void)state;
    static const char text[] = "inputs: {artifacts: [{name: a, path: /a, s3: {key: k}}]}";
    artrepo_template *made = NULL;
    artrepo_executor *executor = NULL;
    artrepo_error error = ARTREPO_ERROR_INIT;
    assert_int_equal(artrepo_template_parse(text, strlen(text), "t", NULL, &made, NULL),
                     ARTREPO_OK);
    assert_int_equal(artrepo_executor_open(made, NULL, NULL, &executor, NULL), ARTREPO_OK);
    assert_int_equal(artrepo_executor_load(executor, NULL, &error), ARTREPO_INVALID);
    assert_says(&error, "artifact 'a' does not say where it is");
    artrepo_executor_close(executor);
    artrepo_template_free(made);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_inputs_and_volumes),
        TEST(test_a_root),
        TEST(test_one_inside_another),
        TEST(test_optional_ones),
        TEST(test_errors_are_collected_in_order),
        TEST(test_more_errors_than_a_message_holds),
        TEST(test_paths_that_leave_are_refused),
        TEST(test_a_link_within_the_root_is_followed),
        TEST(test_names),
        TEST(test_limits),
        TEST(test_an_input_of_a_plugin),
        TEST(test_nothing_to_look_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
