/*
 * What executor.h, explain.h and template.h promise about threads: every call at once on one
 * repository, executors side by side, results that many read. ThreadSanitizer sees what a test
 * cannot.
 */
#include "unit/threads.h"
#include "unit/executor/threads_fixture.h"

#include <artrepo/explain.h>
#include <artrepo/key.h>
#include <artrepo/template.h>

enum { ROUNDS = 3, READS = 100 };

/* ---- every call at once, on one repository, with one operation ---- */

static const char *const strategies[] = {"tar", "tar:1", "zstd:1", "zip", "none", "tar:0"};
enum { STRATEGIES = sizeof strategies / sizeof strategies[0] };

typedef struct calls {
    const floor_work *all;
    artrepo_artifact *artifacts[STRATEGIES]; /* each used by several threads */
} calls;

static artrepo_code count_object(void *data, const artrepo_object *object, artrepo_error *error) {
    (void)object;
    (void)error;
    ++*(int *)data;
    return ARTREPO_OK;
}

static void save_and_load(worker *w, const char *key, const artrepo_artifact *artifact) {
    const calls *c = w->shared;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_transfer saved, loaded;
    char tree[200], out[200];
    int listed = 0;
    bool plain = artrepo_artifact_strategy(artifact).kind == ARTREPO_ARCHIVE_NONE;
    snprintf(tree, sizeof tree, "%s/tree", c->all->root);
    snprintf(out, sizeof out, "%s/out%d", c->all->root, w->number);
    NEED_OK(w,
            artrepo_artifact_save(c->all->repository, key, artifact, tree, &saved,
                                  c->all->operation, &error),
            error);
    NEED(w, saved.objects == (plain ? FILES : 1));
    NEED_OK(w,
            artrepo_artifact_list(c->all->repository, key, count_object, &listed, c->all->operation,
                                  &error),
            error);
    NEED(w, listed == saved.objects);
    NEED_OK(w,
            artrepo_artifact_load(c->all->repository, key, artifact, out, NULL, &loaded,
                                  c->all->operation, &error),
            error);
    NEED(w, loaded.objects == saved.objects && is_tree(out));
    NEED_OK(w, ar_file_remove_tree(AT_FDCWD, out, &error), error);
}

static void explain(worker *w, const char *key, const artrepo_artifact *artifact) {
    const calls *c = w->shared;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_explanation *explanation = NULL;
    artrepo_explain_options options = {.scratch_directory = c->all->root};
    NEED_OK(w,
            artrepo_artifact_explain(c->all->repository, key, artifact, &options, c->all->operation,
                                     &explanation, &error),
            error);
    artrepo_verdict verdict = *artrepo_explanation_verdict(explanation);
    artrepo_explanation_free(explanation);
    NEED(w, verdict.code == ARTREPO_OK && verdict.form == ARTREPO_FORM_DIRECTORY);
    NEED(w, verdict.files == FILES);
}

static void stream_there_and_back(worker *w, const char *key) {
    const calls *c = w->shared;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_source *source = NULL;
    artrepo_sink *sink = NULL;
    char text[100];
    size_t size = 0;
    snprintf(text, sizeof text, "this is %s", key);
    NEED_OK(w, artrepo_source_open_memory(text, strlen(text), &source, &error), error);
    NEED_OK(w,
            artrepo_artifact_save_stream(c->all->repository, key, source, NULL, c->all->operation,
                                         &error),
            error);
    artrepo_source_close(source);
    NEED_OK(w, artrepo_sink_open_memory(1000, &sink, &error), error);
    NEED_OK(w,
            artrepo_artifact_load_stream(c->all->repository, key, sink, NULL, c->all->operation,
                                         &error),
            error);
    const char *data = artrepo_sink_memory(sink, &size);
    bool same = size == strlen(text) && memcmp(data, text, size) == 0;
    artrepo_sink_close(sink);
    NEED(w, same);
}

static void call_everything(worker *w) {
    const calls *c = w->shared;
    for (int round = 0; round < ROUNDS && w->complaint[0] == '\0'; round++) {
        const artrepo_artifact *artifact = c->artifacts[(w->number + round) % STRATEGIES];
        artrepo_error error = ARTREPO_ERROR_INIT;
        bool is_directory = true;
        char key[60];
        snprintf(key, sizeof key, "calls/%d/%d", w->number, round);
        save_and_load(w, key, artifact);
        if (w->complaint[0] == '\0') {
            explain(w, key, artifact);
        }
        snprintf(key, sizeof key, "streams/%d/%d", w->number, round);
        if (w->complaint[0] == '\0') {
            stream_there_and_back(w, key);
        }
        if (w->complaint[0] != '\0') {
            return;
        }
        NEED_OK(w,
                artrepo_repository_is_directory(c->all->repository, key, &is_directory,
                                                c->all->operation, &error),
                error);
        NEED(w, !is_directory);
        artrepo_progress progress = artrepo_operation_progress(c->all->operation);
        NEED(w, progress.objects_done > 0 && progress.bytes_done > 0);
        artrepo_stage stages[16];
        NEED(w, artrepo_operation_stages(c->all->operation, stages, 16) > 0);
    }
}

static void every_call_at_once(void **state) {
    calls c = {.all = *state};
    for (int i = 0; i < STRATEGIES; i++) {
        c.artifacts[i] = new_artifact(strategies[i]);
    }
    run_at_once(call_everything, &c);
    for (int i = 0; i < STRATEGIES; i++) {
        artrepo_artifact_free(c.artifacts[i]);
    }
}

/* ---- executors side by side: one template and one configuration for all ---- */

static const char template_text[] =
    "name: step\n"
    "inputs: {artifacts: [{name: in, path: /in, fs: {key: shared/in.tgz}},\n"
    "  {name: maybe, path: /maybe, optional: true, fs: {key: shared/none}}]}\n"
    "outputs: {artifacts: [{name: tree, path: /in, archive: {tar: {compressionLevel: 1}}},\n"
    "  {name: zip, path: /in/odd, archive: {zip: {}}},\n"
    "  {name: plain, path: /in, archive: {none: {}}}]}\n"
    "container: {volumeMounts: [{mountPath: /vol}]}";

enum { INPUTS = 2, OUTPUTS = 3 };

typedef struct pods {
    const floor_work *all;
    artrepo_template *argo_template;
} pods;

/* No atomics: the thread that makes the call is the one that is told. */
typedef struct pod_report {
    pthread_t caller;
    int calls, strangers;
} pod_report;

static void note_report(void *data, const artrepo_executor_report *report) {
    pod_report *noted = data;
    (void)report;
    noted->calls++;
    noted->strangers += pthread_equal(noted->caller, pthread_self()) ? 0 : 1;
}

static void run_calls(worker *w, artrepo_executor *executor, pod_report *noted) {
    const pods *p = w->shared;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_outputs *outputs = NULL;
    char log[200], in[200], wanted[200], *json = NULL;
    snprintf(log, sizeof log, "%s/tree/even/0", p->all->root);
    snprintf(in, sizeof in, "%s/pod%d/in", p->all->root, w->number);
    snprintf(wanted, sizeof wanted, "\"key\":\"pod%d/tree.tgz\"", w->number);
    const artrepo_container_log logs[] = {{"main", log}};
    NEED_OK(w, artrepo_executor_load(executor, p->all->operation, &error), error);
    NEED(w, noted->calls == INPUTS && is_tree(in));
    NEED_OK(w, artrepo_executor_stage(executor, p->all->operation, &error), error);
    NEED_OK(w, artrepo_executor_save(executor, &outputs, p->all->operation, &error), error);
    NEED_OK(w, artrepo_executor_save_logs(executor, logs, 1, outputs, p->all->operation, &error),
            error);
    NEED_OK(w, artrepo_outputs_to_json(outputs, &json, &error), error);
    bool right = strstr(json, wanted) != NULL && artrepo_outputs_count(outputs) == OUTPUTS + 1;
    free(json);
    artrepo_outputs_free(outputs);
    NEED(w, right);
    NEED(w, noted->calls >= INPUTS + 2 * OUTPUTS && noted->strangers == 0);
}

static void run_pod(worker *w) {
    const pods *p = w->shared;
    artrepo_error error = ARTREPO_ERROR_INIT;
    artrepo_executor *executor = NULL;
    artrepo_variables *variables = artrepo_variables_new();
    pod_report noted = {.caller = pthread_self()};
    char pod[20], root[200], staged[200];
    snprintf(pod, sizeof pod, "pod%d", w->number);
    snprintf(root, sizeof root, "%s/%s", p->all->root, pod);
    snprintf(staged, sizeof staged, "%s/staged%d", p->all->root, w->number);
    NEED(w, mkdir(root, 0755) == 0);
    NEED_OK(w, artrepo_variables_set(variables, "pod.name", pod, &error), error);
    artrepo_executor_options options = {.root_directory = root,
                                        .outputs_directory = staged,
                                        .temporary_directory = p->all->root,
                                        .repository = p->all->configuration,
                                        .variables = variables,
                                        .report = note_report,
                                        .report_data = &noted};
    NEED_OK(w,
            artrepo_executor_open(p->argo_template, &options, p->all->operation, &executor, &error),
            error);
    run_calls(w, executor, &noted);
    artrepo_executor_close(executor);
    artrepo_variables_free(variables);
}

static artrepo_template *parse_template(void) {
    artrepo_template *made = NULL;
    assert_ok(artrepo_template_parse(template_text, strlen(template_text), "template", NULL, &made,
                                     error));
    return made;
}

static void executors_side_by_side(void **state) {
    pods p = {.all = *state, .argo_template = parse_template()};
    save_tree(p.all, "shared/in.tgz", "tar");
    run_at_once(run_pod, &p);
    artrepo_template_free(p.argo_template);
}

/* ---- what many read ---- */

static void read_template(worker *w) {
    const artrepo_template *argo_template = w->shared;
    for (int i = 0; i < READS; i++) {
        NEED(w, strcmp(artrepo_template_name(argo_template), "step") == 0);
        NEED(w, artrepo_template_input_count(argo_template) == INPUTS);
        NEED(w, artrepo_template_output_count(argo_template) == OUTPUTS);
        NEED(w,
             strcmp(artrepo_artifact_name(artrepo_template_input(argo_template, 1)), "maybe") == 0);
        NEED(w, strcmp(artrepo_artifact_path(artrepo_template_output(argo_template, 1)),
                       "/in/odd") == 0);
        NEED(w, artrepo_template_archive_location(argo_template) == NULL);
        NEED(w, artrepo_template_archive_logs(argo_template, true));
        NEED(w, artrepo_template_container_count(argo_template) == 1);
        NEED(w, strcmp(artrepo_template_container(argo_template, 0), "main") == 0);
        NEED(w, strcmp(artrepo_template_volume(argo_template, "/vol/x"), "/vol") == 0);
        NEED(w, artrepo_template_volume(argo_template, "/in") == NULL);
    }
}

static void many_threads_read_a_template(void **state) {
    (void)state;
    artrepo_template *argo_template = parse_template();
    run_at_once(read_template, argo_template);
    artrepo_template_free(argo_template);
}

static void read_outputs(worker *w) {
    const artrepo_outputs *outputs = w->shared;
    for (int i = 0; i < READS; i++) {
        artrepo_error error = ARTREPO_ERROR_INIT;
        char *json = NULL;
        NEED(w, artrepo_outputs_count(outputs) == OUTPUTS);
        NEED(w, strcmp(artrepo_artifact_name(artrepo_outputs_artifact(outputs, 2)), "plain") == 0);
        NEED_OK(w, artrepo_outputs_to_json(outputs, &json, &error), error);
        bool right = strstr(json, "\"key\":\"here/zip.zip\"") != NULL;
        free(json);
        NEED(w, right);
    }
}

static void many_threads_read_outputs(void **state) {
    const floor_work *all = *state;
    artrepo_template *argo_template = parse_template();
    artrepo_variables *variables = artrepo_variables_new();
    artrepo_executor *executor = NULL;
    artrepo_outputs *outputs = NULL;
    artrepo_executor_options options = {
        .root_directory = all->root, .repository = all->configuration, .variables = variables};
    save_tree(all, "shared/in.tgz", "tar");
    assert_ok(artrepo_variables_set(variables, "pod.name", "here", error));
    assert_ok(artrepo_executor_open(argo_template, &options, NULL, &executor, error));
    assert_ok(artrepo_executor_load(executor, NULL, error));
    assert_ok(artrepo_executor_save(executor, &outputs, NULL, error));
    run_at_once(read_outputs, outputs);
    artrepo_outputs_free(outputs);
    artrepo_executor_close(executor);
    artrepo_variables_free(variables);
    artrepo_template_free(argo_template);
}

static void read_explanation(worker *w) {
    const artrepo_explanation *explanation = w->shared;
    for (int i = 0; i < READS; i++) {
        const artrepo_verdict *verdict = artrepo_explanation_verdict(explanation);
        NEED(w, verdict->code == ARTREPO_OK && verdict->files == FILES);
        NEED(w, verdict->rule[0] != '\0' && strstr(verdict->format, "gzip") != NULL);
        for (int kind = 0; kind < ARTREPO_REMARK_KINDS; kind++) {
            uint64_t count = artrepo_explanation_count(explanation, (artrepo_remark_kind)kind);
            const artrepo_remark *first =
                artrepo_explanation_remark(explanation, (artrepo_remark_kind)kind, 0);
            NEED(w, (count > 0) == (first != NULL));
            NEED(w, first == NULL || first->text[0] != '\0');
        }
    }
}

static void many_threads_read_an_explanation(void **state) {
    const floor_work *all = *state;
    artrepo_artifact *artifact = new_artifact(NULL);
    artrepo_explanation *explanation = NULL;
    artrepo_explain_options options = {.scratch_directory = all->root};
    save_tree(all, "shared/in.tgz", "tar");
    assert_ok(artrepo_artifact_explain(all->repository, "shared/in.tgz", artifact, &options, NULL,
                                       &explanation, error));
    run_at_once(read_explanation, explanation);
    artrepo_explanation_free(explanation);
    artrepo_artifact_free(artifact);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_call_at_once),
        TEST(executors_side_by_side),
        TEST(many_threads_read_outputs),
        TEST(many_threads_read_an_explanation),
        cmocka_unit_test(many_threads_read_a_template),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
