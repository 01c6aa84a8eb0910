/* Both sides of a pod: what stage leaves, save takes, in each strategy's own form or in Argo's. */
#include "unit/executor/runner.h"

static void make_outputs(void) {
    shell("mkdir -p root/out/d/sub root/out/d/empty && echo a > root/out/a.txt && "
          "echo b > root/out/d/sub/b && chmod 750 root/out/d/sub/b && ln -s sub/b root/out/d/l");
}

static artrepo_executor_options inside(void) {
    return (artrepo_executor_options){.root_directory = below("root"),
                                      .outputs_directory = below("outputs")};
}

static artrepo_executor_options outside(void) {
    return (artrepo_executor_options){.outputs_directory = below("outputs"),
                                      .main_directory = below("nothing"),
                                      .temporary_directory = root};
}

#define ALL_FORMS                                                                                  \
    "outputs: {artifacts: [{name: tgz, path: /out/d, archive: {tar: {compressionLevel: 1}}},\n"    \
    "  {name: zst, path: /out/d, archive: {tar: {compression: zstd}}},\n"                          \
    "  {name: zip, path: /out/d, archive: {zip: {}}},\n"                                           \
    "  {name: dir, path: /out/d, archive: {none: {}}},\n"                                          \
    "  {name: file, path: /out/a.txt, archive: {none: {}}},\n"                                     \
    "  {name: unset, path: /out/a.txt},\n"                                                         \
    "  {name: missing, path: /out/m, optional: true}]}"

static void test_every_form(void **state) {
    (void)state;
    make_outputs();
    artrepo_executor_options in = inside(), out = outside();
    assert_ok(stage_template(ALL_FORMS, &in, error));
    shell(
        "cd outputs/out && tar tzf d.tgz | grep -qx d/sub/b && tar tzf a.txt.tgz | grep -qx a.txt "
        "&& zstd -qt d.tar.zst && grep -qx b d.none/sub/b && cmp a.txt.none ../../root/out/a.txt "
        "&& test ! -e m.tgz && test \"$(ls)\" = 'a.txt.none\na.txt.tgz\nd.none\nd.tar.zst\nd.tgz\n"
        "d.zip' && test -z \"$(find .. -name '.?*' ! -name ..)\" && rm -r ../../root");
    assert_ok(save_template(ALL_FORMS, &out, NULL, error));
    shell("cd outputs/out && cmp d.tgz ../../store/wf/pod/tgz.tgz && "
          "cmp d.zip ../../store/wf/pod/zip.zip && cmp d.tar.zst ../../store/wf/pod/zst.tar.zst && "
          "cd ../../store/wf/pod && grep -qx a a.txt && grep -qx b d/sub/b && "
          "tar xzOf unset.tgz a.txt | grep -qx a");
}

static void test_staging_again_replaces(void **state) {
    (void)state;
    make_outputs();
    artrepo_executor_options in = inside();
    assert_ok(stage_template(ALL_FORMS, &in, error));
    shell("rm root/out/d/sub/b && echo new > root/out/d/n");
    assert_ok(stage_template(ALL_FORMS, &in, error));
    shell("test -f outputs/out/d.none/n && test ! -e outputs/out/d.none/sub/b");
    shell("rm -r root/out/d && echo file > root/out/d"); /* it has become a file */
    assert_ok(stage_template(ALL_FORMS, &in, error));
    shell("grep -qx file outputs/out/d.none");
}

/* Argo's emissary has made PATH.tgz, whatever the strategy is. */
static void test_argos_form_under_every_strategy(void **state) {
    (void)state;
    make_outputs();
    shell("mkdir -p outputs/out && tar czf outputs/out/d.tgz -C root/out d && "
          "tar czf outputs/out/a.txt.tgz -C root/out a.txt && mv root gone");
    artrepo_executor_options out = outside();
    assert_ok(save_template(ALL_FORMS, &out, NULL, error));
    shell("cd store/wf/pod && cmp tgz.tgz ../../../outputs/out/d.tgz && grep -qx b d/sub/b && "
          "grep -qx a a.txt && zstd -qdc zst.tar.zst | tar tf - | grep -qx d/l && "
          "bsdtar tf zip.zip | grep -qx d/sub/b && bsdtar tf zip.zip | grep -qx d/l && "
          "bsdtar tvf zip.zip | grep -q 'rwxr-x.*d/sub/b'");
    shell("test -z \"$(ls -d artrepo-* 2>/dev/null)\""); /* the temporary directories are gone */
}

static void test_for_argos_wait_container(void **state) {
    (void)state;
    make_outputs();
    artrepo_executor_options in = inside(), out = outside();
    in.stage_for_argo = true;
    assert_ok(stage_template(ALL_FORMS, &in, error));
    shell("cd outputs/out && test \"$(ls)\" = 'a.txt.tgz\nd.tgz' && "
          "tar tzf d.tgz | grep -qx d/sub/b && mv ../../root ../../gone");
    assert_ok(save_template(ALL_FORMS, &out, NULL, error));
    shell("cd store/wf/pod && grep -qx b d/sub/b && grep -qx a a.txt && "
          "bsdtar tf zip.zip | grep -qx d/sub/b");
}

static void test_an_empty_directory(void **state) {
    (void)state;
    shell("mkdir -p root/e");
    static const char text[] = "outputs: {artifacts: [{name: e, path: /e, archive: {none: {}}}]}";
    artrepo_executor_options in = inside(), out = outside();
    assert_ok(stage_template(text, &in, error));
    assert_ok(save_template(text, &out, NULL, error));
}

static void test_volumes_and_inputs_are_not_staged(void **state) {
    (void)state;
    shell("mkdir -p root/vol root/in && echo v > root/vol/v && echo i > root/in/i");
    artrepo_executor_options in = inside();
    assert_ok(stage_template("inputs: {artifacts: [{name: in, path: /in, fs: {key: k}}]}\n"
                             "outputs: {artifacts: [{name: v, path: /vol/v}, {name: i, path: "
                             "/in/i}]}\ncontainer: {volumeMounts: [{mountPath: /vol}]}",
                             &in, error));
    shell("test ! -e outputs");
}

static void test_one_inside_another_is_refused(void **state) {
    (void)state;
    shell("mkdir -p root/x root/x.none && echo x > root/x/x && echo y > root/x.none/y");
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_executor_options in = inside();
    assert_int_equal(
        stage_template("outputs: {artifacts: [{name: x, path: /x, archive: {none: {}}},\n"
                       "  {name: in, path: /x.none/y}]}",
                       &in, &error),
        ARTREPO_INVALID);
    assert_says(&error, "artifact 'in' would be staged as ");
    shell("test -f outputs/x.none/x && test ! -e outputs/x.none/y.tgz");
}

static void test_links_in_the_outputs_directory_are_refused(void **state) {
    (void)state;
    shell("mkdir -p elsewhere outputs && echo secret > elsewhere/s.tgz && "
          "ln -s ../elsewhere outputs/tmp");
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_executor_options in = inside(), out = outside();
    static const char text[] = "outputs: {artifacts: [{name: s, path: /tmp/s}]}";
    assert_int_equal(save_template(text, &out, NULL, &error), ARTREPO_REFUSED_UNSAFE);
    shell("test ! -e store/wf && mkdir -p root/tmp && echo s > root/tmp/s");
    assert_int_equal(stage_template(text, &in, &error), ARTREPO_REFUSED_UNSAFE);
    shell("grep -qx secret elsewhere/s.tgz");
}

static void test_a_staged_archive_that_is_damaged(void **state) {
    (void)state;
    shell("mkdir -p outputs && head -c 5000 /dev/urandom > outputs/x.tgz");
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_executor_options out = outside();
    assert_int_not_equal(
        save_template("outputs: {artifacts: [{name: x, path: /x, archive: {zip: {}}}]}", &out, NULL,
                      &error),
        ARTREPO_OK);
    assert_says(&error, "outputs/x.tgz: ");
    shell("test ! -e store/wf && test -z \"$(ls -d artrepo-* 2>/dev/null)\"");
}

static void test_saved_ones_are_removed_when_asked(void **state) {
    (void)state;
    make_outputs();
    shell("mkdir -p main/vol && echo v > main/vol/v");
    static const char text[] =
        "outputs: {artifacts: [{name: d, path: /out/d, archive: {none: {}}},\n"
        "  {name: a, path: /out/a.txt}, {name: b, path: /out/a.txt, oss: {endpoint: e, bucket: b, "
        "key: k}},\n  {name: v, path: /vol/v, archive: {none: {}}}]}\n"
        "container: {volumeMounts: [{mountPath: /vol}]}";
    artrepo_executor_options in = inside(), out = outside();
    assert_ok(stage_template(text, &in, error));
    out.main_directory = below("main");
    out.remove_local = true;
    assert_int_equal(save_template(text, &out, NULL, NULL), ARTREPO_UNSUPPORTED);
    /* The failed one needs its archive for another try; a file on a volume is the user's. */
    shell("test ! -e outputs/out/d.none && test -f outputs/out/a.txt.tgz && test -f main/vol/v");
    static const char good[] = "outputs: {artifacts: [{name: a, path: /out/a.txt}]}";
    assert_ok(save_template(good, &out, NULL, error));
    shell("test ! -e outputs/out/a.txt.tgz");
}

static void test_a_root_and_an_outputs_directory(void **state) {
    (void)state;
    make_outputs();
    static const char text[] =
        "outputs: {artifacts: [{name: a, path: /out/a.txt, archive: {none: {}}},\n"
        "  {name: b, path: /out/d/sub/b, archive: {none: {}}}]}";
    shell("mkdir -p outputs/out && echo staged > outputs/out/a.txt.none");
    artrepo_executor_options in = inside();
    assert_ok(save_template(text, &in, NULL, error));
    shell("grep -qx staged store/wf/pod/a.txt && grep -qx b store/wf/pod/b");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(test_every_form),
        TEST(test_staging_again_replaces),
        TEST(test_argos_form_under_every_strategy),
        TEST(test_for_argos_wait_container),
        TEST(test_an_empty_directory),
        TEST(test_volumes_and_inputs_are_not_staged),
        TEST(test_one_inside_another_is_refused),
        TEST(test_links_in_the_outputs_directory_are_refused),
        TEST(test_a_staged_archive_that_is_damaged),
        TEST(test_saved_ones_are_removed_when_asked),
        TEST(test_a_root_and_an_outputs_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
