/* artctl load: the input artifacts of a template, to where its container finds them. */
#include "command.h"

#include <artrepo/executor.h>

#include "output.h"
#include "runner.h"
#include "variables.h"

static const option_spec own_options[] = {
    {"root", 0, OPTION_TEXT, OPTION_FIELD(root), "DIR",
     "the container's file system: inputs go to DIR/PATH", 0, 0},
    {"inputs", 0, OPTION_TEXT, OPTION_FIELD(inputs), "DIR",
     "inputs go to DIR/NAME (default /argo/inputs/artifacts)", 0, 0},
    {"main", 0, OPTION_TEXT, OPTION_FIELD(main_directory), "DIR",
     "those on volumes go to DIR/PATH (default /mainctrfs)", 0, 0},
    {"max-bytes", 0, OPTION_SIZE, OPTION_FIELD(limits.bytes), "SIZE",
     "refuse archives that hold more (default: any)", 0, 0},
    {"max-entries", 0, OPTION_NUMBER, OPTION_FIELD(limits.entries), "N",
     "refuse archives with more entries (default: any)", 0, 0},
    {"max-ratio", 0, OPTION_NUMBER, OPTION_FIELD(limits.ratio), "N",
     "refuse more bytes out for each byte in (default: any)", 0, 0},
    VARIABLE_OPTIONS("template-name"),
    {0}};

static const option_spec *const tables[] = {runner_template_options, own_options, NULL};

static void report(void *data, const artrepo_executor_report *report) {
    struct context *context = data;
    const char *key = report->location != NULL ? artrepo_location_key(report->location) : NULL;
    if (!context->options.json || report->code != ARTREPO_OK) {
        return;
    }
    json_t *json = json_object();
    json_object_set_new(json, "name", output_text(artrepo_artifact_name(report->artifact)));
    if (report->path != NULL) {
        json_object_set_new(json, "path", output_text(report->path));
    }
    if (key != NULL) {
        json_object_set_new(json, "key", output_text(key));
    }
    json_object_set_new(json, "objects", json_integer(report->transfer.objects));
    json_object_set_new(json, "bytes", json_integer(report->transfer.bytes));
    json_object_set_new(json, "directory", json_boolean(report->transfer.directory));
    json_object_set_new(json, "skipped", json_boolean(report->transfer.skipped));
    output_json(json, NULL); /* a broken standard output shows at the end */
}

static artrepo_code run(struct context *context, char **operands, size_t count) {
    (void)operands;
    (void)count;
    struct runner runner = {NULL, NULL, NULL};
    artrepo_executor_options options = {.report = report, .report_data = context};
    artrepo_code code = runner_open(context, &runner, true, &options);
    if (code == ARTREPO_OK) {
        code = artrepo_executor_load(runner.executor, context->operation, &context->error);
    }
    runner_close(&runner);
    return code;
}

const struct command load_command = {
    .name = "load",
    .operands = "",
    .summary = "bring the inputs of an Argo template",
    .description =
        "Does what Argo's init container does: brings all input artifacts of a template to\n"
        "where its main container expects them, several at once. With --root that is DIR/PATH\n"
        "for each; without it, where Argo mounts them from. An artifact of which the template\n"
        "gives the key alone is in the template's archiveLocation, or else in the repository.",
    .example = "echo 'Hello, inputs.' > /tmp/hello.txt\n"
               "artctl put /tmp/hello.txt greetings/hello\n"
               "echo '{inputs: {artifacts: [{name: greeting, path: /work/hello.txt,\n"
               "       s3: {key: greetings/hello}}]}}' > /tmp/reader.yaml\n"
               "artctl load --template /tmp/reader.yaml --root /tmp/reader\n"
               "cat /tmp/reader/work/hello.txt",
    .least_operands = 0,
    .most_operands = 0,
    .options = tables,
    .run = run,
};
